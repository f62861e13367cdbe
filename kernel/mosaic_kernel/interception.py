"""Interceptors around handlers, each contained: what one does wrong is its plugin's fault, and nobody else's.

Owns what becomes of a call when an interceptor raises what is no `MosaicError`, or does not come to an end:
the stages that protect (authorize, quota, audit) refuse the call; the others (metrics, trace) are passed
over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import attrs
import trio

from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.operations import Call, InterceptorSpec

from .seats import Seat

Invoke = Callable[[Call, Any], Awaitable[Any]]
OnFault = Callable[[str, str, Exception], None]
"""Told of a plugin's fault: the plugin, what it was doing, and what it raised."""


def ignore_fault(plugin: str, doing: str, error: Exception) -> None:
    """Take no note of a fault."""


PROTECTING = frozenset({"authorize", "quota", "audit"})


@attrs.frozen(kw_only=True)
class Intercepting:
    """One interceptor as it stands around calls now: whose it is, and the seat that counts it."""

    owner: str
    spec: InterceptorSpec
    seat: Seat
    seconds: float
    on_fault: OnFault

    def around(self, following: Invoke) -> Invoke:
        """Return `following` with this interceptor around it."""
        interceptor = self.spec.interceptor

        async def invoke(call: Call, data: Any) -> Any:
            seat_in_use = self.seat
            if seat_in_use.error is not None:
                return await self._refused(call, data, following)
            inner = _Inner(partial(following, call), self.seconds)
            seat_in_use.in_flight += 1
            try:
                with inner.scope:
                    return await interceptor(call, data, inner.proceed)
            except MosaicError:
                raise
            except Exception as error:
                if error is inner.error:
                    raise
                return await self._failed(call, data, inner, error)
            finally:
                seat_in_use.leave()
            return await self._failed(call, data, inner, TimeoutError(f"no end within {self.seconds:g} s"))

        return invoke

    async def _failed(self, call: Call, data: Any, inner: _Inner, error: Exception) -> Any:
        stage = self.spec.stage
        self.on_fault(self.owner, f"interceptor ({stage}) of {call.operation.name}", error)
        if stage in PROTECTING:
            raise Unavailable(
                "interceptor-failed",
                f"the {stage} interceptor of plugin {self.owner!r} failed, so the call is refused",
                where=call.operation.name,
                got=f"{type(error).__name__}: {error}",
                hint=f"Mend it, and `mosaic plugins reload {self.owner}`.",
            ) from error
        if inner.error is not None:
            raise inner.error
        if inner.has_returned:
            return inner.result
        return await inner.proceed(data)

    async def _refused(self, call: Call, data: Any, following: Invoke) -> Any:
        # The plugin is not running. What it protected stays protected.
        if self.spec.stage in PROTECTING:
            self.seat.require()
        return await following(call, data)


class _Inner:
    """What an interceptor stands around; its own time is bounded, that of what is inside is not."""

    __slots__ = ("_following", "_seconds", "error", "has_returned", "result", "scope")

    def __init__(self, following: Callable[[Any], Awaitable[Any]], seconds: float) -> None:
        self._following = following
        self._seconds = seconds
        self.scope = trio.CancelScope(deadline=trio.current_time() + seconds)
        self.error: Exception | None = None
        self.has_returned = False
        self.result: Any = None

    async def proceed(self, data: Any) -> Any:
        self.scope.deadline = float("inf")
        try:
            self.result = await self._following(data)
        except Exception as error:
            self.error = error
            raise
        finally:
            self.scope.deadline = trio.current_time() + self._seconds
        self.has_returned = True
        return self.result
