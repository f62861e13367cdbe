"""The records in plain dictionaries, with a heap for each queue and one for deadlines.

Owns the projections; `mosaic_hookspecs.evolve` is their only writer.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import attrs

from mosaic_hookspecs import counters
from mosaic_hookspecs.records import deadline_of, snapshot_data
from mosaic_hookspecs.tasks import RunRecord, RunState, StoredTask, TaskRecord, TaskState

from .heaps import Entry, StaleHeap


@attrs.frozen(kw_only=True)
class Records:
    """What a view tells at one moment; tasks are in order of position."""

    runs: Mapping[str, RunRecord]
    tasks: Mapping[tuple[str, str], TaskRecord]
    stored: Mapping[tuple[str, str], StoredTask]
    counters: Mapping[str, int]


class MemoryView:
    """All of `mosaic_hookspecs.view.View` over dictionaries."""

    def __init__(self) -> None:
        self.runs: dict[str, RunRecord] = {}
        self.tasks: dict[tuple[str, str], TaskRecord] = {}
        self.counters: Counter[str] = Counter()
        self._stored: dict[tuple[str, str], StoredTask] = {}
        self._of_run: dict[str, list[tuple[str, str]]] = {}
        self._in_order: list[tuple[str, str]] = []
        self._by_age: list[tuple[int, str]] = []
        self._by_position: dict[int, tuple[str, str]] = {}
        self._active: set[str] = set()
        self._queues: dict[tuple[str, str], StaleHeap] = {}
        self._deadlines = StaleHeap(self._is_due)

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        return self.runs.get(run_id)

    def active_runs(self) -> Sequence[RunRecord]:
        """Return the active runs, oldest first."""
        return sorted((self.runs[name] for name in self._active), key=lambda run: (run.created_at, run.run_id))

    def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands."""
        return self.tasks.get((run_id, task_id))

    def stored(self, run_id: str, task_id: str) -> StoredTask:
        """Return the unchanging part of a task."""
        return self._stored[run_id, task_id]

    def tasks_after(self, run_id: str, position: int) -> Iterator[TaskRecord]:
        """Yield a run's tasks with a position above `position`, in that order; of every run, if it is ""."""
        keys = self._of_run.get(run_id, ()) if run_id else self._in_order
        start = bisect_right(keys, position, key=lambda key: self.tasks[key].position)
        return (self.tasks[key] for key in islice(keys, start, None))

    def runs_before(self, before: int | None, limit: int) -> Sequence[RunRecord]:
        """Return runs that were created before that time, newest first."""
        end = len(self._by_age) if before is None else bisect_left(self._by_age, (before, ""))
        return [self.runs[name] for _, name in self._by_age[max(0, end - limit) : end][::-1]]

    def ready(self, run_id: str, queue_key: str, limit: int) -> Sequence[TaskRecord]:
        """Return the most urgent ready tasks of a queue."""
        heap = self._queues.get((run_id, queue_key))
        return [self._at(entry) for entry in heap.first(limit)] if heap else []

    def overdue(self, now: int, limit: int) -> Sequence[TaskRecord]:
        """Return the tasks whose time has come, earliest first."""
        return [self._at(entry) for entry in self._deadlines.first(limit, below=(now, sys.maxsize))]

    def next_deadline(self) -> int | None:
        """Return the earliest deadline of all."""
        first = self._deadlines.first(1)
        return first[0][0] if first else None

    def count(self, key: str) -> int:
        """Return a counter."""
        return self.counters[key]

    def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state; states with none are left out."""
        numbers = {state: self.counters[counters.in_state(run_id, state)] for state in TaskState}
        return {state: number for state, number in numbers.items() if number}

    def add(self, key: str, delta: int) -> None:
        """Add to a counter."""
        self.counters[key] += delta

    def put_run(self, record: RunRecord) -> None:
        """Store a run."""
        if record.run_id not in self.runs:
            insort(self._by_age, (record.created_at, record.run_id))
        self.runs[record.run_id] = record
        (self._active.add if record.state is RunState.ACTIVE else self._active.discard)(record.run_id)

    def add_task(self, record: TaskRecord, stored: StoredTask) -> None:
        """Store a new task."""
        key = (record.run_id, record.task_id)
        self._stored[key] = stored
        self._by_position[record.position] = key
        self._of_run.setdefault(record.run_id, []).append(key)
        self._in_order.append(key)
        self.put_task(record)

    def put_task(self, record: TaskRecord) -> None:
        """Replace how a task stands, and queue it where it now belongs."""
        self.tasks[record.run_id, record.task_id] = record
        if record.state is TaskState.READY:
            queue = (record.run_id, record.queue_key)
            if queue not in self._queues:
                self._queues[queue] = StaleHeap(self._is_ready)
            self._queues[queue].push((-record.priority, record.position))
        deadline = deadline_of(record)
        if deadline is not None:
            self._deadlines.push((deadline, record.position))

    def snapshot(self) -> dict[str, Any]:
        """Return all of it as JSON data."""
        pairs = ((record, self._stored[key]) for key, record in self.tasks.items())
        return snapshot_data(self.runs.values(), pairs, self.counters)

    def records(self) -> Records:
        """Return what it tells now."""
        return Records(
            runs=dict(self.runs),
            tasks=dict(self.tasks),
            stored=dict(self._stored),
            counters=dict(self.counters),
        )

    def _at(self, entry: Entry) -> TaskRecord:
        return self.tasks[self._by_position[entry[1]]]

    def _is_ready(self, entry: Entry) -> bool:
        record = self._at(entry)
        return record.state is TaskState.READY and record.priority == -entry[0]

    def _is_due(self, entry: Entry) -> bool:
        return deadline_of(self._at(entry)) == entry[0]
