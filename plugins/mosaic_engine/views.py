"""What the engine's operations answer. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.tasks import Budget, RunState, TaskSpec, TaskState, Usage


@attrs.frozen(kw_only=True)
class Blocker:
    """One reason why a task is where it is: a stable `code`, a sentence, and what it is about. `hint` is what
    to do about it at the command line; `task_id` another task of the run that the sentence names.
    """

    code: str
    text: str
    subject: str = ""
    hint: str = ""
    task_id: str = ""


@attrs.frozen(kw_only=True)
class RunView:
    """How a run stands. `result` is ``accepted``, ``failed``, ``cancelled``, ``running`` or ``waiting``
    (nothing can be done without a person or another agent); `counts` how many tasks are in each state;
    `settings` tell where the result is; `sequence` is the log's position at which this was read.
    """

    run_id: str
    project: str
    title: str
    target: str
    state: RunState
    result: str
    total: int
    counts: Mapping[str, int]
    created_at: int
    ended_at: int | None
    now: int
    spent: Usage
    budget: Budget
    inputs: JsonObject
    settings: JsonObject
    sequence: int


@attrs.frozen(kw_only=True)
class RunList:
    """Runs, newest first."""

    items: Sequence[RunView]


@attrs.frozen(kw_only=True)
class TaskView:
    """How a task stands, in a line. `path` holds the titles of what it is part of, outermost first;
    `attempts` counts those that failed since the last start afresh; `agent` is whose the newest attempt is ("":
    there was none), `since` when that began.
    """

    run_id: str
    task_id: str
    position: int
    title: str
    path: Sequence[str]
    state: TaskState
    token: int
    attempts: int
    holder: str
    lease_until: int | None
    not_before: int | None
    priority: int
    unmet: int
    needs: Sequence[str]
    runtime: str
    labels: Sequence[str]
    minutes: int | None
    approval: str
    is_approved: bool
    reason: str
    cause: str
    commit: str
    agent: str
    since: int | None


@attrs.frozen(kw_only=True)
class TaskList:
    """Tasks in order of `position`; ask again with ``after`` set to the last one's for more."""

    items: Sequence[TaskView]


@attrs.frozen(kw_only=True)
class TaskBatch:
    """What changed since the batch before: the run and its tasks as they are now, those that are told again
    included. `sequence` is the place in the log up to which all was told: go on after it.
    """

    sequence: int
    run: RunView
    tasks: Sequence[TaskView]


@attrs.frozen(kw_only=True)
class AttemptView:
    """One attempt as the log tells it. `outcome` is ``running``, ``reported``, ``merging``,
    ``accepted``, ``refused``, ``skipped``, ``released`` or ``cancelled``; `reason` says why, `agent` whose
    it is.
    """

    token: int
    holder: str
    started_at: int
    agent: str = ""
    ended_at: int | None = None
    outcome: str = "running"
    reason: str = ""
    evidence: Evidence = Evidence()
    usage: Usage = Usage()


@attrs.frozen(kw_only=True)
class TaskDetail:
    """Everything about a task: how it stands, what it asks for, what it gave, every attempt. `titles` are those
    of the tasks that it needs.
    """

    task: TaskView
    spec: TaskSpec
    outputs: JsonObject
    attempts: Sequence[AttemptView]
    titles: Mapping[str, str]


@attrs.frozen(kw_only=True)
class WhyView:
    """Why a task is where it is; `blockers` is never empty. `titles` are those of the tasks that they name."""

    run_id: str
    task_id: str
    state: TaskState
    blockers: Sequence[Blocker]
    titles: Mapping[str, str]


@attrs.frozen(kw_only=True)
class LogsView:
    """What an attempt and its checks printed: bounded, secrets redacted. `token` names the attempt."""

    run_id: str
    task_id: str
    token: int
    text: str


@attrs.frozen(kw_only=True)
class ActiveTask:
    """A task that is being worked on. `since` is when its attempt began, `attempt` the how-manieth since the
    last start afresh it is; `minutes` is what the task was estimated at; `last_line` what was printed last, as
    plain text, secrets redacted, 200 characters of it.
    """

    run_id: str
    run_title: str
    project: str
    task_id: str
    title: str
    path: Sequence[str]
    state: TaskState
    token: int
    attempt: int
    agent: str
    holder: str
    since: int | None
    lease_until: int | None
    minutes: int | None
    last_line: str


@attrs.frozen(kw_only=True)
class ActiveTasks:
    """Tasks that are being worked on, those of the newest run first; `total` is how many there are."""

    items: Sequence[ActiveTask]
    total: int


@attrs.frozen(kw_only=True)
class WaitingGroup:
    """Tasks that wait for the same kind of thing. `code`, `text`, `hint` and `task_id` are what task.why says
    of the first of them, `subject` what it is about; `task_ids` names a few of the `count`. `is_for_person`
    says that nothing but a person moves them on.
    """

    code: str
    text: str
    hint: str
    task_id: str
    subject: str
    count: int
    task_ids: Sequence[str]
    is_for_person: bool


@attrs.frozen(kw_only=True)
class WhyRunView:
    """What waits in a run, and why: what needs a person first, what waits for other tasks last. Empty if
    nothing waits. `titles` are those of the tasks that are named.
    """

    run_id: str
    state: RunState
    items: Sequence[WaitingGroup]
    titles: Mapping[str, str]


@attrs.frozen(kw_only=True)
class OutputPiece:
    """Some of what an attempt and its checks printed, secrets redacted. `offset` is the place behind it, in
    bytes: go on from there. Of a long output the middle is not kept; the text says how much is left out.
    """

    token: int
    offset: int
    text: str


@attrs.frozen(kw_only=True)
class EventView:
    """One event of the log."""

    sequence: int
    at: int
    kind: str
    run_id: str
    task_id: str
    by: str
    body: JsonObject
    hash: str


@attrs.frozen(kw_only=True)
class TaskHistory:
    """Events of a task, newest first; only its own were read, however long the log. `next` is the `before` of
    the page after this one; 0 after the last.
    """

    run_id: str
    task_id: str
    items: Sequence[EventView]
    next: int
