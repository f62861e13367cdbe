"""How often a crashing plugin may be restarted."""

from __future__ import annotations

from collections import deque


class RestartBudget:
    """Counts restarts in a sliding window."""

    def __init__(self, restarts: int, window: float) -> None:
        self._restarts = restarts
        self._window = window
        self._moments: deque[float] = deque()

    def take(self, now: float) -> int | None:
        """Take one restart; return how many were taken before it in the window, or None if it is used
        up.
        """
        while self._moments and self._moments[0] <= now - self._window:
            self._moments.popleft()
        used = len(self._moments)
        if used >= self._restarts:
            return None
        self._moments.append(now)
        return used
