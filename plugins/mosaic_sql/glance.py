"""The store read without a kernel, as it is at one moment; see `mosaic_hookspecs.glance`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.glance import Uncertain

from .reads import Reads
from .sqlite import connect
from .upgrade import REVISIONS, revision_of

T = TypeVar("T")
FILE = "mosaic.db"
"""Where the store is unless that is configured."""
_BUSY_SECONDS = 5.0


class Glimpse(Reads):
    """The reads of the storage port over one connection, in one transaction; they never wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[Any, ...], Any] = {}

    async def _read(self, query: Callable[..., T], *args: Any) -> T:
        # In one transaction, a question asked again has the same answer.
        if (query, args) not in self._known:
            try:
                self._known[query, args] = query(self._connection, *args)
            except (sqlite3.Error, ValueError) as error:  # ValueError: names that are not UTF-8
                raise Uncertain from error
        answer: T = self._known[query, args]
        return answer

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def open_store(state_directory: Path) -> Glimpse | None:
    """Open the store of the built-in configuration; None unless it is there, sound and of today's schema."""
    path = state_directory / FILE
    if not path.is_file():
        return None
    try:
        connection = connect(str(path), busy_seconds=_BUSY_SECONDS, read_only=True)
    except sqlite3.Error:
        return None
    try:
        connection.execute("BEGIN")
        if revision_of(connection) == REVISIONS[-1]:
            return Glimpse(connection)
    except (sqlite3.Error, MosaicError):
        pass
    connection.close()
    return None
