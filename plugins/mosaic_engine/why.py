"""Why a task is where it is: pure rules over what the store says. Never says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from mosaic_hookspecs import counters
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskRecord, TaskSpec, TaskState

from .progress import quota_of
from .views import Blocker

if TYPE_CHECKING:
    from mosaic_hookspecs.offers import AgentOffer

_MOST_NEEDS = 10
_MOST_LABELS = 3
_HOW = {
    TaskState.BLOCKED: "waits for others itself",
    TaskState.GATED: "waits for approval",
    TaskState.DELAYED: "is tried again soon",
    TaskState.LEASED: "is being worked on",
    TaskState.REPORTED: "is being verified",
    TaskState.MERGING: "is being published",
    TaskState.FAILED: "failed",
}
PERSON = "person"
"""What the inbox calls its agent."""


@attrs.frozen(kw_only=True)
class Facts:
    """What the store and the ports say about one task. `needs` holds the records of what it depends
    on, `held` how much of each resource is held now, `group_holder` who holds its group, if known.
    """

    run: RunRecord
    record: TaskRecord
    spec: TaskSpec
    now: int
    needs: Sequence[TaskRecord] = ()
    tolerated: frozenset[str] = frozenset()
    offers: Sequence[AgentOffer] = ()
    quotas: Mapping[str, int] = attrs.field(factory=dict)
    held: Mapping[str, int] = attrs.field(factory=dict)
    group_holder: str = ""


def explain(facts: Facts) -> Sequence[Blocker]:
    """Return every reason why the task is not further, the run's own first; never empty."""
    if facts.record.state.is_final:
        return (_final(facts),)
    return (*of_run(facts.run), *of_task(facts)) or (next_turn(facts),)


def of_task(facts: Facts) -> Sequence[Blocker]:
    """Return the reasons that are the task's own; none where it only waits for its turn."""
    state = facts.record.state
    if state.is_final:
        return (_final(facts),)
    if state is TaskState.BLOCKED:
        return tuple(_needs(facts))
    if state is TaskState.GATED:
        return (_approval(facts),)
    if state is TaskState.DELAYED:
        return (_back_off(facts),)
    if state is TaskState.READY:
        return tuple(_of_ready(facts))
    return (_in_flight(facts),)


def _final(facts: Facts) -> Blocker:
    record = facts.record
    if record.state is TaskState.ACCEPTED:
        where = f", as commit {record.commit}" if record.commit else ""
        return Blocker(code="accepted", text=f"it is accepted{where}", subject=record.commit)
    if record.state is TaskState.SKIPPED and record.cause:
        cause = record.cause
        text = f"it was skipped, because {cause} was not accepted"
        hint = f"`mosaic why {cause}` says more"
        return Blocker(code="failed-dependency", text=text, subject=cause, hint=hint, task_id=cause)
    retry = f"`mosaic retry {record.task_id}` tries it again"
    if record.state is TaskState.SKIPPED:
        text = f"it was skipped: {record.reason or 'its own condition was false'}"
        return Blocker(code="skipped", text=text, hint=retry)
    if record.state is TaskState.CANCELLED:
        text = f"it was cancelled{f': {record.reason}' if record.reason else ''}"
        return Blocker(code="cancelled", text=text, hint=retry)
    times = f"after {record.refusals} attempts" if record.refusals > 1 else "at its only attempt"
    if not record.refusals:
        times = "before it began"
    text = f"it failed {times}: {record.reason or 'no reason was given'}"
    return Blocker(code="failed", text=text, hint=retry)


def of_run(run: RunRecord) -> Iterator[Blocker]:
    """Yield the reasons that hold for every task of a run."""
    resumes = f"`mosaic run --resume {run.run_id}` resumes it"
    if run.state is RunState.PAUSED:
        yield Blocker(code="paused", text="the run is paused", subject=run.run_id, hint=resumes)
    elif run.state is RunState.CANCELLED:
        yield Blocker(code="cancelled", text="the run was cancelled", subject=run.run_id, hint=resumes)
    elif run.state is RunState.EXHAUSTED:
        spent, budget = run.spent, run.spec.budget
        limits = []
        if budget.tokens is not None:
            limits.append(f"{spent.input_tokens + spent.output_tokens} of {budget.tokens} tokens")
        if budget.money is not None:
            limits.append(f"${spent.money:.2f} of ${budget.money:.2f}")
        text = f"the run's budget is spent ({', '.join(limits)})"
        hint = f"`mosaic resume {run.run_id}` takes a new one"
        if not spent.exceeds(budget):
            text = "a budget around the run is spent"
            hint = f"`mosaic costs` tells which, {resumes}"
        yield Blocker(code="budget", text=text, subject=run.run_id, hint=hint)


def _needs(facts: Facts) -> Iterator[Blocker]:
    settled = {need.task_id: need.settled for need in facts.spec.needs}
    unmet = [need for need in facts.needs if not _is_met(need, facts, is_settled=settled[need.task_id])]
    for need in unmet[:_MOST_NEEDS]:
        wanted = "over" if settled[need.task_id] else "accepted"
        text = f"it needs {need.task_id} to be {wanted}, which {_HOW.get(need.state, f'is {need.state.value}')}"
        yield Blocker(code="unmet-dependency", text=text, subject=need.task_id, task_id=need.task_id)
    if len(unmet) > _MOST_NEEDS:
        more = len(unmet) - _MOST_NEEDS
        yield Blocker(code="unmet-dependency", text=f"and {more} more that it needs are not accepted")


