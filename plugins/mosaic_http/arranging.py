"""Lists in another order, or with some items alone: ``sort=-created_at,title``, ``filter=state:active``.

Arranges what the operation has answered, a page of it where it pages; what it can choose by itself it is asked
by its own input.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.errors import InputError


def list_in(schema: Mapping[str, Any]) -> str:
    """Return the field of an output that is its list of records; "" if there is none, or there are several."""
    fields = schema.get("properties", {})
    lists = [
        name
        for name, part in fields.items()
        if part.get("type") == "array" and "properties" in part.get("items", {})
    ]
    return lists[0] if len(lists) == 1 else ""


def arranged(output: Any, schema: Mapping[str, Any], sort: str, filters: Sequence[str]) -> Any:
    """Return an output with its list in this order, and without what the filters do not let through.

    Raises:
        InputError: it has no list (code ``not-a-list``), or its items have no such field (code
            ``unknown-field``).
    """
    if not (sort or filters):
        return output
    name = list_in(schema)
    if not name:
        raise InputError("not-a-list", "this is no list that could be arranged", where="sort, filter")
    item = schema["properties"][name]["items"]
    items = list(output[name])
    for text in filters:
        path, colon, value = text.partition(":")
        if not colon:
            raise InputError("bad-input", "a filter is FIELD:VALUE", where="filter", got=text[:80])
        parts = _path(path, item, "filter")
        items = [one for one in items if _is(_at(one, parts), value)]
    for key in reversed([part.strip() for part in sort.split(",") if part.strip()]):
        parts = _path(key.removeprefix("-"), item, "sort")
        ranks = [_rank(_at(one, parts)) for one in items]
        order = sorted(range(len(items)), key=ranks.__getitem__, reverse=key.startswith("-"))
        items = [items[place] for place in order]
    return {**output, name: items}


def _path(text: str, schema: Mapping[str, Any], where: str) -> list[str]:
    parts, at = text.split("."), schema
    for part in parts:
        known = at.get("properties", {})
        if part not in known:
            raise InputError(
                "unknown-field",
                f"the items have no field {text[:80]!r}",
                where=where,
                expected=", ".join(sorted(known)) or "no field below this one",
            )
        at = known[part]
    return parts


def _at(item: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        item = item.get(part) if isinstance(item, dict) else None
    return item


def _is(value: Any, text: str) -> bool:
    if isinstance(value, list):
        return any(_is(one, text) for one in value)
    return text == (value if isinstance(value, str) else json.dumps(value))


def _rank(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0, "")
    if isinstance(value, int | float):
        return (1, value, "")
    return (2, 0, value if isinstance(value, str) else json.dumps(value, sort_keys=True))
