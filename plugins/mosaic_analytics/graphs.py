"""Graphs: the tasks of a run as small as can be, moved by its events as `evolve` moves records.

Replaying whole records of every task would take ten times the memory and time, and what is asked here is only
when a task became ready, was claimed, and by whom; a test holds that both agree. Accepted tasks are dropped,
since nothing happens to them any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from mosaic_hookspecs import TaskState

from .paces import Pace

Moved = Callable[["Task", TaskState], None]
"""Hears of a task before it moves, and of the state that it moves to."""
_S = TaskState
_NEVER = -1


@attrs.define(eq=False)
class Task:
    """`ready_at` and `claimed_at` are of the newest start afresh, `began` is the run's clock at that claim;
    `agent` is that of the attempt that `is_tried`, `was_refused` whether an attempt ever was, by its own fault.
    """

    minutes: int | None
    dependants: tuple[tuple[str, bool], ...]
    unmet: int
    asks: bool
    tolerates: bool
    state: TaskState = TaskState.BLOCKED
    is_approved: bool = False
    is_merging: bool = False
    is_tried: bool = False
    was_refused: bool = False
    ready_at: int = _NEVER
    claimed_at: int = _NEVER
    began: int = 0
    agent: str = ""


class Graph:
    """The tasks of one run that are not accepted. `held` counts those that an attempt holds; `pace` is the
    run's, kept by whoever moves the tasks. `measured_by` is for who measures what is left: None again once
    other tasks are.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.held = 0
        self.pace = Pace()
        self.measured_by: int | None = None

    def extend(self, body: Any, at: int) -> list[Task]:
        """Take in the tasks of a ``run.extended``; return them."""
        added = []
        self.measured_by = None
        for spec, dependants in zip(body["tasks"], body["dependants"], strict=True):
            task = Task(
                minutes=spec.get("minutes"),
                dependants=tuple((name, settled) for name, settled in dependants),
                unmet=len(spec.get("needs", ())),
                asks=bool(spec.get("approval")),
                tolerates=spec.get("tolerates_failure", False),
            )
            if not task.unmet:
                self._start(task, at)
            self.tasks[spec["task_id"]] = task
            added.append(task)
        return added

    def move(self, kind: str, task_id: str, body: Any, at: int, moved: Moved | None = None) -> None:
        """Move what an event moves. `body` may be None where the kind says all."""
        task = self.tasks.get(task_id)
        rule = _RULES.get(kind)
        if task is not None and rule is not None:
            rule(self, _Step(task_id, task, body, at, moved))

    def put(self, task: Task, state: TaskState, step: _Step) -> None:
        """Put a task into a state."""
        if task.state is state:
            return
        if step.moved is not None:
            step.moved(task, state)
        self.held += state.is_held - task.state.is_held
        if state.is_final != task.state.is_final:
            self.measured_by = None
        task.state = state
        if state is _S.READY:
            if task.ready_at == _NEVER:
                task.ready_at = step.at
        elif state in (_S.BLOCKED, _S.GATED) and task.claimed_at == _NEVER:
            task.ready_at = _NEVER

    def _start(self, task: Task, at: int) -> None:
        task.state = _startable(task)
        if task.state is _S.READY:
            task.ready_at = at

    def unlock(self, step: _Step, *, is_satisfied: bool) -> None:
        """Count down the dependants that the end of a task satisfies, and free those at zero."""
        for name, settled in step.task.dependants:
            other = self.tasks.get(name)
            if other is None or other.unmet == 0 or not (is_satisfied or settled):
                continue
            other.unmet -= 1
            if not other.unmet and other.state is _S.BLOCKED:
                self.put(other, _startable(other), step)


@attrs.frozen
class _Step:
    task_id: str
    task: Task
    body: Any
    at: int
    moved: Moved | None


def _startable(task: Task) -> TaskState:
    return _S.GATED if task.asks and not task.is_approved else _S.READY


def _claimed(graph: Graph, step: _Step) -> None:
    task = step.task
    graph.put(task, _S.MERGING if task.is_merging else _S.LEASED, step)
    task.agent, task.is_tried = step.body.get("agent", ""), True
    if task.claimed_at == _NEVER:
        task.claimed_at, task.began = step.at, graph.pace.clock


def _reported(graph: Graph, step: _Step) -> None:
    step.task.is_merging = False
    graph.put(step.task, _S.REPORTED, step)


def _merging(graph: Graph, step: _Step) -> None:
    step.task.is_merging = True
    graph.put(step.task, _S.MERGING, step)


def _accepted(graph: Graph, step: _Step) -> None:
    graph.put(step.task, _S.ACCEPTED, step)
    graph.unlock(step, is_satisfied=True)
    del graph.tasks[step.task_id]


def _refused(graph: Graph, step: _Step) -> None:
    step.task.is_tried = False
    step.task.was_refused |= step.body["counts"]
    if step.body["until"] is None:
        _failed(graph, step)
    else:
        graph.put(step.task, _S.DELAYED, step)


def _failed(graph: Graph, step: _Step) -> None:
    graph.put(step.task, _S.FAILED, step)
    graph.unlock(step, is_satisfied=step.task.tolerates)


def _ended(state: TaskState) -> Callable[[Graph, _Step], None]:
    def rule(graph: Graph, step: _Step) -> None:
        step.task.is_tried = False
        graph.put(step.task, state, step)
        graph.unlock(step, is_satisfied=False)

    return rule


def _again(graph: Graph, step: _Step) -> None:
    task = step.task
    task.is_tried = False
    graph.put(task, _S.BLOCKED if task.unmet and not task.is_merging else _S.READY, step)


def _approved(graph: Graph, step: _Step) -> None:
    step.task.is_approved = True
    if step.task.state is _S.GATED:
        graph.put(step.task, _S.READY, step)


def _reopened(graph: Graph, step: _Step) -> None:
    task = step.task
    had_satisfied = task.state is _S.FAILED and task.tolerates
    task.ready_at = task.claimed_at = _NEVER
    graph.put(task, _S.BLOCKED if task.unmet else _startable(task), step)
    for name, settled in task.dependants:
        other = graph.tasks.get(name)
        if other is None or not (had_satisfied or settled):
            continue
        other.unmet += 1
        if not (other.state.is_held or other.state.is_final or other.is_merging):
            graph.put(other, _S.BLOCKED, step)


_RULES: dict[str, Callable[[Graph, _Step], None]] = {
    "task.claimed": _claimed,
    "task.reported": _reported,
    "task.unmerged": _reported,
    "task.merging": _merging,
    "task.accepted": _accepted,
    "task.refused": _refused,
    "task.denied": _failed,
    "task.skipped": _ended(_S.SKIPPED),
    "task.cancelled": _ended(_S.CANCELLED),
    "task.released": _again,
    "task.awoken": _again,
    "task.approved": _approved,
    "task.reopened": _reopened,
}
