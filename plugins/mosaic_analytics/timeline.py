"""The timeline: cells by time and project, the finer the younger, so that a long log needs no more memory.

Seconds are kept for an hour, minutes for a day, hours for a month, days for ever; what grows older is added
up into the next coarser cell. Ages are measured from the newest event, so the same log makes the same cells,
however often it was looked at meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

from .cells import Cell

SIZES = {"second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
"""How long a bucket of each name is, in milliseconds; each is a multiple of the one before."""
_SECOND, _MINUTE, _HOUR, _DAY = SIZES.values()
_TIERS = ((_SECOND, _HOUR, _MINUTE), (_MINUTE, _DAY, _HOUR), (_HOUR, 31 * _DAY, _DAY), (_DAY, None, _DAY))
"""Of each tier its size, how long it is kept, and the size of the next."""


class Timeline:
    """Cells of one log."""

    def __init__(self) -> None:
        self._tiers: list[dict[tuple[int, str], Cell]] = [{} for _ in _TIERS]
        self._settled = [0] * len(_TIERS)
        self.newest = 0

    def pass_to(self, at: int) -> None:
        """Hear that an event happened at this time: ages are measured from the newest."""
        self.newest = max(self.newest, at)

    def cell(self, at: int, project: str) -> Cell:
        """Return the cell that something which happened at this time belongs to."""
        self.pass_to(at)
        tier = self._tier_of(at)
        return self._in_tier(tier, at, project)

    def settle(self) -> None:
        """Add up what has grown old."""
        for number in range(len(_TIERS) - 1):
            kept_from = self._kept_from(number)
            if kept_from == self._settled[number]:
                continue
            self._settled[number] = kept_from
            cells = self._tiers[number]
            for start, project in [key for key in cells if key[0] < kept_from]:
                old = cells.pop((start, project))
                self._in_tier(number + 1, start, project).add(old)

    def size_at(self, at: int) -> int:
        """Return how fine the cells of a time are, in milliseconds."""
        return _TIERS[self._tier_of(at)][0]

    def cells(self, project: str = "") -> Iterator[tuple[int, Cell]]:
        """Return every cell with its start, of one project if it is named; in no order."""
        for cells in self._tiers:
            for (start, of), cell in cells.items():
                if project in ("", of):
                    yield start, cell

    def __len__(self) -> int:
        return sum(map(len, self._tiers))

    def _tier_of(self, at: int) -> int:
        return next(number for number in range(len(_TIERS)) if at >= self._kept_from(number))

    def _kept_from(self, number: int) -> int:
        """Return the time from which on a tier holds what happened: whole cells of the next one."""
        _, kept, following = _TIERS[number]
        if kept is None:
            return -(2**63)
        return (self.newest - kept) // following * following

    def _in_tier(self, number: int, at: int, project: str) -> Cell:
        size = _TIERS[number][0]
        key = (at // size * size, project)
        found = self._tiers[number].get(key)
        if found is None:
            found = self._tiers[number][key] = Cell()
        return found
