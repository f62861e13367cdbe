"""Interceptors around handlers, each contained: what one does wrong is its plugin's fault, and nobody else's.

Owns what becomes of a call when an interceptor raises what is no `MosaicError`, or does not come to an end:
the stages that protect (authorize, quota, audit) refuse the call; the others (metrics, trace) are passed
over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import attrs
import trio

from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.operations import Call, InterceptorSpec

from .failures import contained
from .own_time import Guard
from .seats import Seat

Invoke = Callable[[Call, Any, Guard], Awaitable[Any]]


class OnFault(Protocol):
    """Told of a plugin's fault: the plugin, what it was doing, and what it raised; and whether it counts for
    the generation that serves.
    """

    def __call__(self, plugin: str, doing: str, error: BaseException, /, *, counts: bool = True) -> None:
        """Take note of it."""


def ignore_fault(plugin: str, doing: str, error: BaseException, /, *, counts: bool = True) -> None:
    """Take no note of a fault."""


PROTECTING = frozenset({"authorize", "quota", "audit"})


@attrs.frozen(kw_only=True)
class Intercepting:
    """One interceptor as it stands around calls now: whose it is, and the seat that counts it."""

    owner: str
    spec: InterceptorSpec
    seat: Seat
    on_fault: OnFault

    def around(self, following: Invoke) -> Invoke:
        """Return `following` with this interceptor around it."""
        interceptor = self.spec.interceptor

        async def invoke(call: Call, data: Any, guard: Guard) -> Any:
            seat_in_use = self.seat
            if seat_in_use.error is not None:
                return await self._without(call, data, guard, following)
            inner = Inner(self, call, data, guard, following)
            # What moves may last as long as it likes, and must not keep this plugin from being replaced.
            is_counted = not call.operation.moves
            seat_in_use.in_flight += is_counted
            try:
                guard.inner, guard.is_own = inner, True
                return await interceptor(call, data, inner.proceed)
            except MosaicError:
                raise
            except BaseException as raised:
                error = contained(raised)
                if error is None or raised is inner.error:
                    raise
                return await self.failed(inner, error)
            finally:
                if is_counted:
                    seat_in_use.leave()

        return invoke

    async def failed(self, inner: Inner, error: Exception) -> Any:
        """Go on with a call after this interceptor has failed: return or raise what the caller gets."""
        stage, operation = self.spec.stage, inner.call.operation.name
        self.on_fault(self.owner, f"interceptor ({stage}) of {operation}", error, counts=not self.seat.is_left)
        if stage in PROTECTING:
            raise Unavailable(
                "interceptor-failed",
                f"the {stage} interceptor of plugin {self.owner!r} failed, so the call is refused",
                where=operation,
                got=f"{type(error).__name__}: {error}",
                hint=f"Mend it, and `mosaic plugins reload {self.owner}`.",
            ) from error
        if inner.error is not None:
            raise inner.error
        if inner.has_returned:
            return inner.result
        if inner.has_begun:
            # It was cut short, so nobody knows how far it came: it is not made twice.
            raise Unavailable(
                "interceptor-failed",
                f"the {stage} interceptor of plugin {self.owner!r} failed after it had cut the call short",
                where=operation,
                got=f"{type(error).__name__}: {error}",
                hint=f"Mend it, and `mosaic plugins reload {self.owner}`.",
            ) from error
        return await inner.proceed(inner.data)

    async def _without(self, call: Call, data: Any, guard: Guard, following: Invoke) -> Any:
        # The plugin is not running. What it protected stays protected.
        if self.spec.stage in PROTECTING:
            self.seat.require()
        return await following(call, data, guard)


class Inner:
    """What one interceptor stands around in one call, and what became of that."""

    __slots__ = ("_following", "_guard", "call", "data", "error", "has_begun", "has_returned", "result", "step")

    def __init__(self, step: Intercepting, call: Call, data: Any, guard: Guard, following: Invoke) -> None:
        self.step = step
        self.call = call
        self.data = data
        self._guard = guard
        self._following = following
        self.error: Exception | None = None
        self.has_begun = False
        self.has_returned = False
        self.result: Any = None

    async def proceed(self, data: Any) -> Any:
        """Go on to the next interceptor, or to the handler."""
        guard = self._guard
        guard.turns += 1
        guard.is_own = False
        self.has_begun = True
        try:
            self.result = await self._following(self.call, data, guard)
        except Exception as error:
            self.error = error
            raise
        finally:
            guard.turns += 1
            guard.inner, guard.is_own = self, True
        self.has_returned = True
        return self.result


async def guarded(first: Invoke, call: Call, data: Any, guard: Guard) -> Any:
    """Await a call with interceptors. One that does not come to an end is cancelled, and counts as failed."""
    with trio.CancelScope() as scope:
        guard.begin(scope)
        try:
            return await first(call, data, guard)
        finally:
            guard.end()
    inner: Inner = guard.inner
    return await inner.step.failed(inner, TimeoutError(f"no end within {guard.seconds:g} s"))
