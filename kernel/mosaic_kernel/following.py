"""Following a stream over the generations of its plugin.

Owns when a follower leaves the old generation, and where it goes on: where the operation says so
(`Operation.resume`), after the last item that was delivered, with none lost and none repeated.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.operations import Call

from .failures import contained
from .interception import OnFault
from .registry import Entry, decode_input
from .seats import MOVED, Seat

_END = object()


async def follow_entry(
    current: Callable[[], Entry], data: Any, call: Call, on_fault: OnFault
) -> AsyncGenerator[Any, None]:
    """Yield the items of the stream that `current` returns, and of those that take its place."""
    while True:
        entry = current()
        operation, seat = entry.operation, entry.seat
        if type(data) is not operation.input:
            data = decode_input(entry, data)
        next_item = _movable if operation.resume is not None else _lasting
        handler: Any = operation.handler
        async with _counted(entry), aclosing(handler(data, call)) as items:
            while True:
                with _told(entry, seat, on_fault):
                    item = await next_item(seat, items)
                if item is _END:
                    return
                if item is MOVED:
                    break
                if operation.resume is not None:
                    data = operation.resume(data, item)
                yield item
        if operation.resume is None:
            raise Unavailable(
                "stream-ended",
                f"the stream {operation.name!r} was ended, since plugin {entry.owner!r} was replaced",
                hint="Follow it again.",
            )


@contextmanager
def _told(entry: Entry, seat: Seat, on_fault: OnFault) -> Iterator[None]:
    """Contain what a stream raises that is no `MosaicError`: it is its plugin's fault."""
    try:
        yield
    except (MosaicError, OSError):
        raise
    except BaseException as raised:
        if contained(raised) is None:
            raise
        on_fault(entry.owner, entry.operation.name, raised, counts=not seat.is_left)
        raise Unavailable(
            "operation-failed",
            f"plugin {entry.owner!r} failed in the stream {entry.operation.name!r}",
            got=f"{type(raised).__name__}: {raised}",
        ) from raised


@asynccontextmanager
async def _counted(entry: Entry) -> AsyncIterator[None]:
    """Count a stream that cannot go on elsewhere, so that the end of its generation waits for it."""
    if entry.operation.resume is not None:
        yield
        return
    entry.seat.streams += 1
    try:
        yield
    finally:
        entry.seat.leave_stream()


async def _pull(items: Any) -> Any:
    try:
        return await items.__anext__()
    except StopAsyncIteration:
        return _END


async def _movable(seat: Seat, items: Any) -> Any:
    if seat.is_left:
        return MOVED
    return await seat.movable(lambda: _pull(items))


async def _lasting(seat: Seat, items: Any) -> Any:
    if seat.is_cut:
        return MOVED
    with seat.lasting():
        return await _pull(items)
    return MOVED
