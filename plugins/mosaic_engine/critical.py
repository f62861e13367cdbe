"""How long it still takes, at the least: the longest chain of what is left."""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_hookspecs.estimates import Estimates


def longest_left(estimates: Estimates, left: Mapping[str, float]) -> float:
    """Return the longest chain of what is left of tasks; those that are not in `left` are over."""
    lengths: dict[str, float] = {}
    for task in reversed(estimates.order):
        if task in left:
            behind = (lengths.get(other, 0.0) for other in estimates.dependants[task])
            lengths[task] = left[task] + max(behind, default=0.0)
    return max(lengths.values(), default=0.0)
