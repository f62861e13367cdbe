"""Paces: how fast work was accepted while somebody was at work, from the newest acceptances.

Time in which no attempt was under way counts for nothing, nor does what passed after the last lease ran out
(a worker that died at night did not work until morning).
"""

from __future__ import annotations

from collections import deque

import attrs

RECENT = 200
"""From how many acceptances a pace is told."""


@attrs.define
class Pace:
    """`held` attempts are under way, `clock` is how many milliseconds were worked so far. `samples` has of each
    of the newest acceptances the milliseconds of work since the one before, the estimated minutes of the task
    (None: there is no estimate), and the milliseconds of work from its first claim on.
    """

    held: int = 0
    clock: int = 0
    samples: deque[tuple[int, int | None, int]] = attrs.field(factory=lambda: deque(maxlen=RECENT))
    _last: int = 0
    _since: int = 0
    _until: int = 0

    @property
    def usual(self) -> int:
        """The mean of the estimates, in minutes; 0 where there is none."""
        known = [minutes for _, minutes, _ in self.samples if minutes is not None]
        return round(sum(known) / len(known)) if known else 0

    def lease(self, until: int) -> None:
        """Hear how long a lease lasts."""
        self._until = max(self._until, until)

    def hold(self, at: int, more: int) -> None:
        """Hear that so many more attempts are under way."""
        self.pass_to(at)
        self.held += more

    def accept(self, at: int, minutes: int | None, took: int) -> None:
        """Hear of an acceptance."""
        self.pass_to(at)
        self.samples.append((self.clock - self._last, minutes, took))
        self._last = self.clock

    def pass_to(self, at: int) -> None:
        """Bring `clock` up to a moment."""
        if self.held:
            self.clock += max(0, min(at, self._until) - self._since)
        self._since = at
