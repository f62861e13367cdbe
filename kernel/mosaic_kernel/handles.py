"""Stable handles over providers, and the seats that the providers sit in.

A `Handle` stands for whichever provider is in its seat now; swapping the seat leaves every handle
good. Calls of coroutine functions, and contexts and iterators that are asynchronous, are counted while
they last, so that a seat can be drained. Nothing here keeps an old provider alive.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any

import trio

from mosaic_hookspecs.errors import MosaicError


class _Bound(dict[str, Any]):
    """Attributes of a provider, each looked up once."""

    def __init__(self, provider: Any) -> None:
        super().__init__()
        self.provider = provider

    def __missing__(self, name: str) -> Any:
        value = self[name] = getattr(self.provider, name)
        return value


class _Closed(dict[str, Any]):
    """Raises what keeps an empty seat empty."""

    def __init__(self, error: MosaicError) -> None:
        super().__init__()
        self.error = error

    def __missing__(self, name: str) -> Any:
        # A copy: one error raised in many tasks would gather all their tracebacks.
        raise copy.copy(self.error)


class Seat:
    """One provider (or why there is none), and how many calls are in flight on it."""

    __slots__ = ("_drained", "bound", "error", "in_flight", "provider")

    def __init__(self, provider: Any = None, *, error: MosaicError | None = None) -> None:
        self.provider = provider
        self.error = error
        self.bound: dict[str, Any] = _Bound(provider) if error is None else _Closed(error)
        self.in_flight = 0
        self._drained: trio.Event | None = None

    def require(self) -> None:
        """Raise what keeps this seat empty, if it is."""
        if self.error is not None:
            raise copy.copy(self.error)

    def leave(self) -> None:
        """Say that a call which had added to `in_flight` has ended."""
        self.in_flight -= 1
        if self._drained is not None and not self.in_flight:
            self._drained.set()

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing is in flight, at most so long; return whether that came true."""
        if not self.in_flight:
            return True
        if self._drained is None or self._drained.is_set():
            self._drained = trio.Event()
        with trio.move_on_after(seconds):
            await self._drained.wait()
        return not self.in_flight


class Handle:
    """Stands for a provider: attributes and calls go to whichever is in the seat now."""

    def __init__(self, label: str, seat: Seat) -> None:
        self._mosaic_label = label
        self._mosaic_seat = seat

    def __repr__(self) -> str:
        return f"<handle {self._mosaic_label}: {self._mosaic_seat.provider!r}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._mosaic_seat.bound[name]
        forward = _forwarder(self, name, value)
        if forward is None:
            # Not a method: it may change, so the next look goes to the provider again.
            self._mosaic_seat.bound.pop(name, None)
            return value
        self.__dict__[name] = forward
        return forward


def swap(handle: Handle, seat: Seat) -> Seat:
    """Put another seat under a handle, at once; return the old one, for `Seat.drain`."""
    old = handle._mosaic_seat  # noqa: SLF001 - the handle's public names are its provider's
    for name in [name for name in handle.__dict__ if not name.startswith("_mosaic_")]:
        del handle.__dict__[name]
    handle._mosaic_seat = seat  # noqa: SLF001 - as above
    return old


def _forwarder(handle: Handle, name: str, value: Any) -> Callable[..., Any] | None:
    if not callable(value):
        return None
    if inspect.iscoroutinefunction(value):

        async def forward_async(*args: Any, **kwargs: Any) -> Any:
            seat = handle._mosaic_seat  # noqa: SLF001 - as above
            call = seat.bound[name]
            seat.in_flight += 1
            try:
                return await call(*args, **kwargs)
            finally:
                seat.leave()

        return forward_async
    if inspect.isasyncgenfunction(value):

        async def forward_items(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            seat = handle._mosaic_seat  # noqa: SLF001 - as above
            items = seat.bound[name](*args, **kwargs)
            seat.in_flight += 1
            try:
                async for item in items:
                    yield item
            finally:
                try:
                    await items.aclose()
                finally:
                    seat.leave()

        return forward_items

    def forward(*args: Any, **kwargs: Any) -> Any:
        seat = handle._mosaic_seat  # noqa: SLF001 - as above
        result = seat.bound[name](*args, **kwargs)
        if inspect.iscoroutine(result):
            return _counted(seat, result)
        if hasattr(type(result), "__aenter__"):
            return _CountedContext(seat, result)
        return result

    return forward


async def _counted(seat: Seat, awaitable: Any) -> Any:
    seat.in_flight += 1
    try:
        return await awaitable
    finally:
        seat.leave()


class _CountedContext:
    """An asynchronous context whose body counts as a call in flight."""

    __slots__ = ("_context", "_seat")

    def __init__(self, seat: Seat, context: Any) -> None:
        self._seat = seat
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def __aenter__(self) -> Any:
        self._seat.in_flight += 1
        try:
            return await self._context.__aenter__()
        except BaseException:
            self._seat.leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        try:
            return await self._context.__aexit__(kind, error, trace)
        finally:
            self._seat.leave()
