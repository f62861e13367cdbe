"""What a change of a plan was, so small that hundreds can be kept: what stood there before, and after.

Owns the law that going back and forth gives the same data again. Works on plans as `Plan.to_data` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PlanData = Mapping[str, Any]
_NODES = "nodes"


def step_of(before: PlanData, after: PlanData) -> dict[str, Any]:
    """Return the step from one plan to another, as JSON data."""
    keys = sorted((before.keys() | after.keys()) - {_NODES})
    differing = [key for key in keys if before.get(key) != after.get(key) or (key in before) != (key in after)]
    return {
        "before": {key: before[key] for key in differing if key in before},
        "after": {key: after[key] for key in differing if key in after},
        _NODES: _pieces(before.get(_NODES, []), after.get(_NODES, [])),
    }


def taken(plan: PlanData, step: Mapping[str, Any], *, back: bool) -> dict[str, Any]:
    """Return a plan after a step, or before it."""
    old, new = ("after", "before") if back else ("before", "after")
    changed = {key: value for key, value in plan.items() if key not in step[old] and key != _NODES}
    changed |= step[new]
    nodes = list(plan.get(_NODES, []))
    for piece in reversed(step[_NODES]):  # from behind, so that the places in front stay where they are
        start = piece["at"]
        nodes[start : start + len(piece[old])] = piece[new]
    if nodes:
        changed[_NODES] = nodes
    return changed


def _pieces(before: Sequence[Any], after: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the differing stretches; `at` is where one begins in both. Lengths that differ make it one."""
    if len(before) == len(after):
        return [
            {"at": place, "before": [old], "after": [new]}
            for place, (old, new) in enumerate(zip(before, after, strict=True))
            if old != new
        ]
    shorter = min(len(before), len(after))
    start = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    same = next(
        (count for count in range(shorter - start) if before[-1 - count] != after[-1 - count]), shorter - start
    )
    return [
        {
            "at": start,
            "before": list(before[start : len(before) - same]),
            "after": list(after[start : len(after) - same]),
        }
    ]
