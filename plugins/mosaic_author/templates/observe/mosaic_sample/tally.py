"""Counts by kind. Counts each event once, however often it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mosaic_hookspecs import Event


class Tally:
    """How many events of each kind there were, up to the event number `newest`."""

    def __init__(self, newest: int = 0, counts: Mapping[str, int] | None = None) -> None:
        self.newest = newest
        self.counts = Counter(counts or {})

    def add(self, events: Iterable[Event]) -> bool:
        """Count the events that are new; return whether there were any."""
        before = self.newest
        for event in events:
            if event.sequence > self.newest:
                self.counts[event.kind] += 1
                self.newest = event.sequence
        return self.newest != before

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON data that `from_data` reads back."""
        return {"newest": self.newest, "counts": dict(sorted(self.counts.items()))}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Tally:
        """Build a tally from what `to_data` returned.

        Raises:
            ValueError: it is something else.
        """
        newest, counts = data.get("newest"), data.get("counts")
        if not isinstance(newest, int) or not isinstance(counts, Mapping):
            raise ValueError("this is no tally")
        return cls(newest, {str(kind): int(count) for kind, count in counts.items()})
