"""Times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(milliseconds: int | None) -> str:
    """Write a time in milliseconds since 1970 UTC in the local zone, to the second; "" for none."""
    if milliseconds is None:
        return ""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def time_at_a_glance(milliseconds: int) -> str:
    """Write a time as at a glance: of today without the date."""
    written = local_time(milliseconds)
    day, _, time = written.partition(" ")
    return time if day == datetime.now(tz=UTC).astimezone().strftime("%Y-%m-%d") else written


def duration(seconds: float) -> str:
    """Write a duration as people do: ``4.2 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:  # noqa: PLR2004 - seconds a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004 - minutes an hour
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
