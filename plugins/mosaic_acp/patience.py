"""How long an agent may be silent before it counts as hung."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Patience:
    """A scope that is cancelled after a time without a sign of life. While Mosaic itself makes the agent wait,
    by a command or by a question to a person, silence does not count.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pauses = 0
        self.scope = trio.CancelScope()

    def heard(self) -> None:
        """Note a sign of life."""
        if not self._pauses:
            self.scope.deadline = trio.current_time() + self._seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count for the length of the block."""
        self._pauses += 1
        self.scope.deadline = float("inf")
        try:
            yield
        finally:
            self._pauses -= 1
            self.heard()
