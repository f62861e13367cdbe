"""Growth: tells when something is written in a directory, by whichever process.

Costs nothing while nothing is: a file descriptor of the system's (inotify) becomes readable. Where there is
none, on another system or when too many are open, looks now and then, and only while somebody waits.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trio

LOOK_SECONDS = 1.0
"""How often is looked where the system does not tell."""
_MODIFY, _CREATE, _ONLYDIR = 0x2, 0x100, 0x01000000
_READS = 65536


class Growth:
    """The growth of what is in one directory. `handle` is what the system tells it by; None: it does not."""

    def __init__(self, handle: int | None) -> None:
        self._handle = handle

    async def wait(self) -> None:
        """Wait until something may have been written since the last wait, or since it was opened."""
        if self._handle is None:
            await trio.sleep(LOOK_SECONDS)
            return
        await trio.lowlevel.wait_readable(self._handle)
        with suppress(BlockingIOError):
            while os.read(self._handle, _READS):
                pass


@contextmanager
def growth_of(directory: Path) -> Iterator[Growth]:
    """Watch a directory, which is made if it is not there."""
    handle = _watched(directory)
    try:
        yield Growth(handle)
    finally:
        if handle is not None:
            trio.lowlevel.notify_closing(handle)
            os.close(handle)


def _watched(directory: Path) -> int | None:
    library = ctypes.CDLL(None)
    make = getattr(library, "inotify_init1", None)
    handle = -1 if make is None else make(os.O_NONBLOCK | os.O_CLOEXEC)
    if handle < 0:
        return None
    with suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
    if library.inotify_add_watch(handle, os.fsencode(directory), _MODIFY | _CREATE | _ONLYDIR) < 0:
        os.close(handle)
        return None
    return int(handle)
