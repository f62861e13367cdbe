"""The place of one attempt: a directory, what changed in it, and clean copies of it for checks."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from mosaic_hookspecs import Completed, Directory, OnOutput, Proposal

from .processes import run_process


class PlainDirectory:
    """A directory in which processes run."""

    def __init__(self, path: Path, grace_seconds: float) -> None:
        self._path = path
        self._grace_seconds = grace_seconds

    @property
    def path(self) -> Path:
        """The directory."""
        return self._path

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
        return await run_process(
            argv,
            self._path,
            environment=environment or {},
            stdin=stdin,
            timeout_seconds=timeout_seconds,
            on_output=on_output,
            grace_seconds=self._grace_seconds,
        )


class ScratchWorkspace(PlainDirectory):
    """`mosaic_hookspecs.Workspace` without history: nothing is sealed, and nothing to be merged."""

    def __init__(self, area: Path, grace_seconds: float) -> None:
        super().__init__(area / "work", grace_seconds)
        self._area = area
        self._before: dict[str, tuple[int, int]] = {}
        self._copies = 0

    async def begin(self, source: Path | None) -> None:
        """Make the directory, with a copy of `source` in it if there is one."""
        if source is None:
            self.path.mkdir(parents=True)
            return
        await trio.to_thread.run_sync(_copy, source, self.path)
        self._before = await trio.to_thread.run_sync(_stamps, self.path)

    async def changed(self) -> Sequence[str]:
        """Return the files that were added, altered or removed."""
        after = await trio.to_thread.run_sync(_stamps, self.path)
        names = self._before.keys() | after.keys()
        return sorted(name for name in names if self._before.get(name) != after.get(name))

    async def seal(self, message: str) -> str:
        """Keep no history: nothing has a name."""
        return ""

    async def propose(self) -> Proposal:
        """Propose nothing to publish."""
        return Proposal()

    @asynccontextmanager
    async def checkout(self, candidate: str) -> AsyncIterator[Directory]:
        """Open a copy of the directory as it is."""
        self._copies += 1
        copy = self._area / f"copy-{self._copies}"
        await trio.to_thread.run_sync(_copy, self.path, copy)
        try:
            yield PlainDirectory(copy, self._grace_seconds)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(shutil.rmtree, copy)


def _copy(source: Path, target: Path) -> None:
    ignored = shutil.ignore_patterns(".git", ".mosaic")
    shutil.copytree(source, target, symlinks=True, ignore=ignored)


def _stamps(root: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in root.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            info = path.lstat()
            found[path.relative_to(root).as_posix()] = (info.st_mtime_ns, info.st_size)
    return found
