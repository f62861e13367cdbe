"""React: what follows at once from an event that just happened, as further events.

Called live and never in replay, since what followed then is in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mosaic_hookspecs import counters
from mosaic_hookspecs.events import Draft
from mosaic_hookspecs.tasks import RunState, TaskRecord, TaskState
from mosaic_hookspecs.view import View

_FINAL_STATES = tuple(state for state in TaskState if state.is_final)
_HOPELESS = (TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED)
_HOPES = ("task.accepted", "run.started", "run.resumed")
_ENDINGS = (*_HOPES, "task.refused", "task.denied", "task.skipped", "task.cancelled")
_SPENDING = (RunState.ACTIVE, RunState.PAUSED)  # a paused run's attempts in flight go on
_RETURNS = ("task.released", "task.awoken")


def react(draft: Draft, view: View) -> Sequence[Draft]:
    """Return the events that follow from `draft`, after `evolve` has applied it.

    A task that ended without being accepted skips the dependants that needed it; a skipped task that
    is reopened revives those that were skipped because of it; a task that is given back, and may not
    start again because a need of it ended meanwhile, is skipped; a run whose tasks are all final is
    finished; a run that spent more than its budget is exhausted. Several paths may lead to the same
    event: ask `still_follows` before each is stored.
    """
    drafts: list[Draft] = []
    if draft.kind == "task.reopened":
        drafts.extend(_revive(draft, view))
    elif draft.kind in _RETURNS:
        drafts.extend(_skip_if_hopeless(draft, view))
    elif draft.kind in _ENDINGS:
        if draft.kind not in _HOPES:
            drafts.extend(_skip(draft, view))
        finished = Draft(kind="run.finished", run_id=draft.run_id)
        if still_follows(finished, view):
            drafts.append(finished)
    if draft.body.get("usage"):
        drafts.append(Draft(kind="run.exhausted", run_id=draft.run_id))
    return drafts


def still_follows(draft: Draft, view: View) -> bool:
    """Whether an event that `react` returned earlier still is to happen."""
    if draft.task_id:
        record = view.task(draft.run_id, draft.task_id)
        wanted = TaskState.BLOCKED if draft.kind == "task.skipped" else TaskState.SKIPPED
        return record is not None and record.state is wanted
    run = view.run(draft.run_id)
    if run is None:
        return False
    if draft.kind == "run.exhausted":
        return run.state in _SPENDING and run.spent.exceeds(run.spec.budget)
    if run.state in (RunState.FINISHED, RunState.CANCELLED):
        return False
    run_id, ended = draft.run_id, 0
    for state in _FINAL_STATES:
        ended += view.count(counters.in_state(run_id, state))
    return ended == run.total


def _skip(draft: Draft, view: View) -> Iterator[Draft]:
    record = view.task(draft.run_id, draft.task_id)
    if record is None or record.state not in _HOPELESS:
        return
    stored = view.stored(draft.run_id, draft.task_id)
    if record.state is TaskState.FAILED and stored.spec.tolerates_failure:
        return
    for dependant in stored.dependants:
        other = view.task(draft.run_id, dependant.task_id)
        if other is not None and not dependant.settled and other.state is TaskState.BLOCKED:
            yield _skipped(other, cause=record.cause or record.task_id)


def _revive(draft: Draft, view: View) -> Iterator[Draft]:
    for dependant in view.stored(draft.run_id, draft.task_id).dependants:
        other = view.task(draft.run_id, dependant.task_id)
        if other is not None and other.state is TaskState.SKIPPED and other.cause:
            yield Draft(kind="task.reopened", run_id=other.run_id, task_id=other.task_id)
    yield from _skip_if_hopeless(draft, view)


def _skip_if_hopeless(draft: Draft, view: View) -> Iterator[Draft]:
    record = view.task(draft.run_id, draft.task_id)
    if record is not None and record.state is TaskState.BLOCKED:
        cause = _hopeless_need(record, view)
        if cause:
            yield _skipped(record, cause=cause)


def _hopeless_need(record: TaskRecord, view: View) -> str:
    for need in view.stored(record.run_id, record.task_id).spec.needs:
        other = view.task(record.run_id, need.task_id)
        if other is None or need.settled or other.state not in _HOPELESS:
            continue
        if other.state is TaskState.FAILED and view.stored(other.run_id, other.task_id).spec.tolerates_failure:
            continue
        return other.cause or other.task_id
    return ""


def _skipped(record: TaskRecord, *, cause: str) -> Draft:
    body = {"cause": cause, "reason": f"{cause} was not accepted"}
    return Draft(kind="task.skipped", run_id=record.run_id, task_id=record.task_id, body=body)
