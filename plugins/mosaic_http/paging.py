"""Lists, a page at a time: an opaque cursor says where the next page begins.

An operation that pages takes ``limit`` and says by ``after`` or ``before`` where it goes on. Where its output
names the next place (``next``, ``more``), that is the cursor; else it is a field of the last item. Where that
field is a time, several items may have the same: the cursor names those that were shown, and they are left out.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError

from .catalogue import Offered

_LAST: Mapping[str, str] = {"run.list": "created_at", "task.list": "position", "message.dead": "key"}
"""Which field of the last item an operation goes on from."""
_KEYS: Mapping[str, str] = {"run.list": "run_id"}
"""Operations that go on from a time, and what tells items of the same time apart."""
_NAMED = ("next", "more")
_SEEN = "seen"


@attrs.frozen(kw_only=True)
class Page:
    """The page that a request asks for: `values` of the input, and the keys of items that were `seen`."""

    values: Mapping[str, Any] = attrs.field(factory=dict)
    seen: Sequence[str] = ()

    def asked(self, operation: Offered, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the input with which an operation gives this page."""
        limit = _limit(operation, data)
        if not self.seen or not isinstance(limit, int):
            return {**data, **self.values}
        most = operation.fields["limit"].get("maximum", limit + len(self.seen))
        return {**data, **self.values, "limit": max(limit, min(limit + len(self.seen), most))}

    def unseen(self, operation: Offered, output: Any) -> Any:
        """Return an output without the items that were seen before."""
        if not self.seen:
            return output
        key, seen = _KEYS[operation.name], frozenset(self.seen)
        return {**output, "items": [item for item in output["items"] if item[key] not in seen]}

    def next_cursor(self, operation: Offered, asked: Mapping[str, Any], output: Any) -> str:
        """Return the cursor of the page after this one, from the whole output; "" after the last."""
        field = place_field(operation)
        if not field or not isinstance(output, dict):
            return ""
        place = next((output[name] for name in _NAMED if name in output), None)
        items: Sequence[Any] = output.get("items") or ()
        if operation.name in _LAST:
            limit = _limit(operation, asked)
            if not items or not isinstance(limit, int) or len(items) < limit:
                return ""
            place = items[-1].get(_LAST[operation.name])
        if operation.name in _KEYS:
            return self._after_time(operation, field, items)
        if place in (None, "", 0, asked.get(field)):
            return ""
        return _encoded({field: place})

    def _after_time(self, operation: Offered, field: str, items: Sequence[Any]) -> str:
        key, time = _KEYS[operation.name], _LAST[operation.name]
        same = [item[key] for item in items if item[time] == items[-1][time]]
        if set(same) <= set(self.seen):
            return ""
        return _encoded({field: items[-1][time] + 1, _SEEN: same})


def place_field(operation: Offered) -> str:
    """Return the field of the input that says where a page begins; "" if the operation does not page."""
    if operation.kind != "query" or "limit" not in operation.fields:
        return ""
    outputs = operation.output.get("properties", {})
    if operation.name not in _LAST and not any(name in outputs for name in _NAMED):
        return ""
    return next((name for name in ("after", "before") if name in operation.fields), "")


def at_cursor(operation: Offered, cursor: str) -> Page:
    """Return the page that begins at a cursor.

    Raises:
        InputError: it is none of this operation's (code ``bad-cursor``).
    """
    field = place_field(operation)
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        found = None
    known = {field, _SEEN} if operation.name in _KEYS else {field}
    if not field or not isinstance(found, dict) or set(found) != known or not _are_keys(found.get(_SEEN, [])):
        raise InputError(
            "bad-cursor",
            "the cursor is none of this list's",
            where="cursor",
            got=cursor[:80],
            hint="Begin without one, and take the next from the header Link.",
        )
    return Page(values={field: found[field]}, seen=found.get(_SEEN, ()))


def _limit(operation: Offered, data: Mapping[str, Any]) -> Any:
    return data.get("limit", operation.fields.get("limit", {}).get("default"))


def _are_keys(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(one, str) for one in given)


def _encoded(place: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
