"""A priority queue whose entries may go stale: who reads it skips those, and drops them for good.

Owns the order; whether an entry is still true is asked of its owner.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TypeAlias

Entry: TypeAlias = tuple[int, ...]


class StaleHeap:
    """Smallest entries first. Pushing costs O(log n), reading the first k costs O(k log n)."""

    def __init__(self, is_true: Callable[[Entry], bool]) -> None:
        self._entries: list[Entry] = []
        self._is_true = is_true

    def push(self, entry: Entry) -> None:
        """Add an entry; the same one may be there already."""
        heapq.heappush(self._entries, entry)

    def first(self, limit: int, *, below: Entry | None = None) -> list[Entry]:
        """Return the smallest true entries, each once: at most `limit`, and none above `below`."""
        found: list[Entry] = []
        while self._entries and len(found) < limit and (below is None or self._entries[0] <= below):
            entry = heapq.heappop(self._entries)
            if self._is_true(entry) and (not found or found[-1] != entry):
                found.append(entry)
        for entry in found:
            heapq.heappush(self._entries, entry)
        return found
