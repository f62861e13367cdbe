"""Decide: a command and what the store holds become events, or a refusal.

Pure: no clock, no I/O, no chance (jitter is drawn from a hash of the attempt). Every refusal names
its code: ``stale-token`` (the lease is not, or no longer, the newest), ``wrong-state``,
``no-evidence`` (a check has not passed, or on something else), ``no-run``, ``no-task``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import commands as c
from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.claims import Claims
from mosaic_hookspecs.errors import InputError, NotFound, Refused
from mosaic_hookspecs.events import Draft
from mosaic_hookspecs.graph import dependants_of, find_cycle, longest_to_end
from mosaic_hookspecs.ranking import MOST_PRIORITY, ranks_before
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskRecord, TaskState, Usage
from mosaic_hookspecs.view import View

_TASKS_PER_EVENT = 200
_LEAST_BACK_OFF = 0.1
"""Seconds: a task that is given back again and again must not keep anything busy."""
_NO_USAGE = Usage()


@attrs.frozen
class Decision:
    """What a command leads to."""

    drafts: Sequence[Draft]
    outcome: c.Outcome = None


def decide(command: c.Command, view: View, now: int) -> Decision:
    """Decide one command.

    Args:
        command: what is asked.
        view: what the store holds.
        now: milliseconds since 1970 UTC.

    Raises:
        InputError: a run's tasks contradict each other (codes ``duplicate-task``, ``unknown-need``,
            ``cycle``, ``duplicate-run``), or an event's kind is reserved.
        NotFound: there is no such run or task.
        Refused: the state does not allow the command.
    """
    return _RULES[type(command)](command, view, now)


def _start(command: c.StartRun, view: View, now: int) -> Decision:
    run_id = command.run.run_id
    if view.run(run_id) is not None:
        raise InputError("duplicate-run", f"a run named {run_id!r} exists already", hint="Choose another name.")
    graph: dict[str, list[str]] = {}
    for task in command.tasks:
        if task.task_id in graph:
            raise InputError("duplicate-task", f"two tasks are named {task.task_id!r}")
        graph[task.task_id] = [need.task_id for need in task.needs]
    for task_id, needs in graph.items():
        for need in needs:
            if need not in graph:
                raise InputError("unknown-need", f"task {task_id!r} needs {need!r}, which is not in the run")
    if cycle := find_cycle(graph):
        raise InputError("cycle", "tasks wait for each other", got=" → ".join([*cycle, cycle[0]][:20]))
    settled = {(t.task_id, need.task_id): need.settled for t in command.tasks for need in t.needs}
    dependants = dependants_of(graph)
    lengths = longest_to_end(graph, {task.task_id: task.minutes or 1 for task in command.tasks})
    drafts = [Draft(kind="run.created", run_id=run_id, body=command.run.to_data())]
    for start in range(0, len(command.tasks), _TASKS_PER_EVENT):
        chunk = command.tasks[start : start + _TASKS_PER_EVENT]
        drafts.append(
            Draft(
                kind="run.extended",
                run_id=run_id,
                body={
                    "tasks": [
                        {**task.to_data(), "priority": task.priority or lengths[task.task_id]} for task in chunk
                    ],
                    "dependants": [
                        [[other, settled[other, task.task_id]] for other in dependants[task.task_id]]
                        for task in chunk
                    ],
                },
            )
        )
    drafts.append(Draft(kind="run.started", run_id=run_id))
    return Decision(drafts)


def _claim(command: c.Claim, view: View, now: int) -> Decision:
    runs = view.active_runs()
    if command.run_id:
        runs = [run for run in runs if run.run_id == command.run_id]
    claims = Claims(command, view)
    for run in runs:
        for queue in run.queues.values():
            claims.consider(run, queue)
    until = now + round(command.lease_seconds * 1000)
    drafts: list[Draft] = []
    leases: list[c.Lease] = []
    for record, agent in claims.take():
        token = record.token + 1
        by = record.agent or agent if record.merge else agent  # only publishes what another made
        body: dict[str, Any] = {"token": token, "holder": command.holder, "until": until, "agent": by}
        drafts.append(Draft(kind="task.claimed", run_id=record.run_id, task_id=record.task_id, body=body))
        leases.append(
            c.Lease(
                run_id=record.run_id,
                task_id=record.task_id,
                token=token,
                until=until,
                agent=agent,
                spec=view.stored(record.run_id, record.task_id).spec,
                attempt=record.refusals + 1,
                last_reason=record.reason,
                merge=record.merge,
            )
        )
    return Decision(drafts, leases)


def _leased(command: Any, view: View, *states: TaskState) -> TaskRecord:
    record = _existing(command, view)
    if record.token != command.token or not record.state.is_held:
        raise Refused(
            "stale-token",
            f"the lease on task {record.task_id!r} is not yours any more",
            expected=f"token {record.token} while the task is held",
            got=f"token {command.token} while it is {record.state.value}",
            hint="Stop this attempt and claim again; what it did is not used.",
        )
    if record.state not in states:
        raise Refused(
            "wrong-state",
            f"task {record.task_id!r} does not allow this now",
            expected=" or ".join(state.value for state in states),
            got=record.state.value,
        )
    return record


def _existing(command: Any, view: View) -> TaskRecord:
    record = view.task(command.run_id, command.task_id)
    if record is None:
        _run(command, view)
        raise NotFound("no-task", f"run {command.run_id!r} has no task {command.task_id!r}")
    return record


def _run(command: Any, view: View) -> RunRecord:
    run = view.run(command.run_id)
    if run is None:
        raise NotFound("no-run", f"there is no run {command.run_id!r}", hint="`mosaic runs` lists them.")
    return run


def _one(command: Any, kind: str, outcome: c.Outcome = None, **body: Any) -> Decision:
    draft = Draft(kind=kind, run_id=command.run_id, task_id=getattr(command, "task_id", ""), body=body)
    return Decision([draft], outcome)


def _wanted(command: Any, view: View, *states: TaskState) -> TaskRecord:
    """Check the lease as `_leased` does, and that the run was not cancelled meanwhile."""
    record = _leased(command, view, *states)
    if _run(command, view).state is RunState.CANCELLED:
        raise Refused("run-cancelled", f"run {command.run_id!r} was cancelled", hint="Release the lease.")
    return record


def _renew(command: c.Renew, view: View, now: int) -> Decision:
    _wanted(command, view, TaskState.LEASED, TaskState.REPORTED, TaskState.MERGING)
    until = now + round(command.lease_seconds * 1000)
    return _one(command, "task.renewed", until, until=until)


def _report(command: c.Report, view: View, now: int) -> Decision:
    record = _wanted(command, view, TaskState.LEASED)
    usage = attrs.asdict(command.usage) if command.usage != _NO_USAGE else None
    extra: dict[str, Any] = {"usage": usage} if usage else {}
    if command.outcome == "succeeded":
        body = {"token": command.token, "reason": command.reason, "outputs": dict(command.outputs), **extra}
        return _one(command, "task.reported", None, **body)
    if command.outcome == "skipped":
        return _one(command, "task.skipped", None, reason=command.reason, cause="", **extra)
    if command.outcome == "failed":
        return _refusal(
            record, view, now, command.reason, command.evidence, counts=True, may_retry=True, **extra
        )
    raise InputError(
        "bad-outcome",
        "a report's outcome is not one that there is",
        where="outcome",
        expected="succeeded, failed or skipped",
        got=repr(command.outcome),
    )


def _refusal(  # noqa: PLR0913 - the parts of one refusal
    record: TaskRecord,
    view: View,
    now: int,
    reason: str,
    evidence: Evidence,
    *,
    counts: bool,
    may_retry: bool,
    backs_off: bool = False,
    **extra: Any,
) -> Decision:
    retry = view.stored(record.run_id, record.task_id).spec.retry
    refusals = record.refusals + (1 if counts else 0)
    until: int | None = None
    if may_retry and (refusals < retry.attempts or not counts):
        before = record.token - refusals if backs_off else refusals
        least = _LEAST_BACK_OFF if backs_off else 0.0
        delay = max(least, retry.delay_seconds) * retry.factor ** min(64, max(0, before - 1))
        delay = min(max(least, retry.max_delay_seconds), delay)
        share = zlib.crc32(f"{record.run_id}/{record.task_id}/{record.token}".encode()) / 0xFFFFFFFF
        until = now + round(1000 * delay * (1 + retry.jitter * (2 * share - 1)))
    body: dict[str, Any] = {
        "token": record.token,
        "reason": reason,
        "until": until,
        "counts": counts,
        "evidence": evidence.to_data(),
        **({"backs_off": True} if backs_off else {}),
        **extra,
    }
    return Decision([Draft(kind="task.refused", run_id=record.run_id, task_id=record.task_id, body=body)])


def _reject(command: c.Reject, view: View, now: int) -> Decision:
    record = _leased(command, view, TaskState.LEASED, TaskState.REPORTED)
    return _refusal(
        record,
        view,
        now,
        command.reason,
        command.evidence,
        counts=command.counts,
        may_retry=command.may_retry,
        backs_off=command.backs_off,
    )


def _begin_merge(command: c.BeginMerge, view: View, now: int) -> Decision:
    _wanted(command, view, TaskState.REPORTED)
    _require_evidence(command, view, command.candidate)
    return _one(
        command,
        "task.merging",
        None,
        token=command.token,
        candidate=command.candidate,
        base=command.base,
        evidence=command.evidence.to_data(),
    )


def _require_evidence(command: c.BeginMerge | c.Accept, view: View, candidate: str) -> None:
    """Refuse what was not verified: each of the task's checks has passed, on what is published."""
    evidence = command.evidence
    passed = {check.name for check in evidence.checks if check.passed}
    checks = view.stored(command.run_id, command.task_id).spec.checks
    missing = next((check.name for check in checks if check.name not in passed), "")
    if missing or not evidence.passed or (candidate and evidence.commit != candidate):
        raise Refused(
            "no-evidence",
            f"there is no evidence that task {command.task_id!r} is done",
            expected=f"that every check passed{f' on {candidate}' if candidate else ''}",
            got=f"no pass of {missing!r}" if missing else f"evidence of {evidence.commit or 'another tree'}",
            hint="Report and verify the attempt again; only what was verified is accepted.",
        )


