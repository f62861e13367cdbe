"""Checking a store: the chain of its log, its projections against a replay, its blobs, its file.

Owns what is found and where. Reads a snapshot, so that the store can be used meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.events import GENESIS
from mosaic_hookspecs.storage import Verification

from . import statements
from .replaying import Replay, open_scratch, walk_log
from .rows import Row

_MOST_PROBLEMS = 20
_LONGEST = 80
_COMPARED: Sequence[tuple[str, str, str, int]] = (
    ("run", "runs", statements.RUN_COLUMNS, 1),
    ("task", "tasks", f"run_id, task_id, {statements.TASK_COLUMNS}", 2),
    ("specification of task number", "task_specs", statements.SPEC_COLUMNS, 1),
    ("counter", "counters", "name, value", 1),
)
"""What is compared: what a row is called, its table, its columns, and how many of them name it."""


def verify(connection: sqlite3.Connection, pause: Callable[[], None]) -> Verification:
    """Check everything.

    Args:
        connection: to the store; nobody else uses it meanwhile.
        pause: called now and then, and may raise to stop.
    """
    connection.text_factory = _readable
    connection.execute("BEGIN")
    scratch = open_scratch(connection)
    try:
        scratch.execute("BEGIN")
        replay = Replay(scratch)
        events, head, broken = walk_log(connection, replay.visit, pause)
        replay.finish()
        problems: list[str] = []
        if broken is None:
            problems += islice(_differences(connection, scratch, pause), _MOST_PROBLEMS)
        problems += islice(_bad_blobs(connection, pause), _MOST_PROBLEMS)
        problems += _bad_pages(connection)
    finally:
        scratch.close()
        connection.execute("ROLLBACK")
    return Verification(events=events, head=head or GENESIS, broken=broken, problems=tuple(problems))


def _readable(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bad_pages(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute(f"PRAGMA quick_check({_MOST_PROBLEMS})"):
        if line != "ok":
            yield f"the file: {line}"


def _bad_blobs(connection: sqlite3.Connection, pause: Callable[[], None]) -> Iterator[str]:
    for name, data in connection.execute("SELECT digest, data FROM blobs ORDER BY digest"):
        pause()
        if (
            digest(bytes(data) if not isinstance(data, str) else data.encode("utf-8", "surrogateescape"))
            != name
        ):
            yield f"blob {name}: its bytes are others"


def _differences(
    ours: sqlite3.Connection, theirs: sqlite3.Connection, pause: Callable[[], None]
) -> Iterator[str]:
    for what, table, columns, names in _COMPARED:
        where = " WHERE value != 0" if table == "counters" else ""
        order = ", ".join(columns.split(", ")[:names])
        query = f"SELECT {columns} FROM {table}{where} ORDER BY {order}"  # noqa: S608 - constants
        pairs = _merge(ours.execute(query), theirs.execute(query), names)
        for number, (found, wanted) in enumerate(pairs):
            if number % 1000 == 0:
                pause()
            row = found or wanted or ()
            name = f"{what} {'/'.join(str(part) for part in row[:names])}"
            if wanted is None:
                yield f"{name} does not follow from the log"
            elif found is None:
                yield f"{name} is missing"
            else:
                for column, is_, should_be in zip(columns.split(", "), found, wanted, strict=True):
                    if is_ != should_be:
                        yield f"{name}: {column} is {_short(is_)}, and {_short(should_be)} follows from the log"


def _merge(ours: Iterator[Row], theirs: Iterator[Row], names: int) -> Iterator[tuple[Row | None, Row | None]]:
    """Pair the rows of two ordered queries by their names."""
    found, wanted = next(ours, None), next(theirs, None)
    while found is not None or wanted is not None:
        left, right = found and _key(found, names), wanted and _key(wanted, names)
        if right is None or (left is not None and left < right):
            yield found, None
            found = next(ours, None)
        elif left is None or right < left:
            yield None, wanted
            wanted = next(theirs, None)
        else:
            yield found, wanted
            found, wanted = next(ours, None), next(theirs, None)


def _key(row: Row, names: int) -> tuple[object, ...]:
    """Return what SQLite orders by: the bytes of text, the value of numbers."""
    return tuple(
        part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part for part in row[:names]
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
