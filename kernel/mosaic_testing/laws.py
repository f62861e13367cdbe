"""What must be true of every store's records, at any moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mosaic_hookspecs import Event, RunState, TaskRecord, TaskState, counters

from .reference import ReferenceView


def assert_counters_are_a_recount(view: ReferenceView) -> None:
    """Every counter equals what counting the records gives."""
    wanted: Counter[str] = Counter()
    wanted[counters.POSITIONS] = len(view.tasks)
    for task in view.tasks.values():
        run = view.runs[task.run_id]
        wanted[counters.in_state(task.run_id, task.state)] += 1
        if task.state is TaskState.READY:
            wanted[counters.in_queue(task.run_id, task.queue_key)] += 1
        if task.state.is_held:
            for resource, amount in counters.holds_of(run, run.queues[task.queue_key]):
                wanted[counters.held(resource)] += amount
    found = {key: value for key, value in view.counters.items() if value}
    assert found == {key: value for key, value in wanted.items() if value}


def assert_dependencies_hold(view: ReferenceView) -> None:
    """`unmet` is the number of dependencies that are not satisfied, in every state; and a task that is
    blocked has some, and one that may start has none (unless all that is left is to publish it).
    """
    for (run_id, task_id), task in view.tasks.items():
        unmet = sum(
            not _satisfies(view, view.tasks[run_id, need.task_id], settled=need.settled)
            for need in view.specs[run_id, task_id].spec.needs
        )
        assert task.unmet == unmet, task
        if task.state is TaskState.BLOCKED:
            assert unmet > 0, task
        elif task.state in (TaskState.READY, TaskState.GATED):
            assert unmet == 0 or task.merge is not None, task


def _satisfies(view: ReferenceView, task: TaskRecord, *, settled: bool) -> bool:
    if settled:
        return task.state.is_final
    if task.state is TaskState.FAILED:
        return view.specs[task.run_id, task.task_id].spec.tolerates_failure
    return task.state is TaskState.ACCEPTED


def assert_nothing_is_stuck(view: ReferenceView) -> None:
    """A run that is not over has something that can go on: a task that is ready, held, delayed or gated."""
    can_go_on = {TaskState.READY, TaskState.DELAYED, TaskState.GATED}
    for run in view.runs.values():
        states = [task.state for task in view.tasks.values() if task.run_id == run.run_id]
        if all(state.is_final for state in states):
            assert run.state in (RunState.FINISHED, RunState.CANCELLED), run
        else:
            assert run.state is not RunState.FINISHED, run
            assert any(state in can_go_on or state.is_held for state in states), (run.run_id, states)


def assert_log_follows_the_rules(events: Iterable[Event], needs: dict[tuple[str, str], Sequence[str]]) -> None:
    """In order of the log: no task is accepted twice (unless it was reopened), none starts before the
    dependencies that it needs accepted are, and tokens only grow.
    """
    accepted: set[tuple[str, str]] = set()
    tokens: Counter[tuple[str, str]] = Counter()
    for event in events:
        key = (event.run_id, event.task_id)
        if event.kind == "task.accepted":
            assert key not in accepted, event
            accepted.add(key)
        elif event.kind == "task.claimed":
            tokens[key] += 1
            assert f'"token":{tokens[key]}' in event.body, event
            for need in needs[key]:
                assert (event.run_id, need) in accepted, (event, need)
