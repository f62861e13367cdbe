"""How long interceptors take for their own part of a call, and the end of those that take too long.

Owns one task, which looks now and then while there are calls with interceptors, and is not there otherwise:
a deadline for each call would cost more than the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio

_LOOKS = 4


class Guard:
    """One call with interceptors: in which of them it is, if in any; handlers take what time they like.

    `turns` counts how often it went in and out, so that a look can tell whether it has moved since the last
    one, and nothing need ask for the time meanwhile.
    """

    __slots__ = ("_scope", "_seen", "_seen_at", "_watch", "inner", "is_own", "turns")

    def __init__(self, watch: OwnTime) -> None:
        self._watch = watch
        self._scope: trio.CancelScope | None = None
        self._seen = -1
        self._seen_at = 0.0
        self.turns = 0
        self.is_own = False
        self.inner: Any = None

    @property
    def seconds(self) -> float:
        """How long an interceptor may take for its own part."""
        return self._watch.seconds

    def begin(self, scope: trio.CancelScope) -> None:
        """Be watched."""
        self._scope = scope
        self._watch.add(self)

    def end(self) -> None:
        """Be watched no more."""
        self._watch.remove(self)

    def look(self, now: float, seconds: float) -> None:
        """Cancel the call if an interceptor has taken too long."""
        if self._seen != self.turns:
            self._seen, self._seen_at = self.turns, now
        elif self.is_own and now - self._seen_at >= seconds and self._scope is not None:
            self._scope.cancel()


class OwnTime:
    """Watches the guards of one kernel; `start_soon` runs a task in its nursery."""

    def __init__(self, start_soon: Callable[..., None] | None, seconds: float) -> None:
        self.seconds = seconds
        self._start_soon = start_soon
        self._guards: set[Guard] = set()
        self._is_looking = False

    def add(self, guard: Guard) -> None:
        """Watch a call."""
        self._guards.add(guard)
        if not self._is_looking and self._start_soon is not None:
            self._is_looking = True
            self._start_soon(self._look)

    def remove(self, guard: Guard) -> None:
        """Watch it no more."""
        self._guards.discard(guard)

    async def _look(self) -> None:
        try:
            while self._guards:
                await trio.sleep(self.seconds / _LOOKS)
                now = trio.current_time()
                for guard in tuple(self._guards):
                    guard.look(now, self.seconds)
        finally:
            self._is_looking = False
