"""Changes of the entries of directories, at no cost while there are none.

Rests on the kernel's inotify: a file descriptor that becomes readable, so that nothing wakes. Says which
names were made, written to the end, moved or removed; not what is below.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from pathlib import Path

import trio

from mosaic_hookspecs.errors import Unavailable

_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _ONLYDIR = 0x400, 0x800, 0x01000000
_MASK = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF | _ONLYDIR
_HEADER = struct.Struct("iIII")
_READS = 65536


class EntryChanges:
    """What changes among the entries of `directories`; those that are not there are passed over.

    Raises:
        Unavailable: the system does not let us watch (code ``cannot-watch``).
    """

    def __init__(self, directories: Iterable[Path] = ()) -> None:
        self._library = ctypes.CDLL(None, use_errno=True)
        make = getattr(self._library, "inotify_init1", None)
        self._handle = -1 if make is None else make(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise _cannot(ctypes.get_errno() or errno.ENOSYS)
        self._directories: dict[int, Path] = {}
        try:
            for directory in directories:
                self.add(directory)
        except BaseException:
            self.close()
            raise

    def add(self, directory: Path) -> bool:
        """Watch one more directory; return whether it is there."""
        number = self._library.inotify_add_watch(self._handle, os.fsencode(directory), _MASK)
        if number >= 0:
            self._directories[number] = directory
            return True
        if ctypes.get_errno() in {errno.ENOENT, errno.ENOTDIR, errno.EACCES}:
            return False
        raise _cannot(ctypes.get_errno())

    async def next(self) -> set[Path]:
        """Wait for changes; return the paths of what changed: entries, or a directory that is gone."""
        while True:
            try:
                data = os.read(self._handle, _READS)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._handle)
                continue
            found = self._read(data)
            if found:
                return found

    async def quiet(self, seconds: float, *, at_most: float) -> set[Path]:
        """Gather changes until none has come for `seconds`, for `at_most` seconds in all."""
        found: set[Path] = set()
        with trio.move_on_after(at_most):
            while True:
                with trio.move_on_after(seconds) as scope:
                    found |= await self.next()
                if scope.cancelled_caught:
                    break
        return found

    def close(self) -> None:
        """Stop watching. May be called again."""
        if self._handle >= 0:
            trio.lowlevel.notify_closing(self._handle)
            os.close(self._handle)
            self._handle = -1

    def _read(self, data: bytes) -> set[Path]:
        found: set[Path] = set()
        place = 0
        while place < len(data):
            number, mask, _, length = _HEADER.unpack_from(data, place)
            place += _HEADER.size
            name = os.fsdecode(data[place : place + length].rstrip(b"\0"))
            place += length
            directory = self._directories.get(number)
            if directory is None:
                # The queue was full, so anything may have changed; or a watch that is gone.
                found |= set(self._directories.values()) if number < 0 else set()
            elif mask & _MASK:
                found.add(directory / name if name else directory)
        return found


def _cannot(number: int) -> Unavailable:
    hint = "Set plugins.watch.config and plugins.watch.packages to false."
    if number != errno.ENOSYS:
        hint = f"Raise fs.inotify.max_user_instances and fs.inotify.max_user_watches. {hint}"
    return Unavailable("cannot-watch", "files cannot be watched here", got=os.strerror(number), hint=hint)
