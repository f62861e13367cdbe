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
    """`held` attempts are under way; `samples` has of each of the newest acceptances the milliseconds of work
    since the one before, and the estimated minutes of the task (None: there is no estimate).
    """

    held: int = 0
    samples: deque[tuple[int, int | None]] = attrs.field(factory=lambda: deque(maxlen=RECENT))
    _worked: int = 0
    _since: int = 0
    _until: int = 0

    def lease(self, until: int) -> None:
        """Hear how long a lease lasts."""
        self._until = max(self._until, until)

    def hold(self, at: int, more: int) -> None:
        """Hear that so many more attempts are under way."""
        self._pass(at)
        self.held += more

    def accept(self, at: int, minutes: int | None) -> None:
        """Hear of an acceptance."""
        self._pass(at)
        self.samples.append((self._worked, minutes))
        self._worked = 0

    def _pass(self, at: int) -> None:
        if self.held:
            self._worked += max(0, min(at, self._until) - self._since)
        self._since = at
