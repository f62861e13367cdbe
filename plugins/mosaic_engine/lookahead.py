"""How many leases to take ahead of free slots: many while attempts end within milliseconds, else none."""

from __future__ import annotations

import attrs
import trio

_FAST_SECONDS = 0.02


@attrs.define(eq=False)
class Lookahead:
    """Doubles `extra`, up to `most`, each time that a whole claim is finished at once; begins with as
    many as there are slots, and falls to nothing when attempts turn slow.
    """

    slots: int
    most: int
    extra: int = 0
    claimed_at: float = 0.0
    was_full: bool = False

    def claimed(self, count: int, limit: int) -> None:
        """Note a claim that was answered with `count` leases of at most `limit`."""
        self.claimed_at, self.was_full = trio.current_time(), count >= limit

    def adapt(self, *, has_backlog: bool) -> None:
        """Adapt to how fast the leases of the newest claim were finished."""
        if trio.current_time() - self.claimed_at > _FAST_SECONDS:
            self.extra = 0
        elif self.was_full and not has_backlog:
            self.extra = min(self.most, max(self.slots, 2 * self.extra))
