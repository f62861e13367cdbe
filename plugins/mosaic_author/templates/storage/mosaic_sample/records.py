"""The projections: runs, tasks and counters as the log makes them.

`mosaic_hookspecs.apply` reads and writes them through the protocol `View`; nothing else changes them.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import (
    RunRecord,
    RunState,
    StoredTask,
    TaskRecord,
    TaskState,
    counters,
    deadline_of,
    snapshot_data,
)


class Records:
    """`mosaic_hookspecs.View` over dictionaries. Two sorted lists answer what is ready and what is due,
    so that a claim looks at what it takes and not at every task there is.
    """

    def __init__(self) -> None:
        self.runs: dict[str, RunRecord] = {}
        self.tasks: dict[tuple[str, str], TaskRecord] = {}
        self.counters: Counter[str] = Counter()
        self._stored: dict[tuple[str, str], StoredTask] = {}
        self._of_run: dict[str, list[tuple[str, str]]] = {}
        self._at: dict[int, tuple[str, str]] = {}
        self._ready: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._deadlines: list[tuple[int, int]] = []

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        return self.runs.get(run_id)

    def active_runs(self) -> Sequence[RunRecord]:
        """Return the active runs, oldest first."""
        active = [run for run in self.runs.values() if run.state is RunState.ACTIVE]
        return sorted(active, key=lambda run: (run.created_at, run.run_id))

    def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands."""
        return self.tasks.get((run_id, task_id))

    def stored(self, run_id: str, task_id: str) -> StoredTask:
        """Return the unchanging part of a task."""
        return self._stored[run_id, task_id]

    def tasks_of(self, run_id: str) -> Sequence[TaskRecord]:
        """Return a run's tasks in order of position; those of every run, if `run_id` is ""."""
        keys = self._of_run.get(run_id, ()) if run_id else self._at.values()
        return [self.tasks[key] for key in keys]

    def ready(self, run_id: str, queue_key: str, limit: int) -> Sequence[TaskRecord]:
        """Return the most urgent ready tasks of a queue."""
        queue = self._ready.get((run_id, queue_key), [])
        return [self.tasks[self._at[position]] for _, position in queue[:limit]]

    def overdue(self, now: int, limit: int) -> Sequence[TaskRecord]:
        """Return the tasks whose time has come, earliest first."""
        end = bisect_right(self._deadlines, (now, sys.maxsize))
        return [self.tasks[self._at[position]] for _, position in self._deadlines[: min(end, limit)]]

    def next_deadline(self) -> int | None:
        """Return the earliest deadline of all."""
        return self._deadlines[0][0] if self._deadlines else None

    def count(self, key: str) -> int:
        """Return a counter."""
        return self.counters[key]

    def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state; states with none are left out."""
        numbers = {state: self.count(counters.in_state(run_id, state)) for state in TaskState}
        return {state: number for state, number in numbers.items() if number}

    def add(self, key: str, delta: int) -> None:
        """Add to a counter."""
        self.counters[key] += delta

    def put_run(self, record: RunRecord) -> None:
        """Store a run."""
        self.runs[record.run_id] = record

    def add_task(self, record: TaskRecord, stored: StoredTask) -> None:
        """Store a new task."""
        key = (record.run_id, record.task_id)
        self._stored[key] = stored
        self._of_run.setdefault(record.run_id, []).append(key)
        self._at[record.position] = key
        self.put_task(record)

    def put_task(self, record: TaskRecord) -> None:
        """Replace how a task stands, and where it queues."""
        key = (record.run_id, record.task_id)
        old = self.tasks.get(key)
        if old is not None:
            for order, entry in self._places(old):
                del order[bisect_left(order, entry)]
        self.tasks[key] = record
        for order, entry in self._places(record):
            insort(order, entry)

    def snapshot(self) -> dict[str, Any]:
        """Return all of it as JSON data."""
        pairs = ((record, self._stored[key]) for key, record in self.tasks.items())
        return snapshot_data(self.runs.values(), pairs, self.counters)

    def _places(self, record: TaskRecord) -> list[tuple[list[tuple[int, int]], tuple[int, int]]]:
        """Return the sorted lists that a task stands in now, each with its entry there."""
        places = []
        if record.state is TaskState.READY:
            queue = self._ready.setdefault((record.run_id, record.queue_key), [])
            places.append((queue, (-record.priority, record.position)))
        deadline = deadline_of(record)
        if deadline is not None:
            places.append((self._deadlines, (deadline, record.position)))
        return places
