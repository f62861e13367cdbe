"""The store as mail asks it: each time with a deadline, and one box after the other.

The store's versions alone keep what is changed whole. Turns are for speed: many write to one box at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TypeAlias

import trio

from mosaic_hookspecs.storage import Storage

Store: TypeAlias = Callable[[], AbstractContextManager[Storage]]
"""Gives the store, and bounds what is done with it inside; see `mosaic_hookspecs.storage_within`."""


class Turns:
    """Has those of this process who change the same box wait for each other."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[trio.Lock, int]] = {}

    @asynccontextmanager
    async def at(self, name: str) -> AsyncIterator[None]:
        """Be the only one at a box of that name."""
        lock, users = self._locks.get(name, (trio.Lock(), 0))
        self._locks[name] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(name)
            if users > 1:
                self._locks[name] = (lock, users - 1)
