"""Sketches: how long things took, kept as counts by length, so that any number of them needs little memory.

A sketch maps an index to a count. Index `i` stands for every length within 1 % of one value, so a quantile
is within 1 % of the exact one; ten years of milliseconds have 1,322 indices. Sketches add up by adding counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ERROR = 0.01
"""How far a quantile may be from the exact one, as a share of it."""
_BASE = (1 + ERROR) / (1 - ERROR)
_LOG = math.log(_BASE)
_NOTHING = -1


def count_in(sketch: dict[int, int], milliseconds: int) -> None:
    """Count a length of time; one below a millisecond is none."""
    index = math.ceil(math.log(milliseconds) / _LOG) if milliseconds >= 1 else _NOTHING
    sketch[index] = sketch.get(index, 0) + 1


def add_to(sketch: dict[int, int], other: Mapping[int, int]) -> None:
    """Add another sketch's counts."""
    for index, count in other.items():
        sketch[index] = sketch.get(index, 0) + count


def quantile(sketch: Mapping[int, int], share: float) -> int | None:
    """Return the length that `share` of all do not exceed, in milliseconds; None if nothing was counted."""
    total = sum(sketch.values())
    if not total:
        return None
    rank, seen = max(1, math.ceil(share * total)), 0
    for index in sorted(sketch):
        seen += sketch[index]
        if seen >= rank:
            break
    return 0 if index == _NOTHING else round(2 * _BASE**index / (_BASE + 1))
