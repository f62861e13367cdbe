"""The account: what the event log tells about the work, brought up to date by a cursor.

Reads the log once and then what is new; where the store is another, or its log is, all of it. Keeps sums by
time and project (`timeline`), a line a run, the open tasks of runs that are not over (`graphs`; a run that goes
on after it was over is read again), and the newest acceptances of these runs and of each project (`paces`).
"""

from __future__ import annotations

import json
from sys import intern
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Event, RunState, Storage, TaskState

from .cells import Cell
from .chains import Chain, longest_chain
from .graphs import Graph, Task
from .paces import Pace
from .reasons import Reasons
from .sketches import count_in
from .timeline import Timeline

_PAGE = 1000
_RUN_STATES = {
    "run.started": RunState.ACTIVE,
    "run.paused": RunState.PAUSED,
    "run.resumed": RunState.ACTIVE,
    "run.exhausted": RunState.EXHAUSTED,
    "run.cancelled": RunState.CANCELLED,
    "run.finished": RunState.FINISHED,
}
_READ = frozenset({"task.claimed", "task.renewed", "task.refused", "task.released"})
_PASSED_OVER = frozenset({"task.spent", "task.prioritized"})
_DROPPED = frozenset({TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED})
_MOST_AGENTS = 500
_ENDS = {
    "task.accepted": "accepted",
    "task.refused": "refused",
    "task.released": "released",
    "task.skipped": "skipped",
    "task.cancelled": "cancelled",
}


@attrs.define(eq=False)
class RunLine:
    """A run in a line. `left` tasks are not over, with `minutes` estimated for those of them that have an
    estimate; `guessed` have none, and `chain` is the longest of them. `last_at` is its newest event's time.
    """

    project: str
    state: RunState
    created_at: int
    last_at: int = 0
    total: int = 0
    accepted: int = 0
    left: int = 0
    minutes: int = 0
    guessed: int = 0
    chain: Chain = Chain()


@attrs.define(eq=False)
class ProjectLine:
    """A project in a line: its tasks by state, and its pace."""

    tasks: dict[TaskState, int] = attrs.field(factory=dict)
    pace: Pace = attrs.field(factory=Pace)


class Account:
    """What one store's log tells, or one run's part of it."""

    def __init__(self, run_id: str = "") -> None:
        self._run_id = run_id
        self._reading = trio.Lock()
        self._clear()

    def _clear(self) -> None:
        self.runs: dict[str, RunLine] = {}
        self.projects: dict[str, ProjectLine] = {}
        self.timeline = Timeline()
        self.reasons = Reasons()
        self.pace = Pace()
        self.first_at = 0
        self._agents: dict[str, str] = {}
        self._graphs: dict[str, Graph] = {}
        self._seen = (0, "")

    def pace_of(self, run_id: str) -> Pace:
        """Return the pace of a run that is not over; of another one, one that knows nothing."""
        graph = self._graphs.get(run_id)
        return graph.pace if graph is not None else Pace()

    @property
    def kept(self) -> dict[str, int]:
        """How much it keeps, for who measures that: cells, open tasks, runs."""
        tasks = sum(len(graph.tasks) for graph in self._graphs.values())
        return {"cells": len(self.timeline), "tasks": tasks, "runs": len(self.runs)}

    async def catch_up(self, storage: Storage) -> None:
        """Read what is new in the log; all of it, where the log is another than before."""
        async with self._reading:
            sequence, newest = self._seen
            if sequence:
                known = await storage.events(after=sequence - 1, limit=1)
                if not known or known[0].hash != newest:
                    self._clear()
            if not self._seen[0] and not self._run_id:
                await self._look_ahead(storage)
            while events := await storage.events(after=self._seen[0], limit=_PAGE, run_id=self._run_id):
                for event in events:
                    self.timeline.pass_to(event.at)
                    if event.run_id:
                        await self._take(event, storage)
                    self._seen = (event.sequence, event.hash)  # at once: whoever asks may leave at any await
                self.timeline.settle()
                if len(events) < _PAGE:
                    break
            await self._measure()

    async def _measure(self) -> None:
        """Find the longest chain of each run of which other tasks are left than when it was measured last, or
        others take longer.
        """
        usual = {name: line.pace.usual or 1 for name, line in self.projects.items()}
        for run_id, graph in self._graphs.items():
            run = self.runs[run_id]
            if graph.measured_by != usual[run.project]:
                run.chain = await longest_chain(graph, usual[run.project])
                graph.measured_by = usual[run.project]

    async def _look_ahead(self, storage: Storage) -> None:
        """Hear how old a long log is, so that what is old goes where it is to be kept at once."""
        head = await storage.head()
        for event in await storage.events(after=head - 1, limit=1) if head else ():
            self.timeline.pass_to(event.at)

    async def _take(self, event: Event, storage: Storage) -> None:
        kind, run = event.kind, self.runs.get(event.run_id)
        if kind == "run.created":
            project = intern(json.loads(event.body).get("project", ""))
            run = self.runs[event.run_id] = RunLine(project, RunState.PAUSED, event.at)
            self.projects.setdefault(project, ProjectLine())
            self._graphs[event.run_id] = Graph()
            self.first_at = self.first_at or event.at
        if run is None:
            return
        run.last_at = event.at
        if kind == "run.extended":
            self._extend(event, run)
        elif kind in _RUN_STATES:
            run.state = _RUN_STATES[kind]
        elif kind.startswith("task.") and kind not in _PASSED_OVER:
            graph = self._graphs.get(event.run_id)
            if graph is None and kind != "task.renewed":
                graph = self._graphs[event.run_id] = await _read_again(event, storage)
            if graph is not None:
                self._move(event, run, graph)
        self._close(event.run_id, run)

    def _close(self, run_id: str, run: RunLine) -> None:
        """Forget the tasks of a run that is over, once no attempt at them is under way."""
        if run.state in (RunState.FINISHED, RunState.CANCELLED):
            graph = self._graphs.get(run_id)
            if graph is not None and not graph.held:
                del self._graphs[run_id]
                run.chain = Chain()

    def _extend(self, event: Event, run: RunLine) -> None:
        added = self._graphs[event.run_id].extend(json.loads(event.body), event.at)
        self.timeline.cell(event.at, run.project).added += len(added)
        run.total += len(added)
        tasks = self.projects[run.project].tasks
        for task in added:
            tasks[task.state] = tasks.get(task.state, 0) + 1
            _leave(run, task, 1)

    def _move(self, event: Event, run: RunLine, graph: Graph) -> None:
        kind, project = event.kind, self.projects[run.project]
        body: Any = json.loads(event.body) if kind in _READ else None
        paces = (graph.pace, project.pace, self.pace)
        task = graph.tasks.get(event.task_id)
        if task is not None and kind != "task.renewed":
            cell = self.timeline.cell(event.at, run.project)
            self._count(event, body, task, cell)
            if kind == "task.accepted":
                run.accepted += 1
                took = _worked_at(task, graph, event.at)
                for pace in paces:
                    pace.accept(event.at, task.minutes, took)
            elif kind == "task.reopened" and run.state is RunState.FINISHED:
                run.state = RunState.ACTIVE
            elif kind == "task.claimed":
                body["agent"] = self._agent(body.get("agent", ""))
            graph.move(
                kind, event.task_id, body, event.at, _Movement(run, project.tasks, cell, paces, event.at)
            )
        if kind in ("task.claimed", "task.renewed"):
            for pace in paces:
                pace.lease(body["until"])

    def _count(self, event: Event, body: Any, task: Task, cell: Cell) -> None:
        kind = event.kind
        if task.is_tried and kind in _ENDS:
            given_back = kind == "task.refused" and body.get("backs_off")
            key = (task.agent, "released" if given_back else _ENDS[kind])
            cell.outcomes[key] = cell.outcomes.get(key, 0) + 1
        if kind in ("task.refused", "task.denied") or (kind == "task.released" and task.is_tried):
            number = self.reasons.met(kind, body, event.at, event.run_id, event.task_id)
            cell.reasons[number] = cell.reasons.get(number, 0) + 1
        elif kind == "task.accepted":
            cell.accepted += 1
            cell.first += not task.was_refused
            count_in(cell.lead, event.at - task.ready_at)
            count_in(cell.cycle, event.at - task.claimed_at)

    def _agent(self, name: str) -> str:
        """Return an agent's name; one for all after the 500th, so that names cannot fill the memory."""
        found = self._agents.get(name)
        if found is None:
            found = intern(name) if len(self._agents) < _MOST_AGENTS else "others"
            if found == name:
                self._agents[name] = found
        return found


