"""Backups: a complete, checked copy in one file, and the way back into a store that is in use."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mosaic_hookspecs.errors import InputError, IntegrityError
from mosaic_hookspecs.storage import Verification

from . import sqlite
from .replaying import PROJECTIONS, Replay, walk_log
from .session import Session
from .upgrade import prepare, revision_of
from .verifying import verify


def back_up(store: str, target: str, *, busy_seconds: float, pause: Callable[[], None]) -> Verification:
    """Copy the store as of one moment to a new file; return what checking the copy found.

    Raises:
        InputError: `target` exists (code ``file-exists``). OSError: it cannot be written; nothing is
            left there.
    """
    directory = str(Path(target).absolute().parent)
    _require_new(target)
    handle, partial = tempfile.mkstemp(dir=directory, prefix=".mosaic-backup-")
    os.close(handle)
    try:
        with _closing(sqlite.open_reader(store, busy_seconds=busy_seconds)) as source:
            _copy(source, partial)
        with _closing(sqlite.connect(partial, busy_seconds=busy_seconds)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, and none beside it
            found = verify(copy, pause)
        handle = os.open(partial, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(partial, target)
        except FileExistsError:
            _require_new(target)
            raise
        sqlite.sync_directory(directory)
    finally:
        for left in (partial, f"{partial}-journal", f"{partial}-wal", f"{partial}-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(left).unlink()
    return found


def unpack(
    source: str, directory: str, *, busy_seconds: float, pause: Callable[[], None]
) -> tuple[str, Verification]:
    """Copy a backup to a private file, bring that to today's schema, and check it.

    Raises:
        InputError: it is no backup (code ``no-backup``). IntegrityError: it is damaged, or of a newer
            Mosaic.
    """
    path = str(Path(directory) / "restored.db")
    if not Path(source).is_file():
        raise _no_backup(source, "there is no such file")
    try:
        with _closing(sqlite.connect(source, busy_seconds=busy_seconds, read_only=True)) as backup:
            if not revision_of(backup):
                raise _no_backup(source, "the file is empty")
            _copy(backup, path)
    except sqlite3.Error as error:
        understood = sqlite.translate(error, source)
        if isinstance(understood, OSError):
            raise understood from error
        raise _no_backup(source, str(error)) from error
    except IntegrityError as error:
        raise _no_backup(source, error.what) from error
    prepare(path, busy_seconds=busy_seconds)
    with _closing(sqlite.connect(path, busy_seconds=busy_seconds)) as copy:
        found = verify(copy, pause)
    if not found.is_sound:
        first = f"event {found.broken.sequence}: {found.broken.reason}" if found.broken else found.problems[0]
        raise IntegrityError("damaged-backup", "the backup is damaged", where=source, got=first)
    return path, found


def put_back(session: Session, path: str, *, busy_seconds: float) -> None:
    """Replace the store's content in one transaction; other connections see the new one from then on."""
    with _closing(sqlite.connect(path, busy_seconds=busy_seconds)) as source:
        give_up = time.monotonic() + busy_seconds

        def check(status: int, remaining: int, total: int) -> None:
            if remaining and time.monotonic() > give_up:
                raise TimeoutError(errno.ETIMEDOUT, "another process held the store for too long", path)

        source.backup(session.connection, progress=check)


def rebuild(session: Session) -> None:
    """Replace the projections by a replay of the log, in one transaction.

    Raises:
        IntegrityError: the log is broken (code ``broken-log``); nothing was changed.
    """
    connection = session.connection
    sqlite.begin(connection)
    for table in PROJECTIONS:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
    replay = Replay(connection)
    _, _, broken = walk_log(connection, replay.visit, lambda: None)
    if broken is not None:
        raise IntegrityError(
            "broken-log",
            f"event {broken.sequence}: {broken.reason}",
            hint="Restore a backup with `mosaic storage restore`.",
        )
    replay.finish()
    connection.execute("COMMIT")


def _copy(source: sqlite3.Connection, path: str) -> None:
    with _closing(sqlite3.connect(path)) as copy:
        source.backup(copy)


def _closing(connection: sqlite3.Connection) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(connection)


def _require_new(target: str) -> None:
    if os.path.lexists(target):
        raise InputError("file-exists", "there is a file already", where=target, hint="Name a new file.")


def _no_backup(source: str, got: str) -> InputError:
    return InputError(
        "no-backup",
        "this is no backup of the SQLite storage",
        where=source,
        got=got,
        hint="Name a file that `mosaic storage backup` wrote.",
    )
