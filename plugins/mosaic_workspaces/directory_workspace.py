"""Workspaces that are plain directories: cheap, without history, and nothing to merge."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs import (
    Completed,
    Conversation,
    Directory,
    InputError,
    JsonObject,
    OnOutput,
    Proposal,
    Workspace,
    WorkspaceRequest,
)

from .area import Area, create_area, keep_state_private, remove_area, remove_tree, safe_name
from .process import Place, ProcessRunner
from .reaper import reap_areas

_NEVER_COPIED = shutil.ignore_patterns(".git", ".mosaic")


class PlainDirectory:
    """A directory of an attempt in which processes run."""

    def __init__(self, runner: ProcessRunner, place: Place) -> None:
        self._runner = runner
        self._place = place

    @property
    def path(self) -> Path:
        """The directory."""
        return self._place.directory

    async def execute(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float | None = None,
        on_output: OnOutput | None = None,
    ) -> Completed:
        """Run a process here; see `mosaic_hookspecs.Directory.execute`."""
        return await self._runner.execute(
            self._place,
            argv,
            environment=environment,
            stdin=stdin,
            timeout_seconds=timeout_seconds,
            on_output=on_output,
        )

    def converse(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        on_output: OnOutput | None = None,
    ) -> AbstractAsyncContextManager[Conversation]:
        """Talk with a process here; see `mosaic_hookspecs.Conversing.converse`."""
        return self._runner.converse(self._place, argv, environment=environment, on_output=on_output)


class DirectoryWorkspace(PlainDirectory):
    """A fresh directory for one attempt, possibly with a copy of the project in it."""

    def __init__(self, runner: ProcessRunner, area: Area) -> None:
        super().__init__(runner, _place(area, area.work))
        self._area = area
        self._before: dict[str, tuple[int, int, int]] = {}
        self._checkouts = 0
        self.is_proposed = False

    async def seed(self, source: Path) -> None:
        """Begin with a copy of `source`, without its repository and Mosaic's state."""
        await trio.to_thread.run_sync(_copy, source, self.path)
        self._before = await trio.to_thread.run_sync(_stamps, self.path)

    async def changed(self) -> Sequence[str]:
        """Return the files that were added, altered or removed since the beginning."""
        after = await trio.to_thread.run_sync(_stamps, self.path)
        return sorted(
            name.encode(errors="surrogateescape").decode(errors="backslashreplace")
            for name in self._before.keys() | after.keys()
            if self._before.get(name) != after.get(name)
        )

    async def seal(self, message: str) -> str:
        """Keep no history: nothing to name."""
        return ""

    async def propose(self) -> Proposal:
        """Propose nothing to publish; what was made may be kept."""
        self.is_proposed = True
        return Proposal()

    @asynccontextmanager
    async def checkout(self, candidate: str) -> AsyncIterator[Directory]:
        """Open a copy of the directory as it is."""
        self._checkouts += 1
        copy = self._area.path / f"checkout-{self._checkouts}" / "work"
        await trio.to_thread.run_sync(_copy, self.path, copy)
        try:
            yield PlainDirectory(self._runner, attrs.evolve(_place(self._area, copy), is_checked=True))
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(remove_tree, copy.parent)


class DirectoryProvider:
    """The provider ``directory`` of the workspace port.

    Settings of a run that it knows: `repository` (a directory whose content attempts begin with a
    copy of, where the run's `workspace` is ``directory`` or `seed` is true), `create` (make that
    directory if it is absent) and `keep` (keep what the newest attempt that proposed its result made,
    under ``results`` in the state directory).
    """

    name = "directory"

    def __init__(self, runner: ProcessRunner, state: Path) -> None:
        self._runner = runner
        self._state = state
        self._root = state / "workspaces"

    async def prepare(self, run_id: str, settings: JsonObject) -> JsonObject:
        """Check the directory that attempts begin with; see `mosaic_hookspecs.WorkspaceProvider`."""
        source = settings.get("repository", "")
        if not source:
            return settings
        if not isinstance(source, str) or "\0" in source:
            raise InputError(
                "bad-repository", "the repository is no path", where="repository", got=repr(source)[:80]
            )
        path = Path.cwd() / source
        if settings.get("create") is True:
            await trio.Path(path).mkdir(parents=True, exist_ok=True)
        if not await trio.Path(path).is_dir():
            raise InputError(
                "no-repository",
                "there is no directory to begin with",
                where="repository",
                got=str(path),
                hint="Correct the path, or ask for it to be created.",
            )
        return {**settings, "repository": str(path)}

    def open(self, request: WorkspaceRequest) -> AbstractAsyncContextManager[Workspace]:
        """Open a fresh directory; see `mosaic_hookspecs.WorkspaceProvider`."""
        return self._open(request)

    @asynccontextmanager
    async def _open(self, request: WorkspaceRequest) -> AsyncIterator[Workspace]:
        keep_state_private(self._state)
        area = create_area(self._root, request)
        try:
            area.work.mkdir()
            workspace = DirectoryWorkspace(self._runner, area)
            source = request.settings.get("repository")
            wants_copy = request.settings.get("seed", request.settings.get("workspace") == self.name)
            if source and wants_copy:
                await workspace.seed(Path(str(source)))
            yield workspace
            if workspace.is_proposed and request.settings.get("keep") is True:
                kept = self._state / "results" / safe_name(request.run_id) / safe_name(request.task_id)
                await trio.to_thread.run_sync(_keep, area.work, kept)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(remove_area, area)

    async def publish(self, request: WorkspaceRequest, proposal: Proposal) -> bool:
        """Publish nothing, which is always done."""
        return True

    async def reap(self, is_live: Callable[[str, str, int], bool]) -> int:
        """Clean up after dead attempts; see `mosaic_hookspecs.WorkspaceProvider`."""
        return len(await reap_areas(self._root, self._state, is_live))


def _place(area: Area, directory: Path) -> Place:
    # Without the ceiling, git would find the user's repository around the state directory.
    return Place(area=area, directory=directory, environment={"GIT_CEILING_DIRECTORIES": str(area.path)})


def _copy(source: Path, target: Path) -> None:
    def ignore(directory: str, names: list[str]) -> set[str]:
        return _NEVER_COPIED(directory, names) | _not_files(directory, names)

    shutil.copytree(source, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)


def _not_files(directory: str, names: list[str]) -> set[str]:
    """Name the pipes, sockets and devices among `names`: they cannot be copied."""
    found = set()
    for name in names:
        mode = (Path(directory) / name).lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            found.add(name)
    return found


def _keep(made: Path, kept: Path) -> None:
    staged = kept.with_name(kept.name + "~new")
    remove_tree(staged)
    shutil.copytree(made, staged, symlinks=True, ignore=_not_files)
    remove_tree(kept)
    staged.rename(kept)


def _stamps(root: Path) -> dict[str, tuple[int, int, int]]:
    stamps = {}
    for directory, directories, names in os.walk(root):
        links = [name for name in directories if (Path(directory) / name).is_symlink()]
        for name in (*names, *links):
            path = Path(directory) / name
            info = path.lstat()
            stamps[str(path.relative_to(root))] = (info.st_mtime_ns, info.st_size, info.st_mode)
    return stamps
