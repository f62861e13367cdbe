"""How many leases to take ahead of free slots: many while attempts end within milliseconds, else none."""

from __future__ import annotations

import attrs

_FAST_SECONDS = 0.02
_SURE = 8
"""Fewer fast attempts in a row say nothing of the next."""


@attrs.define(eq=False)
class Lookahead:
    """Never more than as many attempts, one after the other, just ended fast. So it doubles with each claim, up
    to `most`, and where attempts turn slow no more leases are given back than fast ones were made before.
    """

    most: int
    _fast: int = 0

    @property
    def extra(self) -> int:
        """How many leases may wait for a slot."""
        return min(self.most, self._fast) if self._fast >= _SURE else 0

    def ended(self, seconds: float) -> None:
        """Note how long an attempt took."""
        self._fast = self._fast + 1 if seconds <= _FAST_SECONDS else 0

    def was_wrong(self) -> None:
        """Begin anew: what was taken ahead got no slot in time."""
        self._fast = 0
