"""The rules over plain dictionaries, without any storage: what every provider is compared with.

Looks for everything by a scan, so that there is nothing in it that could be wrong in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mosaic_hookspecs import (
    GENESIS,
    Command,
    Draft,
    Event,
    MosaicError,
    Outcome,
    RunRecord,
    RunState,
    StoredTask,
    TaskRecord,
    TaskState,
    apply,
    deadline_of,
    replay,
    seal_draft,
    snapshot_data,
)


class ReferenceView:
    """All of `mosaic_hookspecs.View` by scans over dictionaries."""

    def __init__(self) -> None:
        self.runs: dict[str, RunRecord] = {}
        self.tasks: dict[tuple[str, str], TaskRecord] = {}
        self.specs: dict[tuple[str, str], StoredTask] = {}
        self.counters: Counter[str] = Counter()

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
        return self.specs[run_id, task_id]

    def ready(self, run_id: str, queue_key: str, limit: int) -> Sequence[TaskRecord]:
        """Return the most urgent ready tasks of a queue."""
        found = [
            task
            for task in self.tasks.values()
            if task.run_id == run_id and task.queue_key == queue_key and task.state is TaskState.READY
        ]
        return sorted(found, key=lambda task: (-task.priority, task.position))[:limit]

    def overdue(self, now: int, limit: int) -> Sequence[TaskRecord]:
        """Return the tasks whose time has come, earliest first."""
        due = [(deadline_of(task), task.position, task) for task in self.tasks.values()]
        found = sorted((at, position, task) for at, position, task in due if at is not None and at <= now)
        return [task for _, _, task in found[:limit]]

    def count(self, key: str) -> int:
        """Return a counter."""
        return self.counters[key]

    def add(self, key: str, delta: int) -> None:
        """Add to a counter."""
        self.counters[key] += delta

    def put_run(self, record: RunRecord) -> None:
        """Store a run."""
        self.runs[record.run_id] = record

    def add_task(self, record: TaskRecord, stored: StoredTask) -> None:
        """Store a new task."""
        self.tasks[record.run_id, record.task_id] = record
        self.specs[record.run_id, record.task_id] = stored

    def put_task(self, record: TaskRecord) -> None:
        """Replace how a task stands."""
        self.tasks[record.run_id, record.task_id] = record

    def snapshot(self) -> dict[str, Any]:
        """Return all of it, as `mosaic_hookspecs.Storage.snapshot` does."""
        pairs = ((record, self.specs[key]) for key, record in self.tasks.items())
        return snapshot_data(self.runs.values(), pairs, self.counters)


class Reference:
    """A log and its records. `do` carries out one command at a given time."""

    def __init__(self) -> None:
        self.view = ReferenceView()
        self.events: list[Event] = []

    def do(self, command: Command, *, now: int, by: str = "reference") -> Outcome | MosaicError:
        """Carry out a command; answer its outcome, or why it was refused."""

        def append(draft: Draft) -> int:
            previous = self.events[-1].hash if self.events else GENESIS
            number = len(self.events) + 1
            self.events.append(seal_draft(draft, previous=previous, sequence=number, at=now, by=by))
            return now

        try:
            return apply(command, self.view, append, now)
        except MosaicError as error:
            return error

    def replayed(self) -> ReferenceView:
        """Return the records as they follow from the log alone."""
        view = ReferenceView()
        for event in self.events:
            replay(event, view)
        return view
