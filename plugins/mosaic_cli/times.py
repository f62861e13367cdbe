"""Times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(milliseconds: int | None) -> str:
    """Write a time in milliseconds since 1970 UTC in the local zone, to the second; "" for none."""
    if milliseconds is None:
        return ""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")
