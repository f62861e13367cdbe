"""Answers that should fit a schema: how a model is asked in words, and how its JSON is found again."""

from __future__ import annotations

import re
from typing import Any

from mosaic_hookspecs.data import JsonObject, canonical_json

from .draft import decode_json

ANSWER = "answer"
"""What the schema, and the tool that stands for the answer, are called towards the endpoint."""
_FENCED = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)


def in_words(schema: JsonObject) -> str:
    """Return the instruction that stands for a schema where the endpoint takes none."""
    return (
        "Answer with one JSON object that fits this JSON Schema, and with nothing else: no explanation, "
        f"no code fence.\n{canonical_json(schema)}"
    )


def json_in(text: str) -> str:
    """Return the JSON object in an answer: all of it, what stands in a code fence, or what stands between the
    outermost braces; the text itself where there is none.
    """
    if _is_object(text):
        return text
    fenced = _FENCED.search(text)
    if fenced and _is_object(fenced[1]):
        return fenced[1]
    begin, end = text.find("{"), text.rfind("}")
    inner = text[begin : end + 1] if 0 <= begin < end else ""
    return inner if inner and _is_object(inner) else text


def is_json(text: str) -> bool:
    """Whether an answer is a JSON object."""
    return _is_object(text)


def is_closed(schema: Any) -> bool:
    """Whether every object in a schema names all of its fields, requires them, and allows no others: what
    endpoints ask of a schema that they are to enforce to the letter.
    """
    if isinstance(schema, list | tuple):
        return all(map(is_closed, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        names = set(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != names:
            return False
    return all(map(is_closed, schema.values()))


def _is_object(text: str) -> bool:
    try:
        return isinstance(decode_json(text), dict)
    except ValueError:
        return False
