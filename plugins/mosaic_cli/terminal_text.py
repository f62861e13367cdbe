"""Making text from elsewhere inert before it reaches a terminal."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def inert(text: str) -> str:
    """Remove escape sequences, control characters and direction overrides; keep tabs and newlines."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


def one_line(text: str, width: int) -> str:
    """Make `text` inert and fit it into one line of at most `width` characters."""
    flat = " ".join(inert(text).split())
    return flat if len(flat) <= width else flat[: max(0, width - 1)] + "…"
