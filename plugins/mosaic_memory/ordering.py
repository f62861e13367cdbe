"""Names in order, for lists by pages.

Owns the order alone: whoever keeps what is named tells of each name that comes and goes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence


class OrderedNames:
    """A set of names that knows its order. A page costs its own length, a name the move of those behind it."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = sorted(names)

    def __bool__(self) -> bool:
        return bool(self._names)

    def add(self, name: str) -> None:
        """Take in a name that is not there."""
        insort(self._names, name)

    def remove(self, name: str) -> None:
        """Drop a name that is there."""
        del self._names[bisect_left(self._names, name)]

    def after(self, name: str, limit: int) -> Sequence[str]:
        """Return the first names above `name`."""
        start = bisect_right(self._names, name)
        return self._names[start : start + limit]
