"""Waiting for a system that is gone for a while: tries again, later each time, and gives up in the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from mosaic_hookspecs.errors import MosaicError, Unavailable

Result = TypeVar("Result")
_FIRST_SECONDS, _MOST_SECONDS = 0.2, 30.0
_GONE = ("connection-ended", "not-connected", "storage-slow", "storage-stalled", "system-ended")


def is_gone(error: MosaicError) -> bool:
    """Whether an error says that a system is not there, which may change."""
    return isinstance(error, Unavailable) and error.code in _GONE


async def patiently(call: Callable[[], Awaitable[Result]], seconds: float) -> Result:
    """Return what a call returns that may be repeated; while its system is gone, try for so long.

    Raises:
        Unavailable: it is still gone.
    """
    wait = _FIRST_SECONDS
    deadline: float | None = None
    while True:
        try:
            return await call()
        except Unavailable as error:
            now = anyio.current_time()
            deadline = now + seconds if deadline is None else deadline
            if not is_gone(error) or now >= deadline:
                raise
        await anyio.sleep(min(wait, max(0.0, deadline - anyio.current_time())))
        wait = min(wait * 2, _MOST_SECONDS)
