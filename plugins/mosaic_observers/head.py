"""How far the log goes, as one process knows it, and waiting for it to grow."""

from __future__ import annotations

import trio


class Head:
    """The newest event's number, for any number of waiting feeds."""

    def __init__(self, sequence: int) -> None:
        self._sequence = sequence
        self._moved = trio.Event()

    @property
    def sequence(self) -> int:
        """The newest event's number."""
        return self._sequence

    def move(self, sequence: int) -> None:
        """Say what it is now, and wake who waits."""
        self._sequence = sequence
        self._moved.set()
        self._moved = trio.Event()

    async def beyond(self, sequence: int) -> None:
        """Wait until there is an event after `sequence`."""
        while self._sequence <= sequence:
            await self._moved.wait()
