"""Slots: how many attempts one process makes at once, over everything that it drives."""

from __future__ import annotations

from collections.abc import Callable

import trio


class Slots:
    """Counts free slots, and tells who wants one when one becomes free. `verifying` bounds how many attempts
    that were made elsewhere, and took no slot, are verified here at once.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.free = total
        self.verifying = trio.CapacityLimiter(total)
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever a slot becomes free; return the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def take(self) -> bool:
        """Take a slot; false if none is free."""
        if self.free <= 0:
            return False
        self.free -= 1
        return True

    def give(self) -> None:
        """Give a slot back."""
        self.free += 1
        for listener in self._listeners:
            listener()
