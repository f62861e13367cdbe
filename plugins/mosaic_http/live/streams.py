"""Any stream operation, followed by a task of its own, so that waiting for its next item can be given up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.operations import Principal

from ..beside import beside


class Ended(Exception):
    """The stream has no more items."""


class Items:
    """The items of a stream; none is kept for one who does not take them."""

    def __init__(self, receiving: trio.MemoryReceiveChannel[Any]) -> None:
        self._receiving = receiving
        self.error: Exception | None = None

    async def take(self) -> Any:
        """Return the next item, as JSON data. May be cancelled without loss.

        Raises:
            Ended: there is none.
            Exception: what the operation raises.
        """
        try:
            return await self._receiving.receive()
        except trio.EndOfChannel:
            if self.error is not None:
                raise self.error from None
            raise Ended from None


@asynccontextmanager
async def items_of(
    context: Context, operation: str, data: Mapping[str, Any], principal: Principal
) -> AsyncIterator[Items]:
    """Follow a stream for as long as the context lasts."""
    sending, receiving = trio.open_memory_channel[Any](0)
    items = Items(receiving)

    async def pump() -> None:
        with sending:
            try:
                async with aclosing(context.follow(operation, dict(data), principal)) as found:
                    async for item in found:
                        await sending.send(to_json_data(item))
            except Exception as error:  # noqa: BLE001 - raised where the items are taken
                items.error = error

    async with beside(pump):
        yield items
