"""Spans: from when on, until when, and how long a bucket is."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import attrs

from mosaic_hookspecs import InputError

from .timeline import SIZES, Timeline

_BACK = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_MOST_BUCKETS = 2_000
_AUTO = {"second": 3 * 60_000, "minute": 3 * 3_600_000, "hour": 5 * 86_400_000}
"""How long a span is divided into buckets of this name, where nothing else is asked for."""


@attrs.frozen
class Span:
    """From the start of the first bucket, until within the last."""

    since: int
    until: int
    bucket: str

    @property
    def size(self) -> int:
        """How long a bucket is, in milliseconds."""
        return SIZES[self.bucket]

    def starts(self) -> range:
        """Return the starts of all buckets."""
        return range(self.since, self.until + 1, self.size)


def since_of(text: str, now: int) -> int | None:
    """Return the point in time that a text names; None for an empty one.

    Raises:
        InputError: it names none (code ``bad-since``).
    """
    if not text:
        return None
    found = _BACK.fullmatch(text)
    if found:
        return max(0, now - int(found[1]) * _UNITS[found[2]])
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0, round(moment.timestamp() * 1000))
    except (ValueError, OverflowError) as error:
        raise InputError(
            "bad-since",
            "this names no point in time",
            where="since",
            expected="a time back from now such as 90m, 24h or 7d, or a day YYYY-MM-DD",
            got=text[:40],
        ) from error


def span_of(since: int, until: int, bucket: str, timeline: Timeline) -> Span:
    """Return the span, in buckets as they were asked for, or as fine as they are kept; no more than 2,000."""
    names = list(SIZES)
    until = max(since, until)
    if bucket == "auto":
        bucket = next((name for name, most in _AUTO.items() if until - since <= most), "day")
    number = names.index(bucket)
    while number < len(names) - 1 and (
        SIZES[names[number]] < timeline.size_at(since)
        or (until - since) // SIZES[names[number]] >= _MOST_BUCKETS
    ):
        number += 1
    size = SIZES[names[number]]
    return Span(since // size * size, until, names[number])
