"""The clock that a test owns."""

from __future__ import annotations

import trio
from trio.testing import MockClock

__all__ = ["ControlledClock"]

_START = 1_700_000_000_000


class ControlledClock:
    """Stands still until it is advanced; fits ``Kernel(clock=…)`` and `mosaic_hookspecs.Clock`.

    In a test with trio's mock clock (pytest-trio's `mock_clock` or `autojump_clock`) both are one: `advance`
    moves trio's time too, and wakes what sleeps, and this clock moves while the test sleeps.
    """

    def __init__(self, start: int = _START) -> None:
        self._own = start

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""
        mock = _mock_clock()
        return self._own + (round(mock.current_time() * 1000) if mock is not None else 0)

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ValueError: `seconds` is negative: time does not go back.
        """
        if seconds < 0:
            raise ValueError(f"time does not go back: advance({seconds!r})")
        mock = _mock_clock()
        if mock is None:
            self._own += round(seconds * 1000)
        else:
            mock.jump(seconds)


def _mock_clock() -> MockClock | None:
    try:
        clock = trio.lowlevel.current_clock()
    except RuntimeError:  # outside of a run
        return None
    return clock if isinstance(clock, MockClock) else None
