"""Entity tags: what an answer shows, in short, so that what has not changed is not sent again.

A view says when it was read (``now``, ``sequence``); its tag covers the rest. So tags are weak.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_OF_READING = frozenset({"now", "sequence"})


def tag_of(data: Any) -> str:
    """Return the tag of an answer's data."""
    text = json.dumps(_lasting(data), separators=(",", ":"), sort_keys=True)
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def is_named(tag: str, given: str) -> bool:
    """Whether a condition (``If-None-Match``, ``If-Match``) names a tag; weak and strong alike."""
    return any(part.strip() in ("*", tag, tag.removeprefix("W/")) for part in given.split(","))


def _lasting(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    found = {name: value for name, value in data.items() if name not in _OF_READING}
    items = found.get("items")
    if isinstance(items, list):
        found["items"] = [_lasting(item) for item in items]
    return found
