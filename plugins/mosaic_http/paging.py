"""Lists, a page at a time: an opaque cursor says where the next page begins.

An operation that pages takes ``limit`` and says by ``after`` or ``before`` where it goes on. Where its output
names the next place (``next``, ``more``), that is the cursor; else it is a field of the last item.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import InputError

from .catalogue import Offered

_LAST: Mapping[str, str] = {"run.list": "created_at", "task.list": "position", "message.dead": "key"}
"""Which field of the last item an operation goes on from."""
_NAMED = ("next", "more")


def place_field(operation: Offered) -> str:
    """Return the field of the input that says where a page begins; "" if the operation does not page."""
    if operation.kind != "query" or "limit" not in operation.fields:
        return ""
    outputs = operation.output.get("properties", {})
    if operation.name not in _LAST and not any(name in outputs for name in _NAMED):
        return ""
    return next((name for name in ("after", "before") if name in operation.fields), "")


def next_cursor(operation: Offered, data: Mapping[str, Any], output: Any) -> str:
    """Return the cursor of the page after this one; "" after the last."""
    field = place_field(operation)
    if not field or not isinstance(output, dict):
        return ""
    place = next((output[name] for name in _NAMED if name in output), None)
    if operation.name in _LAST:
        items = output.get("items") or ()
        limit = data.get("limit", operation.fields["limit"].get("default"))
        if not items or not isinstance(limit, int) or len(items) < limit:
            return ""
        place = items[-1].get(_LAST[operation.name])
    if place in (None, "", 0, data.get(field)):
        return ""
    return base64.urlsafe_b64encode(json.dumps({field: place}).encode()).decode().rstrip("=")


def at_cursor(operation: Offered, cursor: str) -> dict[str, Any]:
    """Return what a cursor says of the input.

    Raises:
        InputError: it is none of this operation's (code ``bad-cursor``).
    """
    field = place_field(operation)
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        found = None
    if not field or not isinstance(found, dict) or set(found) != {field}:
        raise InputError(
            "bad-cursor",
            "the cursor is none of this list's",
            where="cursor",
            got=cursor[:80],
            hint="Begin without one, and take the next from the header Link.",
        )
    return found
