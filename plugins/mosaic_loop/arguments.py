"""The arguments that a model wrote for a tool, read with the tool's own schema in hand.

Every fault says which argument, what it has to be and what was found, since the model gets to read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.models import ModelTool

from .faults import ToolFault

_LONGEST_SHOWN = 80
_KINDS: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list of texts",
    "object": "an object",
}


@attrs.frozen(kw_only=True)
class Field:
    """One argument: its JSON type, and what it is for."""

    name: str
    kind: str
    text: str
    is_required: bool = False
    least: int | None = None


def tool_of(name: str, description: str, fields: Sequence[Field]) -> ModelTool:
    """Declare a tool to the model."""
    properties: dict[str, Any] = {}
    for field in fields:
        shape: dict[str, Any] = {"type": field.kind, "description": field.text}
        if field.kind == "array":
            shape["items"] = {"type": "string"}
        properties[field.name] = shape
    schema: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.is_required],
        "additionalProperties": False,
    }
    return ModelTool(name=name, description=description, schema=schema)


def read_arguments(tool: str, fields: Sequence[Field], given: JsonObject) -> dict[str, Any]:
    """Return the arguments that were given, each of its type.

    Raises:
        ToolFault: one is missing, unknown, or of another type.
    """
    known = {field.name: field for field in fields}
    strange = [name for name in given if name not in known]
    if strange:
        raise ToolFault(f"{tool} has no argument {strange[0][:_LONGEST_SHOWN]!r}. {_usage(tool, fields)}")
    found: dict[str, Any] = {}
    for field in fields:
        value = given.get(field.name)
        if value is None:
            if field.is_required:
                raise ToolFault(f"{tool} lacks the argument {field.name!r}. {_usage(tool, fields)}")
            continue
        if not _fits(field, value):
            shown = repr(value)[:_LONGEST_SHOWN]
            raise ToolFault(f"{field.name!r} must be {_words(field)}, not {shown}. {_usage(tool, fields)}")
        found[field.name] = value
    return found


def _fits(field: Field, value: Any) -> bool:
    if field.kind == "integer":
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole and (field.least is None or value >= field.least)
    if field.kind == "array":
        return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    kinds: dict[str, type] = {"string": str, "boolean": bool, "object": dict}
    return isinstance(value, kinds[field.kind])


def _words(field: Field) -> str:
    least = "" if field.least is None else f" from {field.least} on"
    return _KINDS[field.kind] + least


def _usage(tool: str, fields: Sequence[Field]) -> str:
    parts = [f"{one.name} ({_words(one)}{', required' if one.is_required else ''})" for one in fields]
    return f"{tool} takes " + ", ".join(parts) + "." if parts else f"{tool} takes nothing."
