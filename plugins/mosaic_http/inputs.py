"""What a request says of an operation's input: its path, its query or its body, as the data that is dispatched.

Reads texts as the schema says; what does not fit is left as it is, for the operation's own decoder to refuse in
its own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from mosaic_hookspecs.errors import InputError

from .catalogue import Offered

_MOST_FIELDS = 200
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_MISFIT = object()


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a query.

    Raises:
        InputError: it is none, or too long (code ``bad-query``).
    """
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise InputError("bad-query", "the query of the address cannot be read", got=str(error)) from None


def options_of(
    operation: Offered, pairs: Sequence[tuple[str, str]], names: Sequence[str]
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return which of these `names` a query says that are not fields of the input, and the other pairs."""
    own = {name for name in names if name not in operation.fields}
    options = {name: value for name, value in pairs if name in own}
    return options, [pair for pair in pairs if pair[0] not in own]


def from_query(operation: Offered, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the input that a query tells."""
    texts: dict[str, list[str]] = {}
    for name, value in pairs:
        texts.setdefault(name, []).append(value)
    return {name: _read(operation.fields.get(name, {}), values) for name, values in texts.items()}


def from_path(operation: Offered, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the input that a path tells."""
    return {name: _read(operation.fields.get(name, {}), [text]) for name, text in values.items()}


def from_body(body: bytes, media_type: str) -> dict[str, Any]:
    """Return the input that a body tells.

    Raises:
        InputError: it is not JSON (codes ``not-accepted``, ``not-json``), or no object (code ``bad-input``).
    """
    if not body:
        return {}
    kind = media_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise InputError(
            "not-accepted",
            "the body is not of a kind that is read",
            where="Content-Type",
            expected="application/json",
            got=media_type[:80],
        )
    try:
        data = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError("not-json", "the body is not JSON", got=str(error)[:200]) from None
    if not isinstance(data, dict):
        raise InputError(
            "bad-input", "the input is not an object", expected="an object", got=type(data).__name__
        )
    return data


def joined(path: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of path and query, or path and body.

    Raises:
        InputError: they contradict each other (code ``bad-input``).
    """
    for name, value in path.items():
        if name in other and other[name] != value:
            raise InputError(
                "bad-input",
                f"{name!r} is another in the address",
                where=name,
                expected=repr(value),
                got=repr(other[name])[:80],
            )
    return {**other, **path}


def _read(schema: Mapping[str, Any], texts: Sequence[str]) -> Any:
    if schema.get("type") == "array":
        return _list(schema, texts)
    if len(texts) > 1:
        return list(texts)
    found = _one(schema, texts[0])
    return texts[0] if found is _MISFIT else found


def _list(schema: Mapping[str, Any], texts: Sequence[str]) -> Any:
    if len(texts) == 1 and texts[0].startswith("["):
        found = _json(texts[0])
        return texts[0] if found is _MISFIT else found
    items = schema.get("items", {})
    return [_read(items, [text]) for text in texts]


def _one(schema: Mapping[str, Any], text: str) -> Any:  # noqa: PLR0911 - one return a kind of schema
    if "anyOf" in schema:
        found = [_one(part, text) for part in schema["anyOf"]]
        return next((value for value in found if value is not _MISFIT), _MISFIT)
    if "enum" in schema:
        return next((value for value in schema["enum"] if str(value) == text), _MISFIT)
    match schema.get("type"):
        case "boolean":
            return {"true": True, "false": False}.get(text, _MISFIT)
        case "integer":
            return int(text) if _WHOLE.fullmatch(text) else _MISFIT
        case "number":
            return _number(text)
        case "null":
            return None if text in ("", "null") else _MISFIT
        case "string":
            return text
    return _json(text)


def _number(text: str) -> Any:
    found = _json(text)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else _MISFIT


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return _MISFIT


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
