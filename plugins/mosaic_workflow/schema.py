"""The JSON Schema of workflows, for editors; made from the vocabulary that the compiler checks."""

from __future__ import annotations

from typing import Any

from .shapes import (
    Anything,
    Condition,
    Contexts,
    Fields,
    Flag,
    Items,
    Number,
    OneOf,
    Shape,
    Table,
    Text,
)
from .vocabulary import WORKFLOW

_EXPRESSION: dict[str, Any] = {"type": "string", "pattern": r"\$\{\{"}


def workflow_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12). Every workflow that the compiler takes is valid under it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mosaic workflow",
        **_schema(WORKFLOW),
    }


def _schema(shape: Shape) -> dict[str, Any]:
    schema = _bare(shape)
    if shape.help:
        schema["description"] = shape.help
    return schema


def _or_expression(schema: dict[str, Any], contexts: Contexts) -> dict[str, Any]:
    return schema if contexts is None else {"anyOf": [schema, dict(_EXPRESSION)]}


def _bare(shape: Shape) -> dict[str, Any]:  # noqa: PLR0911 - one return a kind of shape
    if isinstance(shape, OneOf):
        return {"anyOf": [_schema(part) for part in shape.of]}
    if isinstance(shape, Fields):
        return _fields(shape)
    if isinstance(shape, Table):
        return _table(shape)
    if isinstance(shape, Items):
        items: dict[str, Any] = {"type": "array", "items": _schema(shape.of)}
        return {**items, "minItems": shape.least} if shape.least else items
    if isinstance(shape, Text):
        return _text(shape)
    if isinstance(shape, Condition):
        return {"type": ["string", "boolean", "number"]}
    if isinstance(shape, Number):
        return _number(shape)
    if isinstance(shape, Flag):
        return _or_expression({"type": "boolean"}, shape.contexts)
    if isinstance(shape, Anything):
        return {"type": ["string", "number", "boolean", "null"]} if shape.scalar_only else {}
    return {"type": "null"}


def _text(shape: Text) -> dict[str, Any]:
    if shape.choices:
        return _or_expression({"enum": list(shape.choices)}, shape.contexts)
    schema: dict[str, Any] = {"type": ["string", "number", "boolean"] if shape.takes_scalars else "string"}
    if shape.pattern:
        schema["pattern"] = _pattern(shape.pattern)
    if not shape.may_be_empty:
        schema["pattern"] = r"\S"
    return schema


def _number(shape: Number) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if shape.is_whole else "number"}
    schema["exclusiveMinimum" if shape.excludes_least else "minimum"] = shape.least
    if shape.most is not None:
        schema["maximum"] = shape.most
    return _or_expression(schema, shape.contexts)


def _fields(shape: Fields) -> dict[str, Any]:
    properties = {key: _schema(part) for key, part in shape.of.items()}
    properties.update(
        {key: {"description": f"No effect: {why}.", "deprecated": True} for key, why in shape.ignored.items()}
    )
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if shape.required:
        schema["required"] = list(shape.required)
    return schema


def _table(shape: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "additionalProperties": _schema(shape.of)}
    if shape.special:
        schema["properties"] = {key: _schema(part) for key, part in shape.special.items()}
    if shape.pattern:
        schema["propertyNames"] = {"pattern": _pattern(shape.pattern)}
    if shape.least:
        schema["minProperties"] = shape.least
    return schema


def _pattern(pattern: str) -> str:
    return "^" + pattern.removesuffix(r"\Z") + "$"
