"""Replays of the log: beside the store, to compare with it, or into it, to rebuild it.

Owns streaming, so that memory does not grow with the log. Refuses to go past the first event that
does not fit the chain.
"""

from __future__ import annotations

# ruff: noqa: S608 - what is put in are lists of columns, never a value
import sqlite3
from collections.abc import Callable, Iterator

from mosaic_hookspecs.applying import replay
from mosaic_hookspecs.events import GENESIS, ChainBreak, Event, find_break

from . import statements
from .session import Session

_PAGE = 1000
_CACHED = 20_000
PROJECTIONS = ("runs", "tasks", "task_specs", "counters")
"""The tables that follow from the log."""


class _Unreplayable(Exception):
    """An event fits the chain, and yet the rules cannot have made it."""


def stream_events(connection: sqlite3.Connection) -> Iterator[Event]:
    """Yield the whole log in order, with little in memory."""
    cursor = connection.execute(f"SELECT {statements.EVENT_COLUMNS} FROM events ORDER BY sequence")
    while rows := cursor.fetchmany(_PAGE):
        for row in rows:
            yield Event(*row)


def walk_log(
    connection: sqlite3.Connection, visit: Callable[[Event], None], pause: Callable[[], None]
) -> tuple[int, str, ChainBreak | None]:
    """Check the chain, and show each event that fits it to `visit`.

    Returns:
        How many events fit, the hash of the newest of them, and the first break.
    """
    head = connection.execute(statements.HEAD).fetchone()
    sound, newest = 0, ""

    def checked() -> Iterator[Event]:
        nonlocal sound, newest
        for event in stream_events(connection):
            yield event  # find_break comes back for the next one only if this one fits
            try:
                visit(event)
            except Exception as error:
                raise _Unreplayable(repr(error)) from error
            sound, newest = event.sequence, event.hash
            if sound % _PAGE == 0:
                pause()

    try:
        broken = find_break(checked(), head=tuple(head) if head else (0, GENESIS))
    except _Unreplayable as error:
        broken = ChainBreak(sequence=sound + 1, reason=f"it does not follow from the events before it: {error}")
    except (TypeError, ValueError, sqlite3.OperationalError) as error:
        broken = ChainBreak(sequence=sound + 1, reason=f"it cannot be read: {error}")
    return sound, newest, broken


def open_scratch(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Make a temporary store with the tables of this one; it vanishes when it is closed."""
    scratch = sqlite3.connect("", isolation_level=None)
    scratch.execute("PRAGMA synchronous = OFF")
    scratch.execute("PRAGMA journal_mode = OFF")
    for table in PROJECTIONS:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
        scratch.execute(found.fetchone()[0])
    scratch.execute("CREATE UNIQUE INDEX tasks_by_name ON tasks (run_id, task_id)")
    return scratch


class Replay:
    """Applies events to the projections of a connection, and writes them now and then.

    Args:
        connection: where the projections are. The caller has begun a transaction, or needs none.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._session = Session(connection, cached_tasks=_CACHED)
        self._seen = 0

    def visit(self, event: Event) -> None:
        """Apply one event."""
        replay(event, self._session)
        self._seen += 1
        if self._seen % _PAGE == 0:
            self.finish()

    def finish(self) -> None:
        """Write what is left."""
        self._session.flush()
        self._session.trim()
