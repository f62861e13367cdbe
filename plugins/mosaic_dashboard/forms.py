"""What a form sends, as the input of an operation: text becomes what the operation's schema asks for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Context, InputError, Principal

_OWN = ("csrf", "input", "back", "then", "said")
# Who may carry something out need not be one who may list what there is.
_DESCRIBER = Principal(name="dashboard", kind="service", permissions=frozenset({"operations:read"}))


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
    listed = await context.dispatch("operations.list", {"names": [operation]}, _DESCRIBER)
    schema = listed.operations[0].input if listed.operations else {}
    properties = schema.get("properties", {})
    for name, texts in given.items():
        head, _, key = name.partition(".")
        wanted = _resolved(schema, properties.get(head, {}))
        if key:  # one entry of a mapping, such as values.plugins.engine.parallelism
            entries = data.setdefault(head, {})
            if not isinstance(entries, dict):
                raise InputError("bad-form", f"{head} has no entries", where=name)
            entries[key] = _value(texts[-1], {}, name)
        else:
            data[head] = _several(texts, wanted, name)
    return data


def _resolved(schema: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    for one in (wanted, *wanted.get("anyOf", ()), *wanted.get("oneOf", ())):
        if "$ref" in one:
            return _at(schema, str(one["$ref"]))
        if one.get("type") not in (None, "null") or "enum" in one:
            return dict(one)
    return wanted


def _at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    found = schema
    for step in pointer.lstrip("#/").split("/"):
        found = found.get(step, {})
    return found


def _several(texts: Sequence[str], wanted: Mapping[str, Any], name: str) -> Any:
    if wanted.get("type") == "array":
        lines = [line.strip() for text in texts for line in re.split(r"[\n,]", text)]
        return [line for line in lines if line]
    return _value(texts[-1], wanted, name)


def _value(text: str, wanted: Mapping[str, Any], name: str) -> Any:
    kind = wanted.get("type")
    kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
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
    if kind in ("object", "array"):
        return _json(text, name)
    return text


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("bad-form", f"this is no JSON: {error}", where=name, got=text[:80]) from None