@attrs.frozen
class _Movement:
    """Counts a task that an event moves, before it moves."""

    run: RunLine
    tasks: dict[TaskState, int]
    cell: Cell
    paces: tuple[Pace, ...]
    at: int

    def __call__(self, task: Task, state: TaskState) -> None:
        old = task.state
        self.tasks[old] -= 1
        self.tasks[state] = self.tasks.get(state, 0) + 1
        self.cell.dropped += (state in _DROPPED) - (old in _DROPPED)
        if old.is_final != state.is_final:
            _leave(self.run, task, -1 if state.is_final else 1)
        if old.is_held != state.is_held:
            for pace in self.paces:
                pace.hold(self.at, state.is_held - old.is_held)


async def _read_again(event: Event, storage: Storage) -> Graph:
    """Return the tasks of a run as they were before an event: the run was over, and goes on."""
    graph, after = Graph(), 0
    while page := await storage.events(after=after, limit=_PAGE, run_id=event.run_id):
        for old in page:
            if old.sequence >= event.sequence:
                return graph
            if old.kind == "run.extended":
                graph.extend(json.loads(old.body), old.at)
            elif old.kind.startswith("task.") and old.kind not in _PASSED_OVER:
                _move_again(old, graph)
        after = page[-1].sequence
    return graph


def _move_again(event: Event, graph: Graph) -> None:
    kind, pace, task = event.kind, graph.pace, graph.tasks.get(event.task_id)
    body: Any = json.loads(event.body) if kind in _READ else None
    if kind == "task.accepted" and task is not None:
        pace.accept(event.at, task.minutes, _worked_at(task, graph, event.at))

    def moved(task: Task, state: TaskState) -> None:
        if task.state.is_held != state.is_held:
            pace.hold(event.at, state.is_held - task.state.is_held)

    graph.move(kind, event.task_id, body, event.at, moved)
    if kind in ("task.claimed", "task.renewed"):
        pace.lease(body["until"])


def _worked_at(task: Task, graph: Graph, at: int) -> int:
    """Return how long there was work from a task's first claim until a moment, of whatever task of the run."""
    graph.pace.pass_to(at)
    return graph.pace.clock - task.began


def _leave(run: RunLine, task: Task, sign: int) -> None:
    run.left += sign
    if task.minutes is None:
        run.guessed += sign
    else:
        run.minutes += sign * task.minutes
