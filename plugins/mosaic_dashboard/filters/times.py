"""Times: milliseconds since 1970, and seconds, as people read them."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from markupsafe import Markup

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"))


def duration(seconds: Any) -> str:
    """Return a length of time in one or two units: ``2.1 s``, ``3 min 20 s``, ``1 h 5 min``."""
    if not isinstance(seconds, int | float):
        return "–"
    whole = max(0.0, float(seconds))
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole:.1f} s" if whole < 10 else f"{whole:.0f} s"  # noqa: PLR2004 - below ten, tenths count
    units = [*_STEPS, (1, "s")]
    for (size, name), (less, lesser) in pairwise(units):
        if whole >= size:
            rest = int(whole % size // less)
            return f"{int(whole // size)} {name}" + (f" {rest} {lesser}" if rest else "")
    return f"{whole:.0f} s"


def roughly(seconds: Any) -> str:
    """Return a length of time that nobody knows exactly, in one unit."""
    if not isinstance(seconds, int | float):
        return "–"
    sizes = ((60, "min", 90), (3600, "h", 36), (86400, "d", math.inf))
    if seconds < sizes[0][0]:
        return "1 min"
    size, name, _ = next(one for one in sizes if seconds < one[0] * one[2])
    return f"{seconds / size:.0f} {name}"


def clock(at: Any, *, has_seconds: bool = False) -> Markup | str:
    """Return a moment in full; browsers show it in their own time zone."""
    if not isinstance(at, int | float):
        return "–"
    moment = datetime.fromtimestamp(at / 1000, UTC)
    text = moment.strftime("%Y-%m-%d %H:%M:%S" if has_seconds else "%Y-%m-%d %H:%M")
    stamp = moment.isoformat(timespec="milliseconds")
    fine = "seconds" if has_seconds else ""
    return Markup('<time datetime="{}" data-clock="{}">{} UTC</time>').format(stamp, fine, text)


def ago(at: Any) -> Markup | str:
    """Return how long ago a moment was; it stays true while the page is open."""
    if not isinstance(at, int | float):
        return "–"
    moment = datetime.fromtimestamp(at / 1000, UTC)
    text = moment.strftime("%Y-%m-%d %H:%M UTC")
    passed = time.time() - at / 1000
    said = "now" if 0 <= passed < 1 else f"in {_coarse(-passed)}" if passed < 0 else f"{_coarse(passed)} ago"
    stamp = moment.isoformat(timespec="milliseconds")
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(stamp, text, said)


def _coarse(seconds: float) -> str:
    for size, name in (*_STEPS, (1, "s")):
        if seconds >= size:
            return f"{int(seconds // size)} {name}"
    return "1 s"
