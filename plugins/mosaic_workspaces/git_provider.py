"""The provider ``git`` of the workspace port: a worktree for each attempt, and a fenced branch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import cast

import trio

from mosaic_hookspecs import (
    InputError,
    JsonObject,
    Log,
    Proposal,
    Refused,
    Workspace,
    WorkspaceRequest,
)

from . import fences, git_preparation
from .area import create_area, keep_state_private, remove_area
from .configuration import Config
from .following import follow
from .git_repository import GitRepository
from .git_workspace import GitWorkspace
from .process import ProcessRunner
from .reaper import reap_areas


def worktrees_of(state: Path) -> Path:
    """Return where the worktrees of attempts are."""
    return state / "worktrees"


class GitProvider:
    """Isolates attempts in worktrees of the run's repository and publishes on the run's branch.

    Settings of a run that it knows: `repository`, `branch`, `create`; it adds `base` and `follows`.
    """

    name = "git"

    def __init__(self, runner: ProcessRunner, state: Path, config: Config, log: Log) -> None:
        self._runner = runner
        self._state = state
        self._root = worktrees_of(state)
        self._config = config
        self._log = log
        self._repositories: dict[str, GitRepository] = {}
        self._following = trio.Lock()

    async def prepare(self, run_id: str, settings: JsonObject) -> JsonObject:
        """Check or make the repository and its branch; see `mosaic_hookspecs.WorkspaceProvider`."""
        completed = await git_preparation.prepare(run_id, settings, self._state, self._config)
        self._repositories.pop(str(completed["repository"]), None)
        await self._follow(cast("JsonObject", completed))
        return cast("JsonObject", completed)

    def open(self, request: WorkspaceRequest) -> AbstractAsyncContextManager[Workspace]:
        """Open a worktree at the branch's tip; see `mosaic_hookspecs.WorkspaceProvider`."""
        return self._open(request)

    @asynccontextmanager
    async def _open(self, request: WorkspaceRequest) -> AsyncIterator[Workspace]:
        repository = await self._repository(request.settings)
        base = await repository.resolve_with_tree(_branch(request.settings))
        keep_state_private(self._state)
        area = create_area(self._root, request, str(repository.common), base[0])
        try:
            workspace = GitWorkspace(self._runner, repository, area, request, base, self._config.lock_seconds)
            await workspace.create()
            yield workspace
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(remove_area, area)

    async def publish(self, request: WorkspaceRequest, proposal: Proposal) -> bool:
        """Move the branch under the request's token; see `mosaic_hookspecs.WorkspaceProvider`."""
        if not proposal.candidate:
            return True
        repository = await self._repository(request.settings)
        branch = _branch(request.settings)
        is_published = await fences.publish(repository, branch, request, proposal, self._config.lock_seconds)
        if is_published:
            await self._follow(request.settings)
        return is_published

    async def reap(self, is_live: Callable[[str, str, int], bool]) -> int:
        """Clean up after dead attempts; see `mosaic_hookspecs.WorkspaceProvider`."""
        return len(await reap_areas(self._root, self._state, is_live))

    async def _follow(self, settings: JsonObject) -> None:
        if settings.get("follows") is True:
            repository = await self._repository(settings)
            async with self._following:
                await follow(repository, _branch(settings), self._config.lock_seconds, self._log)

    async def _repository(self, settings: JsonObject) -> GitRepository:
        path = settings.get("repository", "")
        if not isinstance(path, str) or not path:
            raise _not_prepared("repository")
        known = self._repositories.get(path)
        if known is None:
            known = await git_preparation.open_repository(Path(path), self._state, self._config)
            if known is None:
                raise Refused("no-repository", "the run's repository is gone", got=path, hint="Put it back.")
            self._repositories[path] = known
        return known


def _branch(settings: JsonObject) -> str:
    branch = settings.get("branch", "")
    if not isinstance(branch, str) or not branch.startswith("refs/"):
        raise _not_prepared("branch")
    return branch


def _not_prepared(key: str) -> InputError:
    return InputError(
        "not-prepared",
        "the run's settings do not fit a git workspace",
        where=key,
        expected="settings that the provider's `prepare` completed",
    )
