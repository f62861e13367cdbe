"""One attempt's git worktree: what it changed, sealed as one commit, and put on top of the branch.

Refuses to trust what the agent left in the worktree's ``.git`` file or committed by itself: git is
always told the repository, and the attempt's files are one commit on the commit that it began at.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs import Directory, Proposal, Refused, WorkspaceRequest

from . import merge
from .area import Area, forget_worktrees, remove_tree
from .directory_workspace import PlainDirectory
from .git_repository import IDENTITY, GitRepository, GitResult
from .locks import await_lock
from .process import Place, ProcessRunner

_GITLINK = b"160000"
_ROUNDS = 5


class GitWorkspace(PlainDirectory):
    """A detached worktree of the run's repository, at the branch's tip of the time it was opened."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        runner: ProcessRunner,
        repository: GitRepository,
        area: Area,
        request: WorkspaceRequest,
        base: tuple[str, str],
        lock_seconds: float,
    ) -> None:
        super().__init__(runner, _place(repository, area, area.work))
        self._repository = repository
        self._area = area
        self._request = request
        self._base, self._base_tree = base
        self._lock_seconds = lock_seconds
        self._git: dict[str, str] = {}
        self._sealed: merge.Sealed | None = None
        self._checkouts = 0
        self._gitlinks: list[bytes] = []

    async def create(self) -> None:
        """Make the worktree."""
        administration = await add_worktree(self._repository, self.path, self._base)
        self._git = {"GIT_DIR": str(administration), "GIT_WORK_TREE": str(self.path)}
        listed = await self._repository.run("ls-tree", "-r", "-z", "--full-tree", self._base)
        entries = listed.output.split(b"\0") if _GITLINK in listed.output else ()
        self._gitlinks = [entry.partition(b"\t")[2] for entry in entries if entry.startswith(_GITLINK)]

    async def changed(self) -> Sequence[str]:
        """Return the paths that differ from where the attempt began."""
        await self._add_all()
        listed = await self._run("diff-index", "--cached", "--name-only", "-z", self._base)
        names = [name for name in listed.output.split(b"\0") if name]
        return sorted(name.decode(errors="backslashreplace") for name in names)

    async def seal(self, message: str) -> str:
        """Make one commit of all that the attempt changed; "" if that is nothing.

        Raises:
            Refused: it left what cannot be committed (codes ``nested-repository``, ``cannot-seal``).
        """
        await self._add_all()
        tree = await self._tree()
        if tree == self._base_tree:
            self._sealed = None
            return ""
        await self._refuse_nested()
        text = self._message(message)
        if self._sealed is None or (self._sealed.tree, self._sealed.message) != (tree, text):
            now = f"{int(time.time())} +0000"
            dates = {"GIT_AUTHOR_DATE": now, "GIT_COMMITTER_DATE": now}
            commit = await self._repository.ask(
                "commit-tree", tree, "-p", self._base, stdin=text, variables=dates
            )
            self._sealed = merge.Sealed(commit=commit, tree=tree, base=self._base, message=text, dates=dates)
        return self._sealed.commit

    async def propose(self) -> Proposal:
        """Put the sealed commit on the branch's tip; see `mosaic_hookspecs.Workspace.propose`."""
        if self._sealed is None:
            return Proposal()
        return await merge.propose(self._repository, str(self._request.settings["branch"]), self._sealed)

    @asynccontextmanager
    async def checkout(self, candidate: str) -> AsyncIterator[Directory]:
        """Open a clean worktree of a candidate, or of a snapshot of the attempt as it is."""
        if not candidate:
            await self._add_all()
            tree = await self._tree()
            candidate = await self._repository.ask("commit-tree", tree, "-p", self._base, stdin=b"snapshot")
        self._checkouts += 1
        place = self._area.path / f"checkout-{self._checkouts}"
        try:
            await add_worktree(self._repository, place / "work", candidate)
            checked = _place(self._repository, self._area, place / "work")
            yield PlainDirectory(self._runner, attrs.evolve(checked, is_checked=True))
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(remove_tree, place)
                await trio.to_thread.run_sync(forget_worktrees, self._repository.common, place)

    async def _run(self, *arguments: str) -> GitResult:
        result = GitResult(code=-1, output=b"", errors="")
        for _ in range(_ROUNDS):
            result = await self._repository.run(*arguments, directory=self.path, variables=self._git)
            if not (lock := result.locked_path):
                break
            # Left by a git of the agent's that was killed.
            await await_lock(Path(lock), self._repository.common, self._lock_seconds)
        return result

    async def _add_all(self) -> None:
        # To see whether a repository inside is clean, `git add` would run git in it: by the
        # configuration, and so with the programs, that the attempt put there.
        others = await self._run("ls-files", "--others", "--exclude-standard", "-z")
        nested = [name for name in others.output.split(b"\0") if name.endswith(b"/")]
        if nested:
            raise _nested_repository(nested[0].rstrip(b"/"))
        inside = self._populated_submodules()
        result = await self._run("add", "--all", "--", ".", *(f":(exclude,literal){name}" for name in inside))
        if inside and not result.code:
            result = await self._run("update-index", "--", *inside)
        if result.code or others.code:
            raise Refused(
                "cannot-seal",
                "the attempt left what cannot be committed",
                got=(result.errors or others.errors).strip()[-500:],
                hint="Leave only ordinary files in the workspace; make no git repository inside it.",
            )

    def _populated_submodules(self) -> list[str]:
        names = map(os.fsdecode, self._gitlinks)
        return [name for name in names if os.path.lexists(self.path / name / ".git")]

    async def _tree(self) -> str:
        result = await self._run("write-tree")
        if result.code:
            raise Refused("cannot-seal", "the attempt broke its git index", got=result.errors.strip()[-500:])
        return result.text

    async def _refuse_nested(self) -> None:
        listed = await self._run("diff-index", "--cached", "-z", "--diff-filter=AT", self._base)
        # Each entry is ":MODE MODE ID ID STATUS", NUL, the path.
        entries = listed.output.split(b"\0")
        for details, name in zip(entries[::2], entries[1::2], strict=False):
            if details.split()[1:2] == [_GITLINK]:
                raise _nested_repository(name)

    def _message(self, message: str) -> bytes:
        request = self._request
        subject = message.replace("\0", "").strip() or request.title.strip() or request.task_id
        trailers = (("Run", request.run_id), ("Task", request.task_id), ("Attempt", str(request.token)))
        lines = [f"Mosaic-{key}: {re.sub(r'[^ -~]+', ' ', value).strip()}" for key, value in trailers]
        return (subject + "\n\n" + "\n".join(lines) + "\n").encode(errors="replace")


def _nested_repository(name: bytes) -> Refused:
    return Refused(
        "nested-repository",
        "the attempt made a git repository inside its workspace",
        got=name.decode(errors="backslashreplace"),
        hint="Leave only ordinary files in the workspace; make no git repository inside it.",
    )


async def add_worktree(repository: GitRepository, path: Path, commit: str) -> Path:
    """Make a detached worktree of a commit; return where git keeps what it knows of it."""
    async with repository.administration:
        await repository.ask("worktree", "add", "--quiet", "--detach", str(path), commit)
        pointer = (path / ".git").read_text(encoding="utf-8", errors="surrogateescape")
    return Path(pointer.removeprefix("gitdir:").strip())


def _place(repository: GitRepository, area: Area, directory: Path) -> Place:
    identity = {key: repository.environment[key] for key in IDENTITY}
    return Place(
        area=area,
        directory=directory,
        readable=(repository.common,),
        environment={**identity, "GIT_TERMINAL_PROMPT": "0", "GIT_CEILING_DIRECTORIES": str(area.path)},
    )
