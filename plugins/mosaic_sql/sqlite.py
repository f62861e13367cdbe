"""Everything that is SQLite's own: opening, settings, locking, and what its errors mean.

Nobody else opens the file, not even to look at it: closing any descriptor of it would drop the locks
that SQLite holds for this process.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from pathlib import Path

from mosaic_hookspecs.errors import InputError, IntegrityError, MosaicError

APPLICATION_ID = 0x4D4F5341  # "MOSA", which `file` shows and a foreign database does not have
SAFE_VERSION = (3, 51, 3)
"""The first version without the WAL-reset bug, which may damage a file that two connections write."""
_PAUSE_SECONDS = 0.005


def connect(path: str, *, busy_seconds: float, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection that begins and ends its transactions itself."""
    uri = f"{Path(path).absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


def open_writer(path: str, *, busy_seconds: float, synchronous: str) -> sqlite3.Connection:
    """Open the one connection of this process that writes."""
    connection = connect(path, busy_seconds=busy_seconds)
    use_wal(connection, busy_seconds)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def open_reader(path: str, *, busy_seconds: float) -> sqlite3.Connection:
    """Open a connection that cannot write, and does not wait for the one that does."""
    connection = connect(path, busy_seconds=busy_seconds)
    connection.execute("PRAGMA query_only = ON")
    return connection


def use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Put the file into WAL mode, which lasts. SQLite does not wait for others here, so this does."""
    give_up = time.monotonic() + busy_seconds
    while True:
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > give_up:
                raise
        if time.monotonic() > give_up:
            raise TimeoutError(errno.ETIMEDOUT, "SQLite's write-ahead log cannot be switched on here")
        time.sleep(_PAUSE_SECONDS)


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that may write, waiting for other processes for as long as is configured."""
    connection.execute("BEGIN IMMEDIATE")


def data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has changed the file."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


_OS_ERRORS = {
    sqlite3.SQLITE_FULL: (errno.ENOSPC, "the disk is full"),
    sqlite3.SQLITE_IOERR: (errno.EIO, "the disk refused to read or write"),
    sqlite3.SQLITE_READONLY: (errno.EROFS, "the file cannot be written"),
    sqlite3.SQLITE_CANTOPEN: (errno.EACCES, "the file cannot be opened"),
    sqlite3.SQLITE_PERM: (errno.EACCES, "the file may not be used"),
    sqlite3.SQLITE_BUSY: (errno.ETIMEDOUT, "another process held the store for too long"),
    sqlite3.SQLITE_LOCKED: (errno.ETIMEDOUT, "another process held the store for too long"),
    sqlite3.SQLITE_NOMEM: (errno.ENOMEM, "there is no memory left"),
}


def translate(error: sqlite3.Error, path: str) -> OSError | MosaicError | None:
    """Return what an error of SQLite means to a caller: the system's error, or damage; None where it
    is neither, but a mistake in what was asked.
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _OS_ERRORS:
        number, text = _OS_ERRORS[code]
        kind = TimeoutError if number == errno.ETIMEDOUT else OSError
        return kind(number, f"{text} ({error})", path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return IntegrityError(
            "damaged-store",
            "the store's file is damaged",
            where=path,
            got=str(error),
            hint="Restore a backup with `mosaic storage restore`.",
        )
    return None


def unstorable(error: OverflowError | UnicodeEncodeError) -> InputError:
    """Return what it means that SQLite takes a value for none: a number of more than 64 bits, or text that is
    not all letters, such as half a surrogate pair. Nothing of that name or number is in a store, either.
    """
    return InputError("cannot-be-stored", "a value cannot be stored", got=str(error)[:200])


def has_wal_reset_bug() -> bool:
    """Whether this SQLite may damage a file that several processes write at once."""
    return sqlite3.sqlite_version_info < SAFE_VERSION


def sync_directory(path: str) -> None:
    """Make a new name in a directory outlive a power loss."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
