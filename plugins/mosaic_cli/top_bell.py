"""A bell that somebody waits for: however often it rang meanwhile, it wakes once."""

from __future__ import annotations

import trio


class Bell:
    """Rings for the one that listens."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def ring(self) -> None:
        """Wake who listens, now or when it comes back."""
        self._event.set()

    async def listen(self) -> None:
        """Wait until it has rung since the last time."""
        await self._event.wait()
        self._event = trio.Event()
