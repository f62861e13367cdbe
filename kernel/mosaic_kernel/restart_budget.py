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
        used = self.used(now)
        if used >= self._restarts:
            return None
        self._moments.append(now)
        return used

    def used(self, now: float) -> int:
        """Return how many were taken in the window that ends now."""
        while self._moments and self._moments[0] <= now - self._window:
            self._moments.popleft()
        return len(self._moments)
