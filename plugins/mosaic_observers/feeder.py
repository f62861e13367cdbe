"""Follows the event log for all observers of one kernel, while that kernel serves."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

from .configuration import Config
from .feed import Feed
from .head import Head

CHANGED = "plugin.changed"
"""Topic of the kernel's notice that a generation serves: a new observer may be there, or a mended one."""


class Feeder:
    """A provider of the transport port, since what it does is serving: the kernel runs it where it serves,
    and a kernel that only answers a question delivers nothing. It listens nowhere.
    """

    has_addresses = False

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._feeds: dict[str, Feed] = {}
        self._head = Head(0)
        self._begin: int | None = None
        self._has_feeds = trio.Event()

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return "observers"

    @property
    def addresses(self) -> Sequence[str]:
        """Nowhere."""
        return ()

    async def begin(self) -> None:
        """Note where new observers begin: when the kernel has started, and not when `serve` first runs, since
        whoever started the kernel may have written by then.
        """
        self._begin = await self._newest()

    async def serve(self) -> None:
        """Feed every observer that is in the port, and those that come later, until cancelled."""
        async with self._context.bus.subscribe(CHANGED) as notices, trio.open_nursery() as nursery:
            self._head = Head(await self._newest() if self._begin is None else self._begin)
            self._admit(nursery, self._head.sequence)
            nursery.start_soon(self._follow_log, nursery)
            async for _ in notices:
                self._admit(nursery, await self._newest())
                for feed in self._feeds.values():
                    feed.encourage()

    async def settle(self) -> None:
        """Wait until every observer has seen what is in the log now, or cannot be made to."""
        if not self._feeds:
            return
        sequence = await self._newest()
        self._head.move(sequence)
        for feed in list(self._feeds.values()):
            await feed.settle(sequence)

    async def _follow_log(self, nursery: trio.Nursery) -> None:
        storage = self._context.port("storage").get()
        await self._has_feeds.wait()
        failures = 0
        while True:
            try:
                await storage.wait(self._head.sequence)
                # Who has come unnoticed begins before the events that have woken this.
                self._admit(nursery, self._head.sequence)
                await trio.sleep(self._config.gather_seconds)
                self._head.move(await storage.head())
                failures = 0
            except (MosaicError, OSError) as error:
                self._context.log.warning("observers.log_unreadable", error=error)
                await trio.sleep(min(self._config.retry_seconds * 2.0**failures, self._config.skip_seconds))
                failures += 1

    async def _newest(self) -> int:
        with trio.fail_after(self._config.storage_seconds):
            sequence: int = await self._context.port("storage").get().head()
        return sequence

    def _admit(self, nursery: trio.Nursery, start: int) -> None:
        for name in self._context.port("observe").names():
            feed = self._feeds.get(name)
            if feed is None or feed.has_gone:
                if not self._feeds:
                    self._head.move(start)
                    self._has_feeds.set()
                feed = Feed(self._context, self._config, self._head, self._owner, name)
                self._feeds[name] = feed
                nursery.start_soon(feed.run, start, name=f"observer {name}")
