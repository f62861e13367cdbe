"""Follows the system for the clients: operations that come and go, runs and tasks that change."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import trio

from mosaic_hookspecs.errors import MosaicError, Unavailable

from .addresses import touched
from .catalogue import Catalogue
from .sessions import Sessions
from .system import System

_EVENTS = "event.follow"
_STORE = "storage.info"


@asynccontextmanager
async def followed(system: System, catalogue: Catalogue, sessions: Sessions) -> AsyncIterator[None]:
    """Keep the catalogue up to date and tell of changes, for as long as the context lasts.

    Raises:
        MosaicError: the system does not say what it can do.
    """
    await catalogue.refresh()
    following = _Following(system, catalogue, sessions)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(following.operations)
        nursery.start_soon(following.events)
        yield
        nursery.cancel_scope.cancel()


class _Following:
    """The two streams that are followed; the events of runs for as long as there is somebody who has them."""

    def __init__(self, system: System, catalogue: Catalogue, sessions: Sessions) -> None:
        self._system = system
        self._catalogue = catalogue
        self._sessions = sessions
        self._changed = trio.Event()

    async def operations(self) -> None:
        while True:
            try:
                await self._follow_operations()
            except Unavailable:
                await self._system.until_back()

    async def _follow_operations(self) -> None:
        async with aclosing(self._system.follow("operations.follow", {})) as changes:
            async for _ in changes:
                if await self._catalogue.refresh():
                    await self._sessions.tools_changed()
                self._changed.set()
                self._changed = trio.Event()

    async def events(self) -> None:
        while True:
            changed = self._changed
            if self._catalogue.has(_EVENTS) and self._catalogue.has(_STORE):
                # A plugin that fails here is one that comes back, or is replaced: that is a change.
                with contextlib.suppress(MosaicError):
                    await _follow_events(self._system, self._sessions)
            await changed.wait()


async def _follow_events(system: System, sessions: Sessions) -> None:
    store = await system.dispatch(_STORE, {})
    async with aclosing(system.follow(_EVENTS, {"after": store["events"]})) as events:
        async for event in events:
            for uri in touched(event["kind"], event["run_id"], event["task_id"]):
                await sessions.resource_updated(uri)
            if event["kind"] == "run.created":
                await sessions.resources_changed()
