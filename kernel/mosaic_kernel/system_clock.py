"""The clock of the machine."""

from __future__ import annotations

import time


class SystemClock:
    """Tells the machine's time."""

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000
