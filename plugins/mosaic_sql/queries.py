"""The reads of the storage port, each over one connection. They see what is committed."""

from __future__ import annotations

# ruff: noqa: S608 - what is put in are lists of columns, never a value
import json
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mosaic_hookspecs import counters
from mosaic_hookspecs.records import snapshot_data
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState

from . import statements
from .rows import read_run, read_stored, read_task

if TYPE_CHECKING:
    from mosaic_hookspecs.events import Event
    from mosaic_hookspecs.storage import Document, Found


def find_run(connection: sqlite3.Connection, run_id: str) -> RunRecord | None:
    """Return a run, or None."""
    row = connection.execute(statements.RUN, (run_id,)).fetchone()
    return read_run(row) if row else None


def list_runs(connection: sqlite3.Connection, limit: int, before: int | None) -> Sequence[RunRecord]:
    """Return runs, newest first."""
    rows = connection.execute(statements.RUNS, (sys.maxsize if before is None else before, limit))
    return [read_run(row) for row in rows]


def find_task(connection: sqlite3.Connection, run_id: str, task_id: str) -> TaskRecord | None:
    """Return how a task stands, or None."""
    row = connection.execute(statements.TASK, (run_id, task_id)).fetchone()
    return read_task(row) if row else None


def find_stored(connection: sqlite3.Connection, run_id: str, task_id: str) -> StoredTask | None:
    """Return the unchanging part of a task, or None."""
    row = connection.execute(statements.STORED, (run_id, task_id)).fetchone()
    return read_stored(*row) if row else None


def list_tasks(
    connection: sqlite3.Connection, run_id: str, states: Sequence[TaskState], after: int, limit: int
) -> Sequence[TaskRecord]:
    """Return a run's tasks in order of position; those of every run, if `run_id` is ""."""
    statement, values = statements.TASKS, [run_id, after, *(state.value for state in states)]
    if not run_id:
        statement, values = statements.TASKS_OF_ALL, values[1:]
    if states:
        statement += f" AND state IN ({', '.join('?' * len(states))})"
    rows = connection.execute(f"{statement} ORDER BY position LIMIT ?", [*values, limit])
    return [read_task(row) for row in rows]


def count_states(connection: sqlite3.Connection, run_id: str) -> Mapping[TaskState, int]:
    """Return how many of a run's tasks are in each state."""
    states = {counters.in_state(run_id, state): state for state in TaskState}
    statement = f"SELECT name, value FROM counters WHERE name IN ({', '.join('?' * len(states))})"
    found = {states[name]: value for name, value in connection.execute(statement, list(states))}
    return {state: found[state] for state in TaskState if found.get(state)}


def count(connection: sqlite3.Connection, key: str) -> int:
    """Return a counter."""
    row = connection.execute(statements.COUNTER, (key,)).fetchone()
    return row[0] if row else 0


def next_deadline(connection: sqlite3.Connection) -> int | None:
    """Return the earliest time at which `Tick` has something to do."""
    row = connection.execute(statements.NEXT_DEADLINE).fetchone()
    return row[0] if row else None


def list_events(
    connection: sqlite3.Connection, after: int, limit: int, run_id: str, task_id: str
) -> Sequence[Event]:
    """Return events in order, of one run or task if given."""
    from mosaic_hookspecs.events import Event

    statement = statements.EVENTS
    wanted: list[Any] = [after]
    for column, value in (("run_id", run_id), ("task_id", task_id)):
        if value:
            statement += f" AND {column} = ? AND {column} != ''"
            wanted.append(value)
    rows = connection.execute(f"{statement} ORDER BY sequence LIMIT ?", [*wanted, limit])
    return [Event(*row) for row in rows]


def head(connection: sqlite3.Connection) -> int:
    """Return the newest event's number."""
    row = connection.execute(statements.HEAD).fetchone()
    return row[0] if row else 0


def find_document(connection: sqlite3.Connection, collection: str, key: str) -> Document | None:
    """Return a document, or None."""
    from mosaic_hookspecs.storage import Document

    row = connection.execute(statements.DOCUMENT, (collection, key)).fetchone()
    return Document(collection=collection, key=key, version=row[0], body=json.loads(row[1])) if row else None


def list_documents(
    connection: sqlite3.Connection, collection: str, after: str, limit: int
) -> Sequence[Document]:
    """Return documents of a collection in order of key."""
    from mosaic_hookspecs.storage import Document

    rows = connection.execute(statements.DOCUMENTS, (collection, after, limit))
    return [
        Document(collection=collection, key=key, version=version, body=json.loads(body))
        for key, version, body in rows
    ]


def list_collections(connection: sqlite3.Connection) -> Sequence[str]:
    """Return the names of the collections that have documents, sorted."""
    return [row[0] for row in connection.execute(statements.COLLECTIONS)]


def list_blobs(connection: sqlite3.Connection, after: str, limit: int) -> Sequence[str]:
    """Return digests of stored blobs in order."""
    return [row[0] for row in connection.execute(statements.BLOBS, (after, limit))]


def find_blob(connection: sqlite3.Connection, digest: str) -> bytes | None:
    """Return the bytes of that digest, or None."""
    row = connection.execute(statements.BLOB, (digest,)).fetchone()
    return bytes(row[0]) if row else None


def look_up(  # noqa: PLR0913 - one argument a kind of record
    connection: sqlite3.Connection,
    runs: Sequence[str],
    tasks: Sequence[tuple[str, str]],
    counters: Sequence[str],
    documents: Sequence[tuple[str, str]],
    blobs: Sequence[str],
) -> Found:
    """Return many records, as of one moment."""
    from mosaic_hookspecs.storage import Found

    connection.execute("BEGIN")
    try:
        return Found(
            runs=[find_run(connection, run_id) for run_id in runs],
            counts=[count_states(connection, run_id) for run_id in runs],
            tasks=[find_task(connection, *names) for names in tasks],
            stored=[find_stored(connection, *names) for names in tasks],
            counters=[count(connection, key) for key in counters],
            documents=[find_document(connection, *names) for names in documents],
            blobs=_first_blobs(connection, blobs),
        )
    finally:
        connection.execute("ROLLBACK")


def _first_blobs(connection: sqlite3.Connection, digests: Sequence[str]) -> Sequence[bytes | None]:
    from mosaic_hookspecs.storage import BLOBS_AT_ONCE

    found: list[bytes | None] = []
    size = 0
    for name in digests:
        found.append(find_blob(connection, name))
        size += len(found[-1] or b"")
        if size >= BLOBS_AT_ONCE:
            break
    return found


def snapshot(connection: sqlite3.Connection) -> Mapping[str, Any]:
    """Return every projection as JSON data, as of one moment."""
    connection.execute("BEGIN")
    try:
        runs = [read_run(row) for row in connection.execute(f"SELECT {statements.RUN_COLUMNS} FROM runs")]
        specs = {
            position: read_stored(spec, dependants)
            for position, spec, dependants in connection.execute(
                f"SELECT {statements.SPEC_COLUMNS} FROM task_specs"
            )
        }
        rows = connection.execute(f"SELECT {statements.TASK_COLUMNS} FROM tasks")
        tasks = [(read_task(row), specs[row[0]]) for row in rows]
        numbers = dict(connection.execute("SELECT name, value FROM counters"))
    finally:
        connection.execute("ROLLBACK")
    return snapshot_data(runs, tasks, numbers)
