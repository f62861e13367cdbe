"""How often a live stream says something: at once after a silence, then not more often than this."""

from __future__ import annotations

import trio

GAP_SECONDS = 0.05


class Pace:
    """Keeps a stream's turns apart. No timer runs while nobody waits for a turn."""

    def __init__(self, seconds: float = GAP_SECONDS) -> None:
        self._seconds = seconds
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next turn may begin."""
        await trio.sleep_until(self._next)
        self._next = trio.current_time() + self._seconds
