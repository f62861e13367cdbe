"""Examples of data, made from its schema: the plainest that fits, with words that a reader understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS: Mapping[str, Any] = {
    "run_id": "bookshop-1",
    "task_id": "S.001.01.01",
    "name": "engine",
    "project": "bookshop",
    "title": "A bookshop",
    "text": "# A bookshop",
    "goal": "Sell books",
    "kind": "task.accepted",
    "path": "plan.json",
    "limit": 20,
    "after": 0,
    "sequence": 120,
    "token": 1,
    "created_at": 1764115200000,
    "at": 1764115200000,
    "now": 1764115200000,
}
_DEPTH = 6


def example_of(  # noqa: PLR0911 - one return a kind of schema
    schema: Mapping[str, Any], name: str = "", *, required_only: bool = False, depth: int = 0
) -> Any:
    """Return an example of data with this schema; of inputs, `required_only` fields."""
    if "default" in schema and name not in _WORDS:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], name, required_only=required_only, depth=depth)
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, required_only=required_only, depth=depth)
    if kind == "array":
        items = schema.get("items", {})
        return [] if depth >= _DEPTH else [example_of(items, name.rstrip("s"), depth=depth + 1)]
    plain: dict[Any, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": False, "null": None}
    known = _WORDS.get(name)
    if known is not None and isinstance(known, str) == (kind == "string"):
        return known if kind in ("string", "integer") else plain.get(kind, {})
    return plain.get(kind, {})


def _object(schema: Mapping[str, Any], *, required_only: bool, depth: int) -> dict[str, Any]:
    if depth >= _DEPTH:
        return {}
    names = schema.get("required", ()) if required_only else schema.get("properties", {})
    parts = schema.get("properties", {})
    return {
        name: example_of(parts[name], name, required_only=required_only, depth=depth + 1)
        for name in names
        if name in parts
    }