def _abandon_merge(command: c.AbandonMerge, view: View, now: int) -> Decision:
    _leased(command, view, TaskState.MERGING)
    return _one(command, "task.unmerged", None, token=command.token, reason=command.reason)


def _accept(command: c.Accept, view: View, now: int) -> Decision:
    record = _leased(command, view, TaskState.REPORTED, TaskState.MERGING)
    _require_evidence(command, view, record.merge.candidate if record.merge else "")
    return _one(command, "task.accepted", None, token=command.token, evidence=command.evidence.to_data())


def _release(command: c.Release, view: View, now: int) -> Decision:
    _leased(command, view, TaskState.LEASED, TaskState.REPORTED, TaskState.MERGING)
    return _one(command, "task.released", None, token=command.token, reason=command.reason)


def _record_usage(command: c.RecordUsage, view: View, now: int) -> Decision:
    _leased(command, view, TaskState.LEASED, TaskState.REPORTED)
    body = {"token": command.token, "usage": attrs.asdict(command.usage)}
    return _one(command, "task.spent", None, **body, **({"agent": command.agent} if command.agent else {}))


def _tick(command: c.Tick, view: View, now: int) -> Decision:
    drafts = []
    for record in view.overdue(now, command.limit):
        if record.state is TaskState.DELAYED:
            drafts.append(Draft(kind="task.awoken", run_id=record.run_id, task_id=record.task_id))
        else:
            body: dict[str, Any] = {"token": record.token, "reason": "its lease ran out"}
            drafts.append(Draft(kind="task.released", run_id=record.run_id, task_id=record.task_id, body=body))
    return Decision(drafts, len(drafts))


