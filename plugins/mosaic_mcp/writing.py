"""What writing takes when there is room: nothing but the system call."""

from __future__ import annotations

import os

import trio


async def acquired(lock: trio.Lock) -> None:
    """Acquire a lock; one that is free, without giving way to others first."""
    try:
        lock.acquire_nowait()
    except trio.WouldBlock:
        await lock.acquire()


def written_at_once(descriptor: int, data: bytes) -> bytes:
    """Write what there is room for to a descriptor that does not block; return the rest.

    Raises:
        OSError: nobody reads there any more.
    """
    try:
        count = os.write(descriptor, data)
    except BlockingIOError:
        return data
    return data[count:]
