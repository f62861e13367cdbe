"""Evolve: an event changes the records. The only writer of projections, live and in replay.

Trusts every event: what may happen was settled by `mosaic_hookspecs.decide`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from mosaic_hookspecs import counters
from mosaic_hookspecs.changing import changer
from mosaic_hookspecs.events import Draft
from mosaic_hookspecs.existing import known_run, known_task, run_of, task_of
from mosaic_hookspecs.tasks import (
    Budget,
    Dependant,
    Merge,
    Queue,
    RunRecord,
    RunSpec,
    RunState,
    StoredTask,
    TaskRecord,
    TaskSpec,
    TaskState,
    Usage,
)
from mosaic_hookspecs.view import View

_changed = changer(TaskRecord)


def evolve(draft: Draft, at: int, view: View) -> None:
    """Change the records as `draft`, stored `at` (milliseconds since 1970 UTC), says. Kinds that are
    a plugin's own change nothing.
    """
    rule = _RULES.get(draft.kind)
    if rule is not None:
        rule(draft, at, view)


def _run_created(draft: Draft, at: int, view: View) -> None:
    view.put_run(RunRecord(spec=RunSpec.from_data(draft.body), state=RunState.PAUSED, created_at=at))


def _run_extended(draft: Draft, at: int, view: View) -> None:
    run = run_of(draft, view)
    queues = dict(run.queues)
    body: Any = draft.body
    for data, waiting in zip(body["tasks"], body["dependants"], strict=True):
        spec = TaskSpec.from_data(data)
        key = spec.queue_key
        if key not in queues:
            queues[key] = Queue(
                key=key,
                runtime=spec.runtime,
                labels=frozenset(spec.labels),
                resources=dict(spec.resources),
                group=spec.group,
            )
        state = TaskState.BLOCKED if spec.needs else _startable(spec, is_approved=False)
        record = TaskRecord(
            run_id=draft.run_id,
            task_id=spec.task_id,
            position=view.count(counters.POSITIONS) + 1,
            state=state,
            queue_key=key,
            priority=spec.priority,
            unmet=len(spec.needs),
        )
        view.add(counters.POSITIONS, 1)
        view.add(counters.in_state(draft.run_id, state), 1)
        if state is TaskState.READY:
            view.add(counters.in_queue(draft.run_id, key), 1)
        dependants = tuple(Dependant(task_id=name, settled=settled) for name, settled in waiting)
        view.add_task(record, StoredTask(spec=spec, dependants=dependants))
    view.put_run(attrs.evolve(run, queues=queues, total=run.total + len(body["tasks"])))


def _startable(spec: TaskSpec, *, is_approved: bool) -> TaskState:
    return TaskState.GATED if spec.approval and not is_approved else TaskState.READY


def _run_state(state: RunState) -> Callable[[Draft, int, View], None]:
    def rule(draft: Draft, at: int, view: View) -> None:
        ended = at if state in (RunState.FINISHED, RunState.CANCELLED) else None
        view.put_run(attrs.evolve(run_of(draft, view), state=state, ended_at=ended))

    return rule


def _run_resumed(draft: Draft, at: int, view: View) -> None:
    run = run_of(draft, view)
    budget: Any = draft.body.get("budget")
    if budget:
        run = attrs.evolve(run, spec=attrs.evolve(run.spec, budget=Budget(**budget)))
    view.put_run(attrs.evolve(run, state=RunState.ACTIVE, ended_at=None))


def _claimed(draft: Draft, at: int, view: View) -> None:
    record, body = task_of(draft, view), draft.body
    state = TaskState.MERGING if record.merge else TaskState.LEASED
    changes = {"token": body["token"], "holder": body["holder"], "lease_until": body["until"]}
    _move(view, record, state, **changes, agent=body.get("agent", ""), claimed_at=at)


def _renewed(draft: Draft, at: int, view: View) -> None:
    view.put_task(_changed(task_of(draft, view), lease_until=draft.body["until"]))


def _reported(draft: Draft, at: int, view: View) -> None:
    record = task_of(draft, view)
    _spend(draft, view)
    _move(view, record, TaskState.REPORTED, outputs=draft.body["outputs"], reason="")


def _merging(draft: Draft, at: int, view: View) -> None:
    body: Any = draft.body
    merge = Merge(token=body["token"], candidate=body["candidate"], base=body["base"])
    _move(view, task_of(draft, view), TaskState.MERGING, merge=merge)


def _unmerged(draft: Draft, at: int, view: View) -> None:
    _move(view, task_of(draft, view), TaskState.REPORTED, merge=None, reason=draft.body["reason"])


def _accepted(draft: Draft, at: int, view: View) -> None:
    evidence: Any = draft.body["evidence"]
    _move(view, task_of(draft, view), TaskState.ACCEPTED, commit=evidence["commit"], merge=None, reason="")
    _unlock(draft, view, is_satisfied=True)


def _refused(draft: Draft, at: int, view: View) -> None:
    record, body = task_of(draft, view), draft.body
    _spend(draft, view)
    refusals = record.refusals + (1 if body["counts"] else 0)
    changes = {"refusals": refusals, "reason": body["reason"], "not_before": body["until"]}
    if body["until"] is not None:
        _move(view, record, TaskState.DELAYED, **changes)
    else:
        _fail(draft, view, record, **changes)


def _denied(draft: Draft, at: int, view: View) -> None:
    comment = draft.body["comment"]
    _fail(draft, view, task_of(draft, view), reason=f"approval was denied{f': {comment}' if comment else ''}")


def _fail(draft: Draft, view: View, record: TaskRecord, **changes: Any) -> None:
    _move(view, record, TaskState.FAILED, **changes)
    _unlock(draft, view, is_satisfied=view.stored(draft.run_id, draft.task_id).spec.tolerates_failure)


def _skipped(draft: Draft, at: int, view: View) -> None:
    body = draft.body
    _spend(draft, view)
    _move(view, task_of(draft, view), TaskState.SKIPPED, cause=body["cause"], reason=body["reason"])
    _unlock(draft, view, is_satisfied=False)


def _cancelled(draft: Draft, at: int, view: View) -> None:
    _move(view, task_of(draft, view), TaskState.CANCELLED, reason=draft.body["reason"])
    _unlock(draft, view, is_satisfied=False)


def _released(draft: Draft, at: int, view: View) -> None:
    record = task_of(draft, view)
    _move(view, record, _again(record))


def _awoken(draft: Draft, at: int, view: View) -> None:
    record = task_of(draft, view)
    _move(view, record, _again(record), not_before=None)


def _again(record: TaskRecord) -> TaskState:
    """Where a task goes that was started before: what it needs may have been reopened meanwhile. A
    publication that was decided is carried out all the same.
    """
    return TaskState.BLOCKED if record.unmet and record.merge is None else TaskState.READY


def _approved(draft: Draft, at: int, view: View) -> None:
    record = _changed(task_of(draft, view), is_approved=True)
    if record.state is TaskState.GATED:
        _move(view, record, TaskState.READY)
    else:
        view.put_task(record)


def _prioritized(draft: Draft, at: int, view: View) -> None:
    view.put_task(_changed(task_of(draft, view), priority=draft.body["priority"]))


def _spent(draft: Draft, at: int, view: View) -> None:
    _spend(draft, view)


def _spend(draft: Draft, view: View) -> None:
    usage: Any = draft.body.get("usage")
    if usage:
        run = run_of(draft, view)
        view.put_run(attrs.evolve(run, spent=run.spent + Usage(**usage)))


def _reopened(draft: Draft, at: int, view: View) -> None:
    """Start a final task afresh, and take back from its dependants what its end had given them: `unmet`
    is exact in every state, or a need that ends twice would be counted for another.
    """
    record = task_of(draft, view)
    stored = view.stored(draft.run_id, draft.task_id)
    had_satisfied = record.state is TaskState.FAILED and stored.spec.tolerates_failure
    state = TaskState.BLOCKED if record.unmet else _startable(stored.spec, is_approved=record.is_approved)
    _move(view, record, state, cause="", reason="", refusals=0, not_before=None)
    for dependant in stored.dependants:
        if not (had_satisfied or dependant.settled):
            continue
        other = known_task(view, draft.run_id, dependant.task_id)
        goes_on = other.state.is_held or other.state.is_final or other.merge is not None
        _move(view, other, other.state if goes_on else TaskState.BLOCKED, unmet=other.unmet + 1)
    run = run_of(draft, view)
    if run.state is RunState.FINISHED:
        view.put_run(attrs.evolve(run, state=RunState.ACTIVE, ended_at=None))


def _unlock(draft: Draft, view: View, *, is_satisfied: bool) -> None:
    """Count down the dependants that the end of this task satisfies, and free those at zero."""
    for dependant in view.stored(draft.run_id, draft.task_id).dependants:
        if not (is_satisfied or dependant.settled):
            continue
        other = known_task(view, draft.run_id, dependant.task_id)
        if other.unmet == 0:
            continue
        unmet = other.unmet - 1
        if unmet or other.state is not TaskState.BLOCKED:
            view.put_task(_changed(other, unmet=unmet))
        else:
            spec = view.stored(other.run_id, other.task_id).spec if not other.is_approved else None
            state = TaskState.READY if spec is None else _startable(spec, is_approved=False)
            _move(view, other, state, unmet=0)


def _move(view: View, record: TaskRecord, state: TaskState, **changes: Any) -> None:
    """Put a task into `state` and keep every counter true."""
    old = record.state
    if old is not state:
        run_id = record.run_id
        view.add(counters.in_state(run_id, old), -1)
        view.add(counters.in_state(run_id, state), 1)
        if old is TaskState.READY:
            view.add(counters.in_queue(run_id, record.queue_key), -1)
        elif state is TaskState.READY:
            view.add(counters.in_queue(run_id, record.queue_key), 1)
        if old.is_held != state.is_held:
            run = known_run(view, run_id)
            sign = 1 if state.is_held else -1
            for resource, amount in counters.holds_of(run, run.queues[record.queue_key]):
                view.add(counters.held(resource), sign * amount)
            if not state.is_held:
                changes.setdefault("holder", "")
                changes.setdefault("lease_until", None)
    view.put_task(_changed(record, state=state, **changes))


_RULES: dict[str, Callable[[Draft, int, View], None]] = {
    "run.created": _run_created,
    "run.extended": _run_extended,
    "run.started": _run_state(RunState.ACTIVE),
    "run.paused": _run_state(RunState.PAUSED),
    "run.resumed": _run_resumed,
    "run.exhausted": _run_state(RunState.EXHAUSTED),
    "run.cancelled": _run_state(RunState.CANCELLED),
    "run.finished": _run_state(RunState.FINISHED),
    "task.claimed": _claimed,
    "task.renewed": _renewed,
    "task.reported": _reported,
    "task.merging": _merging,
    "task.unmerged": _unmerged,
    "task.accepted": _accepted,
    "task.refused": _refused,
    "task.released": _released,
    "task.awoken": _awoken,
    "task.approved": _approved,
    "task.denied": _denied,
    "task.prioritized": _prioritized,
    "task.skipped": _skipped,
    "task.cancelled": _cancelled,
    "task.reopened": _reopened,
    "task.spent": _spent,
}
EVENT_KINDS = tuple(sorted(_RULES))
"""Every kind of event that the rules make."""
