"""Commands that change runs and tasks, and what each answers.

Owns the records. `mosaic_hookspecs.decide` holds the rules for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs

from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.offers import AgentOffer as AgentOffer  # noqa: PLC0414 - it is a word of commands, too
from mosaic_hookspecs.tasks import Budget, Merge, RunSpec, TaskSpec, Usage


@attrs.frozen(kw_only=True)
class StartRun:
    """Create a run with all its tasks and make it active."""

    run: RunSpec
    tasks: Sequence[TaskSpec]


@attrs.frozen(kw_only=True)
class Claim:
    """Lease up to `limit` ready tasks, most urgent first.

    `quotas` maps a resource to how much of it may be held at once in the whole store; see
    `mosaic_hookspecs.counters.holds_of` for the resources that every task holds. `run_id` restricts
    the claim to one run ("": any).
    """

    holder: str
    offers: Sequence[AgentOffer]
    limit: int = 1
    lease_seconds: float = 60.0
    quotas: Mapping[str, int] = attrs.field(factory=dict)
    run_id: str = ""


@attrs.frozen(kw_only=True)
class Renew:
    """Move a lease's deadline to `lease_seconds` from now."""

    run_id: str
    task_id: str
    token: int
    lease_seconds: float = 60.0


@attrs.frozen(kw_only=True)
class Report:
    """Say what became of an attempt. Reported is not accepted.

    `outcome` is ``succeeded``, ``failed`` or ``skipped`` (the task's own condition was false).
    """

    run_id: str
    task_id: str
    token: int
    outcome: str
    reason: str = ""
    outputs: JsonObject = attrs.field(factory=dict)
    usage: Usage = Usage()
    evidence: Evidence = Evidence()


@attrs.frozen(kw_only=True)
class BeginMerge:
    """Decide to publish `candidate` on top of `base`. From then on this, and nothing else, is
    published for the task, by whoever carries it out, however often they are interrupted.
    """

    run_id: str
    task_id: str
    token: int
    candidate: str
    base: str
    evidence: Evidence


@attrs.frozen(kw_only=True)
class AbandonMerge:
    """Take the decision to publish back, after the workspace has made sure that it can no longer be
    carried out. The task is `reported` again.
    """

    run_id: str
    task_id: str
    token: int
    reason: str


@attrs.frozen(kw_only=True)
class Accept:
    """Accept a reported task (or a merging one whose publication is done)."""

    run_id: str
    task_id: str
    token: int
    evidence: Evidence = Evidence()


@attrs.frozen(kw_only=True)
class Reject:
    """Refuse an attempt. The task is tried again as its `Retry` allows.

    `counts` is false where the attempt is not to blame, such as a merge conflict. `backs_off` has the next
    one wait longer with each attempt that did not count, as where an endpoint is overloaded.
    """

    run_id: str
    task_id: str
    token: int
    reason: str
    evidence: Evidence = Evidence()
    counts: bool = True
    may_retry: bool = True
    backs_off: bool = False


@attrs.frozen(kw_only=True)
class Release:
    """Give a lease back without a result; the task is ready again."""

    run_id: str
    task_id: str
    token: int
    reason: str = ""


@attrs.frozen(kw_only=True)
class RecordUsage:
    """Add to what a run has spent while an attempt goes on or is verified. `agent` names who has spent it,
    where that is not the attempt's own agent, such as a reviewer.
    """

    run_id: str
    task_id: str
    token: int
    usage: Usage
    agent: str = ""


@attrs.frozen(kw_only=True)
class Tick:
    """Let time act: delayed tasks whose time has come are ready, and leases that ran out are lost."""

    limit: int = 1000


@attrs.frozen(kw_only=True)
class Approve:
    """Answer a task's approval gate; a denied task has failed."""

    run_id: str
    task_id: str
    is_granted: bool = True
    comment: str = ""


@attrs.frozen(kw_only=True)
class RetryTask:
    """Try a failed, skipped, cancelled or delayed task again, now and with its attempts afresh."""

    run_id: str
    task_id: str


@attrs.frozen(kw_only=True)
class CancelTask:
    """End a task that is not final; its lease is lost."""

    run_id: str
    task_id: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class Prioritize:
    """Move a task up or down among those that wait: give it a `priority` (larger goes first), or the least with
    which it goes `before` another task of its run.

    Ready tasks that were before that one stay before this one, too: where it takes that, theirs is raised by
    the least, of the first 200.
    """

    run_id: str
    task_id: str
    priority: int | None = None
    before: str = ""


@attrs.frozen(kw_only=True)
class PauseRun:
    """Start no more attempts of a run; those in flight go on."""

    run_id: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class ExhaustRun:
    """Say that a budget around a run is spent, such as its project's: as where its own is, its attempts in
    flight are stopped, and it waits for `ResumeRun`.
    """

    run_id: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class ResumeRun:
    """Make a paused, exhausted or cancelled run active again, with a new budget if one is given."""

    run_id: str
    budget: Budget | None = None


@attrs.frozen(kw_only=True)
class CancelRun:
    """End a run; the leases of its attempts are lost."""

    run_id: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class RecordEvent:
    """Append an event of a plugin's own. `kind` is ``PLUGIN.what-happened``; ``run.`` and ``task.``
    belong to the rules.
    """

    kind: str
    body: JsonObject = attrs.field(factory=dict)
    run_id: str = ""
    task_id: str = ""


Command: TypeAlias = (
    StartRun
    | Claim
    | Renew
    | Report
    | BeginMerge
    | AbandonMerge
    | Accept
    | Reject
    | Release
    | RecordUsage
    | Tick
    | Approve
    | RetryTask
    | CancelTask
    | Prioritize
    | PauseRun
    | ExhaustRun
    | ResumeRun
    | CancelRun
    | RecordEvent
)


@attrs.frozen(kw_only=True)
class Lease:
    """The right to make one attempt at a task.

    `token` is the fencing token: everything that the attempt does to the store or to a workspace
    carries it, and is refused once a newer lease was given. `until` is the deadline, in milliseconds
    since 1970 UTC. `agent` is the name of the offer that it was claimed for. `merge` is set where an
    earlier holder decided to publish and could not finish: then only that is left to do.
    `last_reason` says why the attempt before this one was refused ("" if none was).
    """

    run_id: str
    task_id: str
    token: int
    until: int
    agent: str
    spec: TaskSpec
    attempt: int = 1
    last_reason: str = ""
    merge: Merge | None = None


Outcome: TypeAlias = "int | Sequence[Lease] | None"
"""`Claim` answers leases, `Renew` the new deadline, `Tick` how many tasks it moved; the others None."""