def _approve(command: c.Approve, view: View, now: int) -> Decision:
    record = _existing(command, view)
    if not view.stored(command.run_id, command.task_id).spec.approval:
        raise Refused("no-gate", f"task {command.task_id!r} asks for no approval")
    if record.state not in (TaskState.GATED, TaskState.BLOCKED) or record.is_approved:
        state = "approved" if record.is_approved else record.state.value
        raise Refused("wrong-state", f"task {command.task_id!r} waits for no approval", got=state)
    kind = "task.approved" if command.is_granted else "task.denied"
    return _one(command, kind, None, comment=command.comment)


def _retry(command: c.RetryTask, view: View, now: int) -> Decision:
    record = _existing(command, view)
    if record.state is TaskState.DELAYED:
        return _one(command, "task.awoken")
    if record.state not in (TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED):
        raise Refused(
            "wrong-state",
            f"task {command.task_id!r} cannot be tried again",
            expected="failed, skipped, cancelled or delayed",
            got=record.state.value,
        )
    return _one(command, "task.reopened")


def _cancel_task(command: c.CancelTask, view: View, now: int) -> Decision:
    record = _existing(command, view)
    if record.state.is_final or record.merge is not None:
        raise Refused("wrong-state", f"task {command.task_id!r} cannot be cancelled", got=record.state.value)
    return _one(command, "task.cancelled", None, reason=command.reason)


