"""Stable handles over providers.

A `Handle` stands for whichever provider is in its seat now; putting another seat under it leaves every
handle good. Calls of coroutine functions, and contexts and iterators that are asynchronous, are counted
while they last, so that a seat can be held and drained.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any

import trio

from mosaic_hookspecs.ports import PortSpec

from .nesting import is_inside
from .seats import MOVED, Seat


class Handle:
    """Stands for a provider: attributes and calls go to whichever is in the seat now."""

    def __init__(self, label: str, seat: Seat, spec: PortSpec | None = None) -> None:
        self._mosaic_label = label
        self._mosaic_seat = seat
        self._mosaic_spec = spec or PortSpec(name=label, contract="1.0")

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


def seat_of(handle: Handle) -> Seat:
    """Return the seat that a handle leads to now."""
    return handle._mosaic_seat  # noqa: SLF001 - the handle's public names are its provider's


def swap(handle: Handle, seat: Seat) -> Seat:
    """Put another seat under a handle, at once; return the old one, for `Seat.drain`."""
    old = handle._mosaic_seat  # noqa: SLF001 - as above
    for name in [name for name in handle.__dict__ if not name.startswith("_mosaic_")]:
        del handle.__dict__[name]
    handle._mosaic_seat = seat  # noqa: SLF001 - as above
    return old


def _forwarder(handle: Handle, name: str, value: Any) -> Callable[..., Any] | None:
    if not callable(value):
        return None
    spec = handle._mosaic_spec  # noqa: SLF001 - as above
    if inspect.isasyncgenfunction(value):
        return _forward_items(handle, name)
    if name in spec.moves:
        return _forward_moving(handle, name)
    if spec.writes is not None and name in spec.writes:
        # Whatever the decorators have made of it.
        return _forward_writing(handle, name)
    if inspect.iscoroutinefunction(value):
        return _forward_async(handle, name)
    return _forward_plain(handle, name)


async def _admit(handle: Handle, name: str) -> Seat:
    """Wait at the gate of a held seat; return the seat that is in place then."""
    seat = seat_of(handle)
    while seat.gate is not None and seat.gate.holds(name) and not is_inside(seat):
        await seat.gate.opened.wait()
        seat = seat_of(handle)
    return seat


def _forward_async(handle: Handle, name: str) -> Callable[..., Any]:
    async def forward_async(*args: Any, **kwargs: Any) -> Any:
        seat = handle._mosaic_seat  # noqa: SLF001 - as above
        seat_in_use = seat if seat.gate is None else await _admit(handle, name)
        call = seat_in_use.bound[name]
        seat_in_use.in_flight += 1
        try:
            return await call(*args, **kwargs)
        finally:
            seat_in_use.leave()

    return forward_async


def _forward_writing(handle: Handle, name: str) -> Callable[..., Any]:
    async def forward_writing(*args: Any, **kwargs: Any) -> Any:
        seat = handle._mosaic_seat  # noqa: SLF001 - as above
        seat_in_use = seat if seat.gate is None else await _admit(handle, name)
        call = seat_in_use.bound[name]
        seat_in_use.in_flight += 1
        seat_in_use.writing += 1
        try:
            return await call(*args, **kwargs)
        finally:
            seat_in_use.leave_writing()

    return forward_writing


def _forward_moving(handle: Handle, name: str) -> Callable[..., Any]:
    async def forward_moving(*args: Any, **kwargs: Any) -> Any:
        while True:
            seat = seat_of(handle)
            call = seat.bound[name]
            result = await seat.movable(lambda call=call: call(*args, **kwargs))  # type: ignore[misc]
            if result is not MOVED:
                return result

    return forward_moving


def _forward_items(handle: Handle, name: str) -> Callable[..., Any]:
    async def forward_items(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        seat = seat_of(handle)
        seat_in_use = seat if seat.gate is None else await _admit(handle, name)
        items = seat_in_use.bound[name](*args, **kwargs)
        task = trio.lowlevel.current_task()
        seat_in_use.enter_with(task)
        try:
            async for item in items:
                yield item
        finally:
            try:
                await items.aclose()
            finally:
                seat_in_use.leave_with(task)

    return forward_items


def _forward_plain(handle: Handle, name: str) -> Callable[..., Any]:
    def forward(*args: Any, **kwargs: Any) -> Any:
        seat = handle._mosaic_seat  # noqa: SLF001 - as above
        result = seat.bound[name](*args, **kwargs)
        made = _Made(handle, name, seat, result, lambda seat: seat.bound[name](*args, **kwargs))
        if inspect.iscoroutine(result):
            return _counted(made)
        if hasattr(type(result), "__aenter__"):
            return _CountedContext(made)
        return result

    return forward


class _Made:
    """What a plain method returned, before it is awaited or entered; made anew if it is another's by then."""

    __slots__ = ("_again", "_handle", "_name", "_seat", "result")

    def __init__(
        self, handle: Handle, name: str, seat: Seat, result: Any, again: Callable[[Seat], Any]
    ) -> None:
        self._handle = handle
        self._name = name
        self._seat = seat
        self._again = again
        self.result = result

    async def settle(self) -> Seat:
        """Wait at the gate; return the seat that is in place then, and that `result` is of."""
        if self._seat.gate is not None or seat_of(self._handle) is not self._seat:
            seat = await _admit(self._handle, self._name)
            if seat is not self._seat:
                if inspect.iscoroutine(self.result):
                    self.result.close()
                self._seat, self.result = seat, self._again(seat)
        return self._seat


async def _counted(made: _Made) -> Any:
    seat_in_use = await made.settle()
    seat_in_use.in_flight += 1
    try:
        return await made.result
    finally:
        seat_in_use.leave()


class _CountedContext:
    """An asynchronous context whose body counts as a call in flight."""

    __slots__ = ("_made", "_seat", "_task")

    def __init__(self, made: _Made) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made.result, name)

    async def __aenter__(self) -> Any:
        self._seat = await self._made.settle()
        self._task = trio.lowlevel.current_task()
        self._seat.enter_with(self._task)
        try:
            return await self._made.result.__aenter__()
        except BaseException:
            self._seat.leave_with(self._task)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        try:
            return await self._made.result.__aexit__(kind, error, trace)
        finally:
            self._seat.leave_with(self._task)
