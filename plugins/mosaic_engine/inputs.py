"""What the engine's operations are asked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.tasks import Budget, TaskState

_RUN = {"help": "The run's identifier."}
_RUN_OR_NEWEST = {"help": "The run's identifier; the newest run if left empty."}
_TASK = {"help": "The task's identifier within the run."}
_REASON = {"help": "Why, for the log."}


def limit_of(usual: int, most: int) -> Any:
    """Return the field that says how many are answered with."""
    between = [attrs.validators.ge(1), attrs.validators.le(most)]
    return attrs.field(default=usual, validator=between, metadata={"help": "At most so many."})


@attrs.frozen(kw_only=True)
class CreateRun:
    """What to run: `target` with its `text`, or a `goal`."""

    target: str = attrs.field(default="", metadata={"help": "Path of a workflow, PRD or plan."})
    text: str = attrs.field(default="", metadata={"help": "The target's content."})
    goal: str = attrs.field(default="", metadata={"help": "What to build, in a sentence, instead of a target."})
    inputs: JsonObject = attrs.field(factory=dict, metadata={"help": "Inputs that the target declares."})
    settings: JsonObject = attrs.field(
        factory=dict, metadata={"help": "workspace, repository, branch, create; see the reference."}
    )
    project: str = attrs.field(default="", metadata={"help": "Project that the run belongs to."})
    run_id: str = attrs.field(
        default="", metadata={"help": "Identifier to give to the run; made up if left empty."}
    )
    budget: Budget | None = attrs.field(default=None, metadata={"help": "The most that the run may spend."})


@attrs.frozen(kw_only=True)
class DriveRun:
    """Which run to work on."""

    run_id: str = attrs.field(
        default="", metadata={"help": "The run; every active one, until cancelled, if empty."}
    )


@attrs.frozen(kw_only=True)
class ListRuns:
    """Which runs."""

    limit: int = limit_of(50, 1000)
    before: int | None = attrs.field(
        default=None, metadata={"help": "Created before this time (ms since 1970)."}
    )


@attrs.frozen(kw_only=True)
class ShowRun:
    """Which run."""

    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)


@attrs.frozen(kw_only=True)
class AskWhy:
    """Which run."""

    run_id: str = attrs.field(
        default="",
        metadata={"help": "The run's identifier; if left empty, one that waits for somebody, or goes on."},
    )


@attrs.frozen(kw_only=True)
class StopRun:
    """Which run to pause or cancel."""

    run_id: str = attrs.field(metadata=_RUN)
    reason: str = attrs.field(default="", metadata=_REASON)


@attrs.frozen(kw_only=True)
class ContinueRun:
    """Which run goes on, and with which budget."""

    run_id: str = attrs.field(metadata=_RUN)
    budget: Budget | None = attrs.field(
        default=None, metadata={"help": "A new budget; the old one if left out."}
    )


@attrs.frozen(kw_only=True)
class ListTasks:
    """Which tasks."""

    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    states: Sequence[TaskState] = attrs.field(default=(), metadata={"help": "Only these states; any if empty."})
    after: int = attrs.field(default=0, metadata={"help": "Only positions above this."})
    limit: int = limit_of(200, 2000)


@attrs.frozen(kw_only=True)
class NameTask:
    """Which task."""

    task_id: str = attrs.field(metadata=_TASK)
    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)


@attrs.frozen(kw_only=True)
class ReadLogs:
    """Which attempt's output."""

    task_id: str = attrs.field(metadata=_TASK)
    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    token: int = attrs.field(default=0, metadata={"help": "The attempt's token; the newest attempt if 0."})


@attrs.frozen(kw_only=True)
class ApproveTask:
    """The answer to a task's approval gate."""

    task_id: str = attrs.field(metadata=_TASK)
    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    is_granted: bool = attrs.field(default=True, metadata={"help": "False denies it: the task fails."})
    comment: str = attrs.field(default="", metadata={"help": "A word for the log."})


@attrs.frozen(kw_only=True)
class StopTask:
    """Which task to cancel."""

    task_id: str = attrs.field(metadata=_TASK)
    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    reason: str = attrs.field(default="", metadata=_REASON)


@attrs.frozen(kw_only=True)
class FollowEvents:
    """Where to follow the log from."""

    after: int = attrs.field(
        default=0, metadata={"help": "Only events with a number above this; 0: from the first."}
    )
    run_id: str = attrs.field(default="", metadata={"help": "Only this run's events; all if empty."})


@attrs.frozen(kw_only=True)
class FollowTasks:
    """Whose tasks to follow, and from where in the log."""

    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    after: int = attrs.field(
        default=0,
        metadata={"help": "What events above this touched: `sequence` of run.show, or of the last batch."},
    )


@attrs.frozen(kw_only=True)
class FollowOutput:
    """Which attempt's output, and from where."""

    task_id: str = attrs.field(metadata=_TASK)
    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    token: int = attrs.field(
        default=0,
        validator=attrs.validators.ge(0),
        metadata={"help": "The attempt's token; if 0 the newest attempt, or the first, which is waited for."},
    )
    offset: int = attrs.field(
        default=0,
        validator=attrs.validators.ge(0),
        metadata={"help": "From this place on: the `offset` of the last piece; 0: from the beginning."},
    )


@attrs.frozen(kw_only=True)
class ListActive:
    """Which tasks that are being worked on."""

    run_id: str = attrs.field(default="", metadata={"help": "Only this run's; those of every run if empty."})
    limit: int = limit_of(200, 1000)


@attrs.frozen(kw_only=True)
class ListHistory:
    """Which task's events."""

    task_id: str = attrs.field(metadata=_TASK)
    run_id: str = attrs.field(default="", metadata=_RUN_OR_NEWEST)
    before: int = attrs.field(
        default=0,
        validator=attrs.validators.ge(0),
        metadata={"help": "Only events with a number below this: `next` of the last page; 0: from the newest."},
    )
    limit: int = limit_of(50, 500)
    with_renewals: bool = attrs.field(
        default=False, metadata={"help": "Also each time that a lease was renewed, which says little."}
    )
