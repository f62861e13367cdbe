"""How often one address may come: a bucket that is filled evenly, and emptied by each request."""

from __future__ import annotations

from collections import OrderedDict

import trio

_MOST = 1024


class Rate:
    """Buckets for `most_a_second`, twice as many at once, by address."""

    def __init__(self, most_a_second: float) -> None:
        self._most = most_a_second
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_of(self, address: str, *, takes: bool = True) -> float:
        """Return 0 if there is room, and take it; else for how many seconds there is none."""
        now = trio.current_time()
        left, since = self._buckets.pop(address, (2 * self._most, now))
        left = min(2 * self._most, left + (now - since) * self._most)
        has_room = left >= 1
        self._buckets[address] = (left - 1 if has_room and takes else left, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return 0.0 if has_room else (1 - left) / self._most
