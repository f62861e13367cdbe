"""Pieces of a line of `mosaic top`: bars, both ends of a line, and numbers that are said roughly."""

from __future__ import annotations

from rich.text import Text

DIM = "bright_black"
_UNITS = ((90, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h"))
_DAY = 86_400
_TEN = 10


def bar(done: int, total: int, width: int) -> Text:
    """Draw how much of a whole is done: what is begun shows, and nothing looks whole that is not."""
    filled = done * width // max(1, total)
    if done and not filled:
        filled = 1
    return Text.assemble(("█" * filled, "green"), ("░" * (width - filled), DIM))


def spread(left: Text, right: Text, width: int) -> Text:
    """Put one text at the left and one at the right end of a line; the left one gives way."""
    left.truncate(max(0, width - right.cell_len - 1), overflow="ellipsis")
    line = Text.assemble(left, " " * max(0, width - left.cell_len - right.cell_len), right)
    line.truncate(width)
    return line


def rough(seconds: float) -> str:
    """Write a duration roughly, for what is foreseen or was long ago."""
    seconds = max(0.0, seconds)
    for limit, unit, name in _UNITS:
        if seconds < limit:
            return f"{round(seconds / unit)} {name}"
    return f"{round(seconds / _DAY)} days"


def rate(per_minute: float) -> str:
    """Write how often something happens."""
    if per_minute >= 1:
        return f"{per_minute:.0f}/min" if per_minute >= _TEN else f"{per_minute:.1f}/min"
    return f"{per_minute * 60:.1f}/h"
