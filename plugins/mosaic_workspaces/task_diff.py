"""``task.diff``: what a task has changed, or is changing.

Owns which two states are compared, and what is said where nothing can be. Only looks: neither the repository
nor the workspace is written to.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import attrs

from mosaic_hookspecs import (
    Call,
    Context,
    NotFound,
    Operation,
    OperationKind,
    RunRecord,
    Storage,
    TaskRecord,
    TaskState,
    find_run,
)
from mosaic_hookspecs.operation_table import operations_of
from mosaic_hookspecs.redaction import redacted, secret_values

from .area import area_path, read_area
from .attempt_commits import left_by
from .changes import ChangedFile, Changes, changes_between
from .configuration import Config
from .git_preparation import open_repository
from .git_provider import worktrees_of
from .git_repository import GitRepository
from .own_git import own_git

_BRANCHED = "git"


@attrs.frozen(kw_only=True)
class AskDiff:
    """Which task, and which attempt at it."""

    task_id: str = attrs.field(metadata={"help": "The task's identifier within the run."})
    run_id: str = attrs.field(default="", metadata={"help": "The run's identifier; the newest if left empty."})
    token: int = attrs.field(
        default=0,
        validator=attrs.validators.ge(0),
        metadata={
            "help": "The attempt's token; the newest attempt if 0. Of one that has ended, what was checked is "
            "shown, as long as the repository has its commit."
        },
    )


@attrs.frozen(kw_only=True)
class TaskDiff:
    """What differs from `base`, a commit. `state` is ``accepted`` (as `commit` was published), ``refused`` (as
    `commit` was checked), ``candidate`` (reported, and not accepted yet; `commit` once its publication is
    decided), ``working`` (as the attempt's workspace is now) or ``none``: then `note` says why there is nothing
    to show.

    `text` is a unified difference, of at most 256 KiB, secrets redacted; `files` are the first of
    `total_files`; `is_cut` where not all is here.
    """

    run_id: str
    task_id: str
    token: int
    state: str
    base: str = ""
    commit: str = ""
    files: Sequence[ChangedFile] = ()
    total_files: int = 0
    text: str = ""
    is_cut: bool = False
    note: str = ""


class DiffDesk:
    """The handler of ``task.diff``."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._state = context.state_directory

    async def diff_task(self, request: AskDiff, call: Call) -> TaskDiff:
        """Show what a task changes."""
        storage: Storage = self._context.port("storage").get()
        run, record, workspace = await _find(storage, request)
        token = request.token or record.token
        found = TaskDiff(run_id=run.run_id, task_id=record.task_id, token=token, state="none")
        note = _note_of_place(workspace)
        if not note and not token:
            note = f"Nobody has worked on it yet: it is {record.state.value}."
        repository = None if note else await self._repository(run)
        if repository is None:
            return attrs.evolve(found, note=note or "The run's repository is not where it was.")
        if token == record.token and record.merge is not None:
            merge = record.merge
            return await self._published(found, repository, "candidate", merge.candidate, merge.base)
        if token == record.token and record.state.is_held:
            return await self._working(found, repository, record)
        left = await left_by(storage, record, token)
        if not left.commit:
            return attrs.evolve(found, note=_note_of_ended(token, left.state))
        return await self._published(found, repository, left.state, left.commit, "")

    async def _repository(self, run: RunRecord) -> GitRepository | None:
        path = run.spec.settings.get("repository")
        if not isinstance(path, str) or not os.path.isabs(path):  # noqa: PTH117 - it may be no path
            return None
        return await open_repository(Path(path), self._state, self._config)

    async def _published(
        self, found: TaskDiff, repository: GitRepository, state: str, commit: str, base: str
    ) -> TaskDiff:
        async with own_git(repository.common, self._state, self._config, commit) as git:
            if not await git.resolve(f"{commit}^{{commit}}"):
                return attrs.evolve(found, note=f"The repository has no commit {commit} any more.")
            base = await git.resolve(f"{base or f'{commit}^'}^{{commit}}")
            changes = await changes_between(git, base or await git.empty_tree(), commit)
        return _filled(attrs.evolve(found, state=state, base=base, commit=commit), changes)

    async def _working(self, found: TaskDiff, repository: GitRepository, record: TaskRecord) -> TaskDiff:
        area = read_area(area_path(worktrees_of(self._state), found.run_id, found.task_id, found.token))
        if area is None or area.work.is_symlink() or not area.work.is_dir():
            return attrs.evolve(found, note="The attempt's workspace is not there: not yet, or not any more.")
        async with own_git(repository.common, self._state, self._config, area.base) as git:
            base = await git.resolve(f"{area.base}^{{commit}}") if area.base else ""
            if not base:
                return attrs.evolve(found, note="The attempt's workspace does not say what it began with.")
            snapshot = await git.snapshot(area.work, base)
            changes = await changes_between(git, base, snapshot.tree)
        state = "working" if record.state is TaskState.LEASED else "candidate"
        filled = _filled(attrs.evolve(found, state=state, base=base), changes)
        return attrs.evolve(filled, is_cut=filled.is_cut or snapshot.is_cut)


async def _find(storage: Storage, request: AskDiff) -> tuple[RunRecord, TaskRecord, str]:
    run = await find_run(storage, request.run_id)
    record = await storage.task(run.run_id, request.task_id)
    stored = await storage.stored(run.run_id, request.task_id)
    if record is None or stored is None:
        raise NotFound(
            "no-task",
            f"there is no task {request.task_id!r} in run {run.run_id!r}",
            hint=f"`mosaic status {run.run_id} --all` lists its tasks.",
        )
    if request.token > record.token:
        raise NotFound(
            "no-attempt",
            f"task {request.task_id!r} has had no attempt {request.token}",
            where="token",
            expected=f"at most {record.token}" if record.token else "0, since none was made yet",
            got=str(request.token),
            hint="task.show lists them; 0 is the newest.",
        )
    return run, record, stored.spec.workspace


def _note_of_place(workspace: str) -> str:
    """Say why nothing can be compared where the task works; "" if it can."""
    if not workspace:
        return "The task has no workspace, so there are no files that it changes."
    if workspace != _BRANCHED:
        return f"The task's workspace ({workspace}) keeps no history to compare with."
    return ""


def _note_of_ended(token: int, state: str) -> str:
    """Say why an attempt that has ended left nothing to compare."""
    if state == "accepted":
        return "It was accepted, and changed no file."
    return f"Attempt {token} ended before what it made was checked as a commit, so that is not kept."


def _filled(found: TaskDiff, changes: Changes) -> TaskDiff:
    text = redacted(changes.text.decode("utf-8", "replace"), secret_values(os.environ))
    note = "" if changes.total else "Nothing differs."
    return attrs.evolve(
        found, files=changes.files, total_files=changes.total, text=text, is_cut=changes.is_cut, note=note
    )


def operations(context: Context, config: Config) -> Sequence[Operation]:
    """Declare ``task.diff``."""
    handler = DiffDesk(context, config).diff_task
    summary = "Show what a task has changed, or is changing: the files, and the difference as text."
    row = ("task.diff", OperationKind.QUERY, AskDiff, TaskDiff, handler, "run:read", summary)
    return operations_of((row,))
