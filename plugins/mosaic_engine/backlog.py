"""The backlog: leases that wait for one of this process's slots, and the work through them.

Holds leases only as far as `Lookahead` allows; otherwise a lease comes with its slot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import trio

from .attempt import Attempt
from .lookahead import Lookahead
from .slots import Seat

_STUCK_SECONDS = 1.0


class Backlog:
    """The attempts of one drive that wait for a slot. `start` starts a task of the drive."""

    def __init__(
        self,
        seat: Seat,
        ahead: Lookahead,
        carry_out: Callable[[Attempt], Awaitable[None]],
        start: Callable[..., Any],
    ) -> None:
        self._seat = seat
        self._ahead = ahead
        self._carry_out = carry_out
        self._start = start
        self._attempts: deque[Attempt] = deque()
        self._moved = 0.0

    def __len__(self) -> int:
        """How many wait."""
        return len(self._attempts)

    @property
    def stuck_at(self) -> float:
        """When what waits has waited in vain: a while after any of it was begun."""
        return self._moved + _STUCK_SECONDS if self._attempts else float("inf")

    def add(self, attempts: Sequence[Attempt], slots: int) -> None:
        """Add attempts, and use the slots that were taken for them; those that are too many are given back."""
        if attempts:
            self._moved = trio.current_time()
            self._attempts.extend(attempts)
        used = min(slots, len(self._attempts))
        self._seat.give(slots - used)
        for _ in range(used):
            self._start(self._work)

    def begin(self) -> None:
        """Begin what waits, if it is our turn to take slots."""
        self.add((), self._seat.take(len(self._attempts)))

    def clear(self) -> Sequence[Attempt]:
        """Return what waited in vain."""
        self._ahead.was_wrong()
        attempts = tuple(self._attempts)
        self._attempts.clear()
        return attempts

    async def _work(self) -> None:
        """Carry out what waits, one after the other, in one slot; while it goes slowly, other drives have their
        turn in between.
        """
        try:
            while self._attempts:
                began = self._moved = trio.current_time()
                await self._carry_out(self._attempts.popleft())
                self._ahead.ended(trio.current_time() - began)
                if self._seat.has_rivals and not self._ahead.extra:
                    return
        finally:
            self._seat.give()
