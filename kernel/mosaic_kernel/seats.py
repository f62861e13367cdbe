"""Seats: one provider each, and the calls in flight on it.

Owns the counting, so that a seat can be held (new calls wait, those in flight end), drained, and left by
calls that last and go on with the next provider. Nothing here keeps an old provider alive.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import attrs
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


@attrs.frozen
class Gate:
    """Stands before a seat that is held: calls of `names` (None: all) wait until it is `opened`."""

    names: frozenset[str] | None = None
    opened: trio.Event = attrs.field(factory=trio.Event)

    def holds(self, name: str) -> bool:
        """Whether a call of this method has to wait."""
        return self.names is None or name in self.names


MOVED = object()
"""What a call that was ended because its seat is left returns instead of a result."""


class Seat:
    """One provider (or why there is none), and how many calls are in flight on it.

    `writing` counts those in flight that change what a port's provider keeps, `streams` the streams that
    cannot go on elsewhere. Calls that move are counted in none of them. `inside` holds the tasks that are
    inside of a context or an iterator of the provider, of which no frame tells.
    """

    __slots__ = (
        "_lasting",
        "_moving",
        "_someone_left",
        "bound",
        "error",
        "gate",
        "in_flight",
        "inside",
        "is_cut",
        "is_left",
        "provider",
        "streams",
        "writing",
    )

    def __init__(self, provider: Any = None, *, error: MosaicError | None = None) -> None:
        self.provider = provider
        self.error = error
        self.bound: dict[str, Any] = _Bound(provider) if error is None else _Closed(error)
        self.in_flight = 0
        self.writing = 0
        self.streams = 0
        self.inside: dict[object, int] = {}
        self.gate: Gate | None = None
        self.is_left = False
        self.is_cut = False
        self._someone_left: trio.Event | None = None
        self._moving: set[trio.CancelScope] = set()
        self._lasting: set[trio.CancelScope] = set()

    def require(self) -> None:
        """Raise what keeps this seat empty, if it is."""
        if self.error is not None:
            raise copy.copy(self.error)

    def leave(self) -> None:
        """Say that a call which had added to `in_flight` has ended."""
        self.in_flight -= 1
        if self._someone_left is not None:
            self._someone_left.set()

    def enter_with(self, task: object) -> None:
        """Count a context or an iterator, and who is inside of it."""
        self.in_flight += 1
        self.inside[task] = self.inside.get(task, 0) + 1

    def leave_with(self, task: object) -> None:
        """Say that what was counted by `enter_with` has ended."""
        left = self.inside.pop(task) - 1
        if left:
            self.inside[task] = left
        self.leave()

    def leave_writing(self) -> None:
        """Say that a call which had added to `in_flight` and to `writing` has ended."""
        self.writing -= 1
        self.leave()

    def leave_stream(self) -> None:
        """Say that a stream which had added to `streams` has ended."""
        self.streams -= 1
        if self._someone_left is not None:
            self._someone_left.set()

    async def drain(self, seconds: float) -> bool:
        """Wait until nothing is in flight, at most so long; return whether that came true."""
        return await self._until(lambda: not (self.in_flight or self.streams), seconds)

    def close(self, names: frozenset[str] | None) -> None:
        """Let new calls of `names` (None: of every method that is counted) wait until `release`."""
        if self.gate is None:
            self.gate = Gate(names)

    async def quiet(self, names: frozenset[str] | None, seconds: float) -> bool:
        """Wait until none of those is in flight, at most so long; return whether that came true."""
        if names is None:
            return await self._until(lambda: not self.in_flight, seconds)
        return await self._until(lambda: not self.writing, seconds)

    def release(self) -> None:
        """Let those that wait go on, to whatever seat is in place now."""
        gate, self.gate = self.gate, None
        if gate is not None:
            gate.opened.set()

    async def movable(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Await a call that moves: return its result, or `MOVED` if it must be made again elsewhere."""
        with trio.CancelScope() as scope:
            self._moving.add(scope)
            try:
                result = await call()
            except Exception:
                if self.is_left:
                    return MOVED  # whatever it failed with, the next provider is asked
                raise
            finally:
                self._moving.discard(scope)
        return MOVED if self.is_left else result

    def lasting(self) -> _Lasting:
        """Return a context for a step of something that is cut short only when the time to drain is up;
        `trio.CancelScope.cancelled_caught` of what it yields says that it was.
        """
        return _Lasting(self._lasting)

    def move_calls(self) -> None:
        """End the calls that move."""
        self.is_left = True
        for scope in tuple(self._moving):
            scope.cancel()

    def cut_short(self) -> None:
        """End what lasts."""
        self.is_cut = True
        for scope in tuple(self._lasting):
            scope.cancel()

    async def _until(self, is_reached: Callable[[], bool], seconds: float) -> bool:
        with trio.move_on_after(seconds):
            while not is_reached():
                if self._someone_left is None or self._someone_left.is_set():
                    self._someone_left = trio.Event()
                await self._someone_left.wait()
        return is_reached()


class _Lasting:
    """See `Seat.lasting`."""

    __slots__ = ("_scope", "_scopes")

    def __init__(self, scopes: set[trio.CancelScope]) -> None:
        self._scopes = scopes
        self._scope = trio.CancelScope()

    def __enter__(self) -> trio.CancelScope:
        self._scopes.add(self._scope)
        return self._scope.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._scopes.discard(self._scope)
        return bool(self._scope.__exit__(kind, error, trace))
