"""Lists, a page at a time: a cursor says where the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from mosaic_hookspecs.errors import InputError

Item = TypeVar("Item")
_PREFIX = "from-"


def page_of(items: Sequence[Item], cursor: str | None, size: int) -> tuple[Sequence[Item], str | None]:
    """Return a page, and the cursor of the next one (None after the last).

    Raises:
        InputError: the cursor is none that was given out (code ``bad-cursor``).
    """
    start = 0
    if cursor is not None:
        digits = cursor.removeprefix(_PREFIX)
        if not cursor.startswith(_PREFIX) or not (digits.isascii() and digits.isdigit()):
            raise InputError(
                "bad-cursor", "the cursor is none of this server's", got=cursor[:80], hint="Begin without one."
            )
        start = int(digits)
    end = start + size
    return items[start:end], f"{_PREFIX}{end}" if end < len(items) else None
