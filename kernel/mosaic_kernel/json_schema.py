"""JSON Schema of attrs classes, for editors: types, defaults, and each field's help."""

from __future__ import annotations

import collections.abc
import enum
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.ports import PORTS

from .encode import to_json_data
from .loading import load_class
from .settings import Configuration
from .slots import PluginState, Slot

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
    """Return the schema of an attrs class. Records inside it are written out where they stand."""
    attrs.resolve_types(kind)
    properties: dict[str, Any] = {}
    required = []
    for field in attrs.fields(kind):
        part = type_schema(field.type)
        if field.metadata.get("help"):
            part["description"] = field.metadata["help"]
        if field.default is attrs.NOTHING:
            required.append(field.name)
        elif not isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]  # attrs types Factory as a function
            part["default"] = to_json_data(field.default)
        properties[field.name] = part
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return schema


def type_schema(kind: Any) -> dict[str, Any]:  # noqa: PLR0911 - one return a kind of type
    """Return the schema of a type; of a type that JSON does not know, one that allows anything."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [type_schema(one) for one in arguments]}
    if not isinstance(origin, type):
        return {}
    if attrs.has(origin):
        return record_schema(origin)
    if issubclass(origin, enum.Enum):
        return {"enum": [to_json_data(member) for member in origin]}
    if issubclass(origin, collections.abc.Mapping):
        return {"type": "object", "additionalProperties": type_schema(arguments[1]) if arguments else {}}
    if issubclass(origin, collections.abc.Iterable):
        return {"type": "array", "items": type_schema(arguments[0]) if arguments else {}}
    return {"type": "string"} if hasattr(origin, "__fspath__") else {}


def configuration_schema(slots: Mapping[str, Slot]) -> dict[str, Any]:
    """Return the schema of ``mosaic.yaml``, with the configuration of every plugin that can be loaded."""
    schema = record_schema(Configuration)
    properties = schema["properties"]
    properties["ports"]["properties"] = {
        port: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]} for port in PORTS
    }
    properties["ports"]["additionalProperties"] = False
    plugins: dict[str, Any] = {}
    for name, slot in sorted(slots.items()):
        part = _plugin_schema(slot)
        part["description"] = slot.listing.manifest.summary
        plugins[name] = {"anyOf": [{"const": False}, part]}
    properties["plugins"]["properties"] = plugins
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "mosaic.yaml", **schema}


def _plugin_schema(slot: Slot) -> dict[str, Any]:
    if slot.state in (PluginState.DISABLED, PluginState.DENIED, PluginState.UNAVAILABLE):
        return {"type": "object"}
    told = getattr(slot.plugin_class, "config_schema", None)
    if told is not None:
        return dict(told)  # by a plugin in a process of its own, whose class is not here
    try:
        kind = getattr(load_class(slot.listing), "Config", None)
    except MosaicError:
        return {"type": "object"}
    return type_schema(kind) if kind is not None else {"type": "object", "additionalProperties": False}
