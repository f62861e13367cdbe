"""Gives one observer its events, in its own time, and spares it while it fails."""

from __future__ import annotations

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.ports import Observer

from .configuration import Config
from .head import Head
from .place import Place

RELEASED = "observers.released"
"""Topic of the notice that somebody in this kernel has let go of an observer's place (its name)."""
_LONGEST_FAILURE = 500


class Feed:
    """One observer, its place, and how it fares."""

    def __init__(self, context: Context, config: Config, head: Head, owner: str, name: str) -> None:
        self.name = name
        self.is_standing_by = False
        self.is_skipped = False
        self.has_gone = False
        self._context = context
        self._config = config
        self._head = head
        self._storage = context.port("storage").get()
        self._place = Place(name, owner, self._storage, context.clock, config)
        self._is_open = False
        self._failing_since: float | None = None
        self._tries = 0
        self._changed = trio.Event()
        self._encouraged = trio.Event()

    async def run(self, start: int) -> None:
        """Feed the observer until cancelled, or until it has gone; a new one begins after `start`."""
        try:
            while not self.has_gone:
                try:
                    await self._step(start)
                except Exception as error:  # noqa: BLE001 - the observer's boundary: one that fails holds up nobody
                    await self._spare(error)
                else:
                    self._failing_since = None
                self._tell()
        finally:
            await self._let_go()

    async def settle(self, sequence: int) -> None:
        """Wait until the observer has seen `sequence`, or nothing can be done for that here and now."""
        while not (self._has_seen(sequence) or self.is_skipped or self.is_standing_by or self._is_absent()):
            await self._changed.wait()

    def encourage(self) -> None:
        """Try again now, if the observer is being spared: it may have been mended."""
        self._encouraged.set()

    def _has_seen(self, sequence: int) -> bool:
        return self._is_open and self._place.sequence >= sequence

    async def _step(self, start: int) -> None:
        if not self._is_open:
            observer = self._context.port("observe").get(self.name)
            await self._place.open(0 if getattr(observer, "from_start", False) else start)
            self._is_open = True
            self._tell()
        with trio.move_on_at(self._place.save_at) as scope:
            await self._head.beyond(self._place.sequence)
        if scope.cancelled_caught:
            await self._place.save()
            return
        seconds = await self._place.hold()
        if seconds:
            await self._stand_by()
            return
        await self._give()
        if trio.current_time() >= self._place.save_at:
            await self._place.save()

    async def _give(self) -> None:
        with trio.fail_after(self._config.storage_seconds):
            events = await self._storage.events(after=self._place.sequence, limit=self._config.batch_events)
        if not events:
            # The store was replaced by one whose log is shorter.
            self._head.move(await self._storage.head())
            return
        observer: Observer = self._context.port("observe").get(self.name)
        with trio.move_on_after(self._config.batch_seconds) as scope:
            await observer.observe(events)
        if scope.cancelled_caught:
            raise Unavailable(
                "observer-slow",
                f"the observer {self.name!r} did not take a batch of {len(events)} events in time",
                expected=f"at most {self._config.batch_seconds:g} s",
                hint="Raise plugins.observers.batch_seconds, or lower batch_events.",
            )
        self._place.sequence, self._place.failure = events[-1].sequence, ""

    async def _stand_by(self) -> None:
        """Wait until who moves the place lets go of it, or its lease runs out."""
        async with self._context.bus.subscribe(RELEASED) as notices:
            seconds = await self._place.hold()
            self.is_standing_by = seconds > 0
            self._tell()
            with trio.move_on_after(seconds):
                while seconds and (await anext(notices)).body != self.name:
                    pass
        self.is_standing_by = False

    async def _spare(self, error: Exception) -> None:
        """Wait before the next try; when it has failed for too long, for a while, and say so."""
        now = trio.current_time()
        if self._failing_since is None:
            self._failing_since, self._tries = now, 0
            self._context.log.warning("observer.failed", observer=self.name, error=error)
        left = self._failing_since + self._config.failure_seconds - now
        if left > 0:
            seconds = self._config.retry_seconds * 2.0**self._tries
            self._tries += 1
            await self._pause(min(left, seconds))
        elif self._is_absent():
            self.has_gone = True
        else:
            self._place.failure = _words(error)
            self._context.log.error(
                "observer.skipped", observer=self.name, seconds=self._config.skip_seconds, error=error
            )
            await self._let_go()
            self.is_skipped = True
            self._tell()
            await self._pause(self._config.skip_seconds)
            self.is_skipped, self._failing_since = False, None

    async def _pause(self, seconds: float) -> None:
        self._encouraged = trio.Event()
        with trio.move_on_after(seconds):
            await self._encouraged.wait()

    async def _let_go(self) -> None:
        """Write the place and give it up, so that another process, or the next generation, can go on."""
        try:
            with trio.move_on_after(self._config.storage_seconds, shield=True):
                if await self._place.release():
                    self._context.bus.publish(RELEASED, self.name)
        except Exception as error:  # noqa: BLE001 - the lease runs out by itself; what was not written is given again
            self._context.log.warning("observer.place_not_written", observer=self.name, error=error)

    def _is_absent(self) -> bool:
        return self.name not in self._context.port("observe").names()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


def _words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    text = str(error) if isinstance(error, MosaicError) else f"{type(error).__name__}: {error}"
    return text[:_LONGEST_FAILURE]
