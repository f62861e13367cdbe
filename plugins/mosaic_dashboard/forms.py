"""What a form sends, as the input of an operation: text becomes what the operation's schema asks for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Context, InputError

_OWN = ("csrf", "input", "back", "then", "said")


async def input_of(context: Context, operation: str, fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the input that a form gives: its field ``input`` (JSON), and its others by their names.

    Raises:
        InputError: it cannot be read.
    """
    values = dict(fields)
    data = _json(values.get("input", "") or "{}", "input")
    if not isinstance(data, dict):
        raise InputError("bad-form", "the input is no object", where="input")
    given: dict[str, list[str]] = {}
    for name, text in fields:
        if name not in _OWN:
            given.setdefault(name, []).append(text)
    if not given:
        return data
    # In the dashboard's own name: who may carry something out need not be one who may list what there is.
    listed = await context.dispatch("operations.list", {"names": [operation]})
    properties = listed.operations[0].input.get("properties", {}) if listed.operations else {}
    for name, texts in given.items():
        head, _, key = name.partition(".")
        schema = properties.get(head, {})
        if key:  # one entry of a mapping, such as values.plugins.engine.parallelism, or a field of a record
            inner = _field_of(schema, key)
            if inner is not None and not texts[-1]:
                continue
            entries = data.setdefault(head, {})
            if not isinstance(entries, dict):
                raise InputError("bad-form", f"{head} has no entries", where=name)
            entries[key] = texts[-1] if inner is None else _several(texts, _kind_of(inner), name)
        else:
            data[head] = _several(texts, _kind_of(schema), name)
    return data


def _field_of(schema: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the schema of a field of a record; None where there is none, as in a mapping."""
    options = (schema, *schema.get("anyOf", ()))
    return next((one["properties"][name] for one in options if name in one.get("properties", {})), None)


def _kind_of(schema: Mapping[str, Any]) -> str:
    """Return the type that a field's schema asks for, the first of several that is not null; "" for text."""
    kinds = (one.get("type") for one in (schema, *schema.get("anyOf", ())))
    return next((kind for kind in kinds if isinstance(kind, str) and kind != "null"), "")


def _several(texts: Sequence[str], kind: str, name: str) -> Any:
    if kind == "array":
        lines = [line.strip() for text in texts for line in re.split(r"[\n,]", text)]
        return [line for line in lines if line]
    return _value(texts[-1], kind, name)


def _value(text: str, kind: str, name: str) -> Any:
    if kind == "boolean":
        return text.lower() in ("true", "on", "1", "yes")
    if kind in ("integer", "number"):
        try:
            number = int(text) if kind == "integer" else float(text)
        except ValueError:
            number = math.nan
        if isinstance(number, float) and not math.isfinite(number):
            raise InputError("bad-form", "this is no number", where=name, got=text[:80])
        return number
    if kind == "object":
        return _json(text, name)
    return text


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("bad-form", f"this is no JSON: {error}", where=name, got=text[:80]) from None