def _is_met(need: TaskRecord, facts: Facts, *, is_settled: bool) -> bool:
    if need.state is TaskState.ACCEPTED or (is_settled and need.state.is_final):
        return True
    return need.state is TaskState.FAILED and need.task_id in facts.tolerated


def _approval(facts: Facts) -> Blocker:
    record = facts.record
    text = f"it waits for approval: {facts.spec.approval}"
    hint = f"`mosaic approve --run {record.run_id} {record.task_id}` grants it, with --deny it fails"
    return Blocker(code="approval", text=text, subject=record.task_id, hint=hint)


def _back_off(facts: Facts) -> Blocker:
    record = facts.record
    until = record.not_before or facts.now
    left = max(0, until - facts.now) / 1000
    attempts = f"attempt {record.refusals} of {facts.spec.retry.attempts}" if record.refusals else "its attempt"
    text = f"it is tried again at {_clock(until)}, in {left:.1f} s; {attempts} ended: {record.reason}"
    return Blocker(code="back-off", text=text, subject=str(until))


def _of_ready(facts: Facts) -> Iterator[Blocker]:
    spec = facts.spec
    queue = facts.run.queues[facts.record.queue_key]
    if not any(offer.takes(queue.runtime, queue.labels) for offer in facts.offers):
        yield _no_runtime(facts)
    for resource, amount in counters.holds_of(facts.run, queue):
        limit = quota_of(resource, facts.quotas)
        held = facts.held.get(resource, 0)
        if limit is None or held + amount <= limit:
            continue
        if spec.group and resource == f"group:{facts.run.spec.project}/{spec.group}":
            by = f", held by {facts.group_holder or 'another run'}"
            text = f"its concurrency group {spec.group!r} runs one task at a time{by}"
            yield Blocker(code="group", text=text, subject=spec.group, task_id=facts.group_holder)
        else:
            text = f"it needs {amount} of {resource!r}, of which {held} of {limit} are held"
            is_never = amount > limit
            text += "; it can never fit" if is_never else ""
            hint = "Raise `plugins.engine.quotas`" if is_never else ""
            yield Blocker(code="quota", text=text, subject=resource, hint=hint)


def _no_runtime(facts: Facts) -> Blocker:
    spec = facts.spec
    wants = f"the runtime {spec.runtime!r}" if spec.runtime else ""
    if not wants:
        labels = ", ".join(sorted(spec.labels))
        wants = f"an agent that can do {labels}" if labels else "an agent that takes any work"
    here = ", ".join(sorted(map(_named, facts.offers)))
    text = f"it needs {wants}, which no agent here is (here: {here or 'none'})"
    hint = (
        "To connect one, name a program of yours under plugins.command.agents in mosaic.yaml, or enable a "
        f"plugin that provides one; then `mosaic run --resume {facts.run.run_id}`"
    )
    if not spec.runtime:
        hint += ". With `--agent claude`, or another coding agent that is installed, nothing need be configured"
    subject = spec.runtime or ",".join(sorted(spec.labels))
    return Blocker(code="no-runtime", text=text, subject=subject, hint=hint)


def _named(offer: AgentOffer) -> str:
    """Name an agent, and what it can do as far as that is read at a glance."""
    shown = 0 < len(offer.labels) <= _MOST_LABELS
    return offer.name + (f" ({', '.join(sorted(offer.labels))})" if shown else "")


def _in_flight(facts: Facts) -> Blocker:
    record = facts.record
    until = f", its lease lasts until {_clock(record.lease_until)}" if record.lease_until else ""
    who = f"{record.agent} ({record.holder})" if record.agent else record.holder
    by = f"attempt {record.token}, by {who}{until}"
    if record.state is TaskState.LEASED and record.agent == PERSON:
        text = f"it waits for a person: {by}"
        return Blocker(code="running", text=text, subject=record.holder, hint="`mosaic inbox` shows it")
    if record.state is TaskState.LEASED:
        return Blocker(code="running", text=f"it is running: {by}", subject=record.holder)
    if record.state is TaskState.REPORTED:
        text = f"its agent says that it is done; Mosaic is verifying that: {by}"
        return Blocker(code="verifying", text=text, subject=record.holder)
    return Blocker(code="merging", text=f"it passed, and is being published: {by}", subject=record.holder)


def next_turn(facts: Facts) -> Blocker:
    """Return what a task waits for that nothing holds up."""
    if facts.record.state is TaskState.BLOCKED:
        text = "all that it needs is accepted; it becomes ready with the next change"
        return Blocker(code="ready", text=text, subject=facts.run.run_id)
    text = "nothing holds it up: it starts when a slot is free"
    hint = f"If nothing drives the run, `mosaic run --resume {facts.run.run_id}` does"
    return Blocker(code="ready", text=text, subject=facts.run.run_id, hint=hint)


def _clock(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%H:%M:%S UTC")
