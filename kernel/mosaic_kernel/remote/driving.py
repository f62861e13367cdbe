"""Streams and contexts of ours that the other side uses, each driven by one task from beginning to end.

trio forbids that a cancel scope is entered in one task and left in another, and each request of the other
side is served by a task of its own.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import trio

from mosaic_hookspecs.errors import Refused, Unavailable

from ..failures import contained


class _Box:
    """An outcome that one task leaves for another."""

    __slots__ = ("_event", "error", "value")

    def __init__(self) -> None:
        self._event = trio.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def put(self, value: Any = None, error: BaseException | None = None) -> None:
        if not self._event.is_set():
            self.value, self.error = value, error
            self._event.set()

    async def ended(self) -> None:
        await self._event.wait()

    async def take(self) -> Any:
        await self._event.wait()
        if self.error is not None:
            raise self.error
        return self.value


def _stopped() -> Unavailable:
    return Unavailable("stream-ended", "what this came from has ended")


class DrivenStream:
    """Makes one item for each `next`: whoever reads slowly holds the stream back."""

    def __init__(self, items: Any) -> None:
        self._items = items
        self._scope = trio.CancelScope()
        self._wanted, self._wishes = trio.open_memory_channel[_Box](0)
        self._done = trio.Event()
        self._is_driven = False
        self._is_busy = False

    async def next(self, nursery: trio.Nursery) -> tuple[bool, Any]:
        """Return (True, the next item), or (False, None) at the end. Being cancelled ends the stream."""
        if self._is_busy:
            raise Refused("stream-busy", "one item of a stream is asked for at a time")
        if self._done.is_set():
            return False, None
        if not self._is_driven:
            self._is_driven = True
            nursery.start_soon(self._drive)
        box = _Box()
        self._is_busy = True
        try:
            await self._wanted.send(box)
            result: tuple[bool, Any] = await box.take()
        except trio.BrokenResourceError:
            return False, None
        except trio.Cancelled:
            self._scope.cancel()
            raise
        finally:
            self._is_busy = False
        return result

    def abandon(self) -> None:
        """End the stream soon."""
        self._scope.cancel()

    async def end(self) -> None:
        """End the stream, and wait until it has."""
        self._scope.cancel()
        if self._is_driven:
            await self._done.wait()
        elif hasattr(self._items, "aclose"):
            await self._items.aclose()

    async def _drive(self) -> None:
        box = _Box()
        try:
            with self._scope:
                try:
                    async for box in self._wishes:
                        box.put((True, await anext(self._items)))
                except StopAsyncIteration:
                    box.put((False, None))
                except BaseException as error:
                    if contained(error) is None:
                        raise
                    box.put(error=error)
                finally:
                    if hasattr(self._items, "aclose"):
                        await self._items.aclose()
        finally:
            box.put(error=_stopped())
            self._wishes.close()
            self._done.set()


class DrivenContext:
    """An asynchronous context that is entered, and left later."""

    def __init__(self, manager: AbstractAsyncContextManager[Any]) -> None:
        self._manager = manager
        self._scope = trio.CancelScope()
        self._entered = _Box()
        self._left = _Box()
        self._leaving = trio.Event()
        self._reason: Exception | None = None
        self.lent: list[int] = []

    async def enter(self, nursery: trio.Nursery) -> Any:
        """Enter it, and return what it yields."""
        nursery.start_soon(self._drive)
        try:
            return await self._entered.take()
        except trio.Cancelled:
            self._scope.cancel()
            with trio.CancelScope(shield=True):
                await self._left.ended()
            raise

    async def leave(self, error: Exception | None, *, is_cancelled: bool) -> bool:
        """Leave it, with the error that its body raised if one did (or as one that was cancelled is left);
        return whether the error is suppressed.
        """
        self._reason = error
        self._leaving.set()
        if is_cancelled:
            self._scope.cancel()
            await self._left.ended()
            return False
        try:
            return bool(await self._left.take())
        except trio.Cancelled:
            self._scope.cancel()
            with trio.CancelScope(shield=True):
                await self._left.ended()
            raise

    async def _drive(self) -> None:
        try:
            with self._scope:
                async with self._manager as value:
                    self._entered.put(value)
                    await self._leaving.wait()
                    if self._reason is not None:
                        raise self._reason  # noqa: TRY301 - into the context, as its body would
                self._left.put(self._reason is not None)
        except BaseException as error:
            if contained(error) is None:
                raise
            self._entered.put(error=error)
            if error is self._reason:
                self._left.put(value=False)
            else:
                self._left.put(error=error)
        finally:
            self._entered.put(error=_stopped())
            self._left.put(error=_stopped())
