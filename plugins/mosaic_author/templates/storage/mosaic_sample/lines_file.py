"""A file of transactions, one line of JSON each; the first line says what the file is.

Owns the bytes on the disk: what is appended is there after a crash, whole or not at all. Knows nothing
of what a transaction means. Every method blocks, so call it in a thread.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mosaic_hookspecs import IntegrityError, Unavailable

Change = list[Any]
"""One thing that a transaction does: a word, and what belongs to it."""
_HEADER = b'{"format":"mosaic-lines","version":1}\n'


class LinesFile:
    """One open file. Another generation of this plugin may have it open, too; another process not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b", buffering=0)
        self._read = 0
        try:
            self._lock()
            if not path.stat().st_size:
                self._write(_HEADER)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close it. Idempotent."""
        self._file.close()

    def is_read(self) -> bool:
        """Whether nothing was added since the last `read_new`; costs one look at the file's size."""
        status = os.fstat(self._file.fileno())
        return status.st_size == self._read and status.st_nlink > 0

    def was_replaced(self) -> bool:
        """Whether another file stands in its place now: then open it anew."""
        return os.fstat(self._file.fileno()).st_nlink == 0

    def read_new(self) -> list[list[Change]]:
        """Return the transactions behind those that were read before, in order.

        Raises:
            IntegrityError: a line in the middle is damaged.
        """
        self._file.seek(self._read)
        data = self._file.read()
        whole, _, torn = data.rpartition(b"\n")
        if torn:  # a crash came while it was written, so nobody was told that it is there
            os.ftruncate(self._file.fileno(), self._read + len(whole) + 1)
        found = list(_parse(whole.splitlines(), self.path))
        self._read += len(data) - len(torn)
        return found

    def append(self, changes: Iterable[Change]) -> None:
        """Add a transaction; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written; the file is as it was.
            Unavailable: another process has the file.
        """
        self._lock()
        self._write(_line(list(changes)))

    def replace(self, transactions: Iterable[Iterable[Change]]) -> None:
        """Put these transactions in the place of all, at one stroke."""
        self._lock()
        partial = self.path.with_name(f".{self.path.name}.new")
        with partial.open("wb") as file:
            file.write(_HEADER)
            file.writelines(_line(list(changes)) for changes in transactions)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)

    def _write(self, line: bytes) -> None:
        before = os.fstat(self._file.fileno()).st_size
        try:
            view = memoryview(line)
            while view:
                view = view[self._file.write(view) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), before)
            raise
        if self._read == before:
            self._read += len(line)

    def _lock(self) -> None:
        # Such a lock belongs to the process, so that two generations of the plugin may both have it;
        # it is lost when either closes the file, and so it is taken again before every write.
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(
                "store-in-use",
                "another process uses the store",
                where=str(self.path),
                hint="End that one first, or configure another storage.",
            ) from None


def _line(changes: list[Change]) -> bytes:
    return json.dumps(changes, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _parse(lines: list[bytes], path: Path) -> Iterator[list[Change]]:
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            content = None
        if isinstance(content, list):
            yield content
        elif line + b"\n" != _HEADER:
            raise IntegrityError(
                "damaged-store",
                "a line of the store cannot be read",
                where=str(path),
                got=repr(line[:60]),
                hint="Restore a backup.",
            )
