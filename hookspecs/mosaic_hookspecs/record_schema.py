"""JSON Schema of records: types, defaults, and each field's help. Pure; knows attrs classes and plain types.

Owns what an editor, an HTTP client or a model is told of a record. What decodes the data is the judge of it:
a schema may allow what decoding refuses, such as what a validator of a record's own refuses (those of attrs are
told). A record says more than its types do by keywords of JSON Schema: of a field in its metadata
(``{"schema": {…}}``), of the whole in the class attribute `json_schema`; they come last, and are not looked at
here.
"""

from __future__ import annotations

import collections.abc
import enum
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.validator_schema import validator_schema

_PLAIN: Mapping[Any, Mapping[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bytes: {"type": "string"},
    type(None): {"type": "null"},
    Any: {},
}


def record_schema(kind: type) -> dict[str, Any]:
    """Return the schema of an attrs class. Records inside it are written out where they stand; one that holds
    itself says there that it is an object.
    """
    return _record(kind, ())


def type_schema(kind: Any) -> dict[str, Any]:
    """Return the schema of a type; of a type that JSON does not know, one that allows anything."""
    return _type(kind, ())


def _record(kind: type, around: tuple[type, ...]) -> dict[str, Any]:
    if kind in around:
        return {"type": "object"}
    attrs.resolve_types(kind)
    properties: dict[str, Any] = {}
    required = []
    for field in attrs.fields(kind):
        part = _type(field.type, (*around, kind))
        if field.metadata.get("help"):
            part["description"] = field.metadata["help"]
        part.update(validator_schema(field.validator, part))
        part.update(field.metadata.get("schema", {}))
        if field.default is attrs.NOTHING:
            required.append(field.name)
        elif not isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]  # attrs types Factory as a function
            part["default"] = to_json_data(field.default)
        properties[field.name] = part
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return {**schema, **getattr(kind, "json_schema", {})}


def _type(kind: Any, around: tuple[type, ...]) -> dict[str, Any]:  # noqa: PLR0911 - one return a kind of type
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_type(one, around) for one in arguments]}
    if not isinstance(origin, type):
        return {}
    if attrs.has(origin):
        return _record(origin, around)
    if issubclass(origin, enum.Enum):
        return {"enum": [to_json_data(member) for member in origin]}
    if issubclass(origin, collections.abc.Mapping):
        return {"type": "object", "additionalProperties": _type(arguments[1], around) if arguments else {}}
    if issubclass(origin, collections.abc.Iterable):
        return {"type": "array", "items": _type(arguments[0], around) if arguments else {}}
    return {"type": "string"} if hasattr(origin, "__fspath__") else {}