def _prioritize(command: c.Prioritize, view: View, now: int) -> Decision:
    _require_one_place(command)
    record = _waiting(_existing(command, view))
    if command.priority is not None:
        ranks: Mapping[str, int] = {command.task_id: command.priority}
    else:
        other = _waiting(_existing(attrs.evolve(command, task_id=command.before), view))
        ranks = ranks_before(record, other, _run(command, view), view)
    kind, run_id = "task.prioritized", command.run_id
    return Decision(
        [
            Draft(kind=kind, run_id=run_id, task_id=task_id, body={"priority": priority})
            for task_id, priority in ranks.items()
        ]
    )


def _require_one_place(command: c.Prioritize) -> None:
    expected = "either a priority, or another task that it goes before"
    if command.before == command.task_id:
        got = "before itself"
    elif command.priority is None:
        got = "" if command.before else "neither"
    else:
        got = "both" if command.before else ""
        if not got and abs(command.priority) > MOST_PRIORITY:
            expected, got = f"from -{MOST_PRIORITY} to {MOST_PRIORITY}", str(command.priority)[:40]
    if got:
        what = f"task {command.task_id!r} cannot be put there"
        raise InputError("bad-priority", what, where="priority", expected=expected, got=got)


def _waiting(record: TaskRecord) -> TaskRecord:
    if record.state.is_final or record.state.is_held:
        word = "over" if record.state.is_final else "being worked on"
        raise Refused(
            "wrong-state",
            f"task {record.task_id!r} has no place among those that wait: it is {word}",
            expected="a task that is blocked, gated, delayed or ready",
            got=record.state.value,
        )
    return record


def _pause(command: c.PauseRun, view: View, now: int) -> Decision:
    _in_run_state(command, view, RunState.ACTIVE)
    return _one(command, "run.paused", None, reason=command.reason)


def _exhaust(command: c.ExhaustRun, view: View, now: int) -> Decision:
    _in_run_state(command, view, RunState.ACTIVE, RunState.PAUSED)
    return _one(command, "run.exhausted", None, reason=command.reason)


def _resume(command: c.ResumeRun, view: View, now: int) -> Decision:
    run = _in_run_state(command, view, RunState.PAUSED, RunState.EXHAUSTED, RunState.CANCELLED)
    limit = command.budget or run.spec.budget
    if run.spent.exceeds(limit):
        spent = run.spent
        raise Refused(
            "budget-spent",
            f"run {command.run_id!r} has spent its budget, and would be stopped by the next that is spent",
            expected="a budget above what was spent",
            got=f"{spent.input_tokens + spent.output_tokens} tokens and ${spent.money:.2f} spent",
            hint=f"`mosaic resume {command.run_id} --budget-tokens N` or `--budget-money N` gives a new one.",
        )
    budget = attrs.asdict(command.budget) if command.budget else None
    return _one(command, "run.resumed", None, budget=budget)


def _cancel_run(command: c.CancelRun, view: View, now: int) -> Decision:
    _in_run_state(command, view, RunState.ACTIVE, RunState.PAUSED, RunState.EXHAUSTED)
    return _one(command, "run.cancelled", None, reason=command.reason)


def _in_run_state(command: Any, view: View, *states: RunState) -> RunRecord:
    run = _run(command, view)
    if run.state not in states:
        wanted = " or ".join(state.value for state in states)
        what = f"run {command.run_id!r} does not allow this now"
        raise Refused("wrong-state", what, expected=wanted, got=run.state.value)
    return run


def _record(command: c.RecordEvent, view: View, now: int) -> Decision:
    owner, dot, rest = command.kind.partition(".")
    if not (owner and dot and rest) or owner in ("run", "task"):
        raise InputError(
            "bad-kind",
            "an event of a plugin has a kind of its own",
            where="kind",
            expected="PLUGIN.what-happened, not run. or task.",
            got=repr(command.kind),
        )
    return Decision(
        [Draft(kind=command.kind, run_id=command.run_id, task_id=command.task_id, body=command.body)]
    )


_RULES: dict[type, Callable[[Any, View, int], Decision]] = {
    c.StartRun: _start,
    c.Claim: _claim,
    c.Renew: _renew,
    c.Report: _report,
    c.BeginMerge: _begin_merge,
    c.AbandonMerge: _abandon_merge,
    c.Accept: _accept,
    c.Reject: _reject,
    c.Release: _release,
    c.RecordUsage: _record_usage,
    c.Tick: _tick,
    c.Approve: _approve,
    c.RetryTask: _retry,
    c.CancelTask: _cancel_task,
    c.Prioritize: _prioritize,
    c.PauseRun: _pause,
    c.ExhaustRun: _exhaust,
    c.ResumeRun: _resume,
    c.CancelRun: _cancel_run,
    c.RecordEvent: _record,
}
