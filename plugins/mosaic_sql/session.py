"""The store as the rules see it inside one transaction, over a connection and a cache.

Owns what was changed and not written yet. Each record is written once a transaction, many in one
statement. The cache is true for as long as nobody else has changed the file; `begin` asks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from operator import attrgetter

from mosaic_hookspecs.events import GENESIS, Draft, Event, body_text, seal
from mosaic_hookspecs.tasks import RunRecord, RunState, StoredTask, TaskRecord, TaskState

from . import sqlite, statements
from .cache import GenerationCache
from .rows import (
    Row,
    is_only_counted,
    read_run,
    read_stored,
    read_task,
    run_row,
    spec_row,
    task_changes,
    task_row,
)

_of_event = attrgetter("sequence", "at", "kind", "run_id", "task_id", "by", "body", "hash")
_COUNTERS_KEPT = 20_000
_RUNS_KEPT = 256
_MOST_UNWRITTEN = 5_000


class Session:
    """All of `mosaic_hookspecs.view.View`, and the log. Belongs to the thread that owns `connection`."""

    def __init__(self, connection: sqlite3.Connection, *, cached_tasks: int) -> None:
        self.connection = connection
        self._version = -1
        self._head: tuple[int, str] | None = None
        self._records: GenerationCache[tuple[str, str], TaskRecord] = GenerationCache(cached_tasks)
        self._specs: GenerationCache[tuple[str, str], StoredTask] = GenerationCache(cached_tasks)
        self._runs: dict[str, RunRecord] = {}
        self._active: list[str] | None = None
        self._counters: dict[str, int] = {}
        self._changed: dict[tuple[str, str], TaskRecord] = {}
        self._new: dict[tuple[str, str], tuple[TaskRecord, StoredTask]] = {}
        self._changed_runs: set[str] = set()
        self._changed_counters: set[str] = set()
        self._events: list[Row] = []

    # The transaction

    def begin(self) -> None:
        """Begin, and forget what was cached if another connection has written since."""
        sqlite.begin(self.connection)
        version = sqlite.data_version(self.connection)
        if version != self._version:
            self.forget()
            self._version = version

    def commit(self) -> None:
        """Write what is left and make all of it durable."""
        self.flush()
        self.connection.execute("COMMIT")
        self.trim()

    def trim(self) -> None:
        """Keep the caches bounded; nothing may be unwritten."""
        if len(self._counters) > _COUNTERS_KEPT:
            self._counters.clear()
        if len(self._runs) > _RUNS_KEPT:
            self._runs.clear()
            self._active = None

    def roll_back(self) -> None:
        """Leave the store as it was, and trust nothing that was cached."""
        self.forget()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def forget(self) -> None:
        """Drop every cached and unwritten record."""
        self._head, self._active = None, None
        for kept in (
            self._records,
            self._specs,
            self._runs,
            self._counters,
            self._changed,
            self._new,
            self._changed_runs,
            self._changed_counters,
            self._events,
        ):
            kept.clear()

    def flush(self) -> None:
        """Write everything that was changed, so that queries inside the transaction see it."""
        run = self.connection.executemany
        if self._events:
            run(statements.INSERT_EVENT, self._events)
            self._events.clear()
            self.connection.execute(statements.WRITE_HEAD, self.head)
        self._flush_tasks()
        if self._changed_runs:
            run(statements.WRITE_RUN, [run_row(self._runs[name]) for name in self._changed_runs])
            self._changed_runs.clear()
        if self._changed_counters:
            run(statements.WRITE_COUNTER, [(key, self._counters[key]) for key in self._changed_counters])
            self._changed_counters.clear()

    def _flush_tasks(self) -> None:
        run, put = self.connection.executemany, self._records.put
        if self._new:
            run(statements.INSERT_TASK, [task_row(record) for record, _ in self._new.values()])
            run(
                statements.INSERT_SPEC, [spec_row(record.position, spec) for record, spec in self._new.values()]
            )
            for key, (record, stored) in self._new.items():
                put(key, record)
                self._specs.put(key, stored)
            self._new.clear()
        if self._changed:
            whole: list[Row] = []
            counted: list[Row] = []
            for key, record in self._changed.items():
                old = self._records.get(key)
                if record.state is TaskState.BLOCKED and old is not None and is_only_counted(old, record):
                    counted.append((record.unmet, record.position))
                else:
                    whole.append(task_changes(record))
                put(key, record)
            run(statements.UPDATE_TASK, whole)
            run(statements.UPDATE_UNMET, counted)
            self._changed.clear()

    # The log

    @property
    def head(self) -> tuple[int, str]:
        """The newest event's number and hash, as this transaction will leave them."""
        if self._head is None:
            row = self.connection.execute(statements.HEAD).fetchone()
            self._head = (row[0], row[1]) if row else (0, GENESIS)
        return self._head

    def append(self, draft: Draft, at: int, by: str) -> int:
        """Seal and store one draft; return its time."""
        number, previous = self._head or self.head
        body, number = body_text(draft), number + 1
        sealed = seal(previous, number, at, draft.kind, draft.run_id, draft.task_id, by, body)
        self._events.append((number, at, draft.kind, draft.run_id, draft.task_id, by, body, sealed))
        self._head = (number, sealed)
        return at

    def append_sealed(self, event: Event) -> None:
        """Store an event of another store, which follows the newest of this one."""
        self._events.append(_of_event(event))
        self._head = (event.sequence, event.hash)

    def hash_of(self, number: int) -> str | None:
        """Return the hash of a stored event."""
        if self._events:
            self.flush()
        row = self.connection.execute(statements.EVENT_HASH, (number,)).fetchone()
        return str(row[0]) if row else None

    # The view

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run."""
        record = self._runs.get(run_id)
        if record is None:
            row = self.connection.execute(statements.RUN, (run_id,)).fetchone()
            if row is not None:
                record = self._runs[run_id] = read_run(row)
        return record

    def active_runs(self) -> Sequence[RunRecord]:
        """Return the active runs, oldest first."""
        if self._active is None:
            self.flush()
            rows = self.connection.execute(statements.ACTIVE_RUNS).fetchall()
            self._runs.update((row[0], read_run(row)) for row in rows)
            self._active = [row[0] for row in rows]
        return [self._runs[run_id] for run_id in self._active]

    def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands."""
        key = (run_id, task_id)
        record = self._changed.get(key) or self._records.get(key)
        if record is None:
            if self._new and key in self._new:
                return self._new[key][0]
            row = self.connection.execute(statements.TASK, key).fetchone()
            if row is not None:
                record = read_task(row)
                self._records.put(key, record)
        return record

    def stored(self, run_id: str, task_id: str) -> StoredTask:
        """Return the unchanging part of a task."""
        key = (run_id, task_id)
        stored = self._specs.get(key)
        if stored is None:
            if self._new and key in self._new:
                return self._new[key][1]
            stored = read_stored(*self.connection.execute(statements.STORED, key).fetchone())
            self._specs.put(key, stored)
        return stored

    def ready(self, run_id: str, queue_key: str, limit: int) -> Sequence[TaskRecord]:
        """Return the most urgent ready tasks of a queue."""
        self._flush_tasks()
        rows = self.connection.execute(statements.READY, (run_id, queue_key, limit)).fetchall()
        return [self._known(row) for row in rows]

    def overdue(self, now: int, limit: int) -> Sequence[TaskRecord]:
        """Return the tasks whose time has come, earliest first."""
        self._flush_tasks()
        rows = self.connection.execute(statements.OVERDUE, (now, limit)).fetchall()
        return [self._known(row) for row in rows]

    def _known(self, row: Row) -> TaskRecord:
        key = (row[1], row[2])
        record = self._records.get(key)
        if record is None:
            record = read_task(row)
            self._records.put(key, record)
        return record

    def count(self, key: str) -> int:
        """Return a counter."""
        value = self._counters.get(key)
        if value is None:
            row = self.connection.execute(statements.COUNTER, (key,)).fetchone()
            value = self._counters[key] = row[0] if row else 0
        return value

    def add(self, key: str, delta: int) -> None:
        """Add to a counter."""
        try:
            self._counters[key] += delta
        except KeyError:
            self._counters[key] = self.count(key) + delta
        self._changed_counters.add(key)

    def put_run(self, record: RunRecord) -> None:
        """Store a run."""
        old = self._runs.get(record.run_id)
        if old is None or (old.state is RunState.ACTIVE) != (record.state is RunState.ACTIVE):
            self._active = None
        self._runs[record.run_id] = record
        self._changed_runs.add(record.run_id)

    def add_task(self, record: TaskRecord, stored: StoredTask) -> None:
        """Store a new task."""
        self._new[record.run_id, record.task_id] = (record, stored)
        if len(self._new) >= _MOST_UNWRITTEN:
            self.flush()  # a run may be larger than memory likes

    def put_task(self, record: TaskRecord) -> None:
        """Replace how a task stands."""
        key = (record.run_id, record.task_id)
        if self._new and key in self._new:
            self._flush_tasks()
        self._changed[key] = record
