"""What a plugin does wrong while it runs, short of crashing: counted, and kept for the doctor.

A fault is an exception that is no `MosaicError` out of a handler or an interceptor, an interceptor that does
not come to an end, a stall of the event loop, or a flood of notices. Too many in a window count as a crash.
"""

from __future__ import annotations

from collections import deque

import attrs

KEPT = 5
STALLING = "blocking the event loop"
"""What a plugin was doing that is told as a stall."""


@attrs.frozen(kw_only=True)
class Fault:
    """One fault: what the plugin was doing, and what went wrong, with the place."""

    doing: str
    what: str


class Faults:
    """The faults of one plugin."""

    def __init__(self) -> None:
        self.total = 0
        self.stalls = 0
        self.newest: deque[Fault] = deque(maxlen=KEPT)
        self._moments: deque[float] = deque()

    def add(self, fault: Fault) -> None:
        """Keep one."""
        self.total += 1
        self.stalls += fault.doing == STALLING
        self.newest.append(fault)

    def count(self, now: float, window: float) -> int:
        """Count one that happened now; return how many there were in the window that ends now."""
        self._moments.append(now)
        while self._moments and self._moments[0] <= now - window:
            self._moments.popleft()
        return len(self._moments)

    def forgive(self) -> None:
        """Begin to count anew, as a new generation does; the total and the newest stay known."""
        self._moments.clear()
