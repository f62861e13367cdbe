"""Waiting for mail: follows the log while somebody waits, and does nothing while nobody does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.events import Event

_GATHER_SECONDS = 0.01
_RETRY_SECONDS = 1.0
_PAGE = 1000


class Bell:
    """Rings when something came for one who waits."""

    def __init__(self) -> None:
        self._rang = trio.Event()

    def ring(self) -> None:
        """Wake who waits."""
        self._rang.set()

    async def heard(self) -> None:
        """Wait until it rings; the next wait is for the next ring."""
        await self._rang.wait()
        self._rang = trio.Event()


class Listening:
    """One for all who wait in this process, so that the log is read once."""

    def __init__(self, context: Context, kinds: Iterable[str]) -> None:
        self._context = context
        self._kinds = frozenset(kinds)
        self._waiting: dict[str, list[Bell]] = {}
        self._position = 0
        self._is_wanted = trio.Event()
        self._follows = trio.Event()

    @asynccontextmanager
    async def to(self, boxes: Sequence[str]) -> AsyncIterator[Bell]:
        """Have the bell ring for what comes to these boxes from now on."""
        bell = Bell()
        for box in boxes:
            self._waiting.setdefault(box, []).append(bell)
        self._is_wanted.set()
        try:
            await self._follows.wait()
            yield bell
        finally:
            for box in boxes:
                self._waiting[box].remove(bell)
                if not self._waiting[box]:
                    del self._waiting[box]

    async def run(self) -> None:
        """Follow the log whenever somebody waits."""
        while True:
            await self._is_wanted.wait()
            try:
                await self._follow()
            except (MosaicError, OSError) as error:
                self._context.log.warning("mail.log_unreadable", error=error)
                self._ring_all()
                await trio.sleep(_RETRY_SECONDS)

    async def _follow(self) -> None:
        storage = self._context.port("storage").get()
        if not self._follows.is_set():  # else it goes on where it was before an error
            self._position = await storage.head()
            self._follows.set()
        while self._waiting:
            await storage.wait(self._position)
            await trio.sleep(_GATHER_SECONDS)
            while page := await storage.events(after=self._position, limit=_PAGE):
                self._position = page[-1].sequence
                self._ring(page)
        self._is_wanted, self._follows = trio.Event(), trio.Event()

    def _ring(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.kind in self._kinds:
                for box in json.loads(event.body).get("boxes", ()):
                    for bell in self._waiting.get(box, ()):
                        bell.ring()

    def _ring_all(self) -> None:
        for bells in self._waiting.values():
            for bell in bells:
                bell.ring()
