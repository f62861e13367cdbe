"""Work that goes on beside other work, and ends with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def beside(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Have this done for as long as the context lasts."""
    failed: Exception | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        # An error of the body is carried past the nursery, which would make a group of it.
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised below
            failed = error
        nursery.cancel_scope.cancel()
    if failed is not None:
        raise failed
