"""Slots: how many attempts one process makes at once, over everything that it drives.

Owns who gets a slot next. Drives take turns: who finds none free stands in line, and only the first is woken
and served. A slot is taken before the task for it is claimed, so no two drives hold leases for the same slot.
"""

from __future__ import annotations

from collections.abc import Callable

import trio


class Slots:
    """Counts free slots. `verifying` bounds how many attempts that were made elsewhere, and took no slot, are
    verified here at once.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.free = total
        self.verifying = trio.CapacityLimiter(total)
        self._line: dict[Seat, None] = {}

    def seat(self, poke: Callable[[], None]) -> Seat:
        """Return a seat for one drive; `poke` is called whenever it is its turn."""
        return Seat(self, self._line, poke)


class Seat:
    """The slots of one drive, and its place in the line for more."""

    def __init__(self, slots: Slots, line: dict[Seat, None], poke: Callable[[], None]) -> None:
        self._slots = slots
        self._line = line
        self._poke = poke
        self._taken = 0

    @property
    def is_waiting(self) -> bool:
        """Whether it stands in the line."""
        return self in self._line

    @property
    def has_rivals(self) -> bool:
        """Whether other drives stand in the line."""
        return len(self._line) > self.is_waiting

    @property
    def is_next(self) -> bool:
        """Whether a slot is free, and nobody stands before it."""
        return self._slots.free > 0 and next(iter(self._line), self) is self

    def take(self, most: int) -> int:
        """Take up to `most` slots, and return how many: if it is its turn, its share of what is free with all
        who wait. For what is missing it stands in the line.
        """
        if most <= 0:
            return 0
        if not self.is_next:
            self.wait()
            return 0
        self._line.pop(self, None)
        taken = min(most, -(-self._slots.free // (len(self._line) + 1)))
        self._slots.free -= taken
        self._taken += taken
        if taken < most:
            self.wait()
        self._call()
        return taken

    def wait(self) -> None:
        """Stand in the line: at its end, unless it is in it already."""
        self._line.setdefault(self)

    def leave(self) -> None:
        """Leave the line to the others."""
        self._line.pop(self, None)
        self._call()

    def give(self, count: int = 1) -> None:
        """Give slots back."""
        self._taken -= count
        self._slots.free += count
        self._call()

    def close(self) -> None:
        """Leave the line, and give back whatever is still taken."""
        self._line.pop(self, None)
        self.give(self._taken)

    def _call(self) -> None:
        first = next(iter(self._line), None)
        if first is not None and self._slots.free > 0:
            first._poke()  # noqa: SLF001 - the line is theirs together
