"""Making text from elsewhere inert before it reaches a terminal."""

from __future__ import annotations

import json
import re
from typing import Any

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN = r"\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f{_UNSEEN}]")
_RAW_IN_JSON = re.compile(f"[{_UNSEEN}]")


def inert(text: str) -> str:
    """Remove escape sequences, control characters and direction overrides; keep tabs and newlines."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


def json_text(data: Any, *, indent: int | None = 2) -> str:
    """Return JSON in which what a terminal would act on is escaped: control characters, direction overrides."""
    return escaped(json.dumps(data, indent=indent, ensure_ascii=False))


def escaped(text: str) -> str:
    """Escape in a text of JSON what a terminal would act on, which JSON allows to stand as it is."""
    return _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str, width: int) -> str:
    """Make `text` inert and fit it into one line of at most `width` characters."""
    flat = " ".join(inert(text).split())
    return flat if len(flat) <= width else flat[: max(0, width - 1)] + "…"
