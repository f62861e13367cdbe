"""What the engine's operations answer. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.tasks import Budget, RunState, TaskSpec, TaskState, Usage


@attrs.frozen(kw_only=True)
class Blocker:
    """One reason why a task is where it is: a stable `code`, a sentence, and what it is about."""

    code: str
    text: str
    subject: str = ""


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
    `attempts` counts those that failed since the last start afresh.
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


@attrs.frozen(kw_only=True)
class TaskList:
    """Tasks in order of `position`; ask again with ``after`` set to the last one's for more."""

    items: Sequence[TaskView]


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
    """Everything about a task: how it stands, what it asks for, what it gave, every attempt."""

    task: TaskView
    spec: TaskSpec
    outputs: JsonObject
    attempts: Sequence[AttemptView]


@attrs.frozen(kw_only=True)
class WhyView:
    """Why a task is where it is; `blockers` is never empty."""

    run_id: str
    task_id: str
    state: TaskState
    blockers: Sequence[Blocker]


@attrs.frozen(kw_only=True)
class LogsView:
    """What an attempt and its checks printed: bounded, secrets redacted. `token` names the attempt."""

    run_id: str
    task_id: str
    token: int
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
