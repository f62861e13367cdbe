"""Cells: what happened in one project in one stretch of time, as sums that can be added up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .sketches import add_to


@attrs.define
class Cell:
    """`added` counts tasks that runs began with, `accepted` those that were accepted, `first` those of them of
    which no attempt had been refused, `dropped` those that failed, were skipped or cancelled, less those
    reopened. `lead` and `cycle` are sketches. `outcomes` counts ended attempts by agent and outcome,
    `reasons` refusals and losses by the number of their group.
    """

    added: int = 0
    accepted: int = 0
    first: int = 0
    dropped: int = 0
    lead: dict[int, int] = attrs.field(factory=dict)
    cycle: dict[int, int] = attrs.field(factory=dict)
    outcomes: dict[tuple[str, str], int] = attrs.field(factory=dict)
    reasons: dict[int, int] = attrs.field(factory=dict)

    def add(self, other: Cell) -> None:
        """Add another cell's sums."""
        self.added += other.added
        self.accepted += other.accepted
        self.first += other.first
        self.dropped += other.dropped
        add_to(self.lead, other.lead)
        add_to(self.cycle, other.cycle)
        _add(self.outcomes, other.outcomes)
        add_to(self.reasons, other.reasons)


def _add(counts: dict[Any, int], others: Mapping[Any, int]) -> None:
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count
