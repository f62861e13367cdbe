"""Works as long as it lives, and finishes what it has begun."""

from __future__ import annotations

import trio

from mosaic_hookspecs import Context, hookimpl

_ROOM = 100


class WorkingPlugin:
    """Writes every notice of the topic ``letters`` to the log, one after the other."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[str](_ROOM)
        self._is_done = trio.Event()

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Start lasting work in the generation's own nursery, and return."""
        context.start_soon(self._listen, context)
        context.start_soon(self._deliver, context)

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Take nothing new, and deliver what is there; cancelled at the drain deadline."""
        await self._send.aclose()
        await self._is_done.wait()

    async def _listen(self, context: Context) -> None:
        async with context.bus.subscribe("letters") as notices:
            async for notice in notices:
                try:
                    await self._send.send(notice.body)
                except trio.ClosedResourceError:
                    return  # it drains

    async def _deliver(self, context: Context) -> None:
        async for letter in self._receive:
            context.log.info("letter.delivered", letter=letter)
        self._is_done.set()
