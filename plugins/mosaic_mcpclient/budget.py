"""How often a server may fail before it is left alone."""

from __future__ import annotations

from collections import deque

import trio


class FailureBudget:
    """Counts failures in a sliding window."""

    def __init__(self, restarts: int, window_seconds: float) -> None:
        self._restarts = restarts
        self._window_seconds = window_seconds
        self._moments: deque[float] = deque()

    def failed(self) -> None:
        """Count a failure."""
        self._moments.append(trio.current_time())

    @property
    def is_spent(self) -> bool:
        """Whether it has failed more often than it may be started again."""
        while self._moments and self._moments[0] <= trio.current_time() - self._window_seconds:
            self._moments.popleft()
        return len(self._moments) > self._restarts
