"""JSON Schema of ``mosaic.yaml``, for editors and forms: what records say of themselves, a title for each key,
and which keys are secrets (``writeOnly``).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.ports import PORTS
from mosaic_hookspecs.record_schema import record_schema, type_schema

from .loading import load_class
from .redaction import is_secret
from .settings import Configuration
from .slots import PluginState, Slot

_KEPT_OUT = (PluginState.DISABLED, PluginState.DENIED, PluginState.UNAVAILABLE)
__all__ = ["configuration_schema", "record_schema", "type_schema"]


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
        part = {"title": name, "description": slot.listing.manifest.summary, **plugin_schema(slot)}
        plugins[name] = {"anyOf": [{"const": False}, part]}
    complete(schema)
    properties["plugins"]["properties"] = plugins
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "mosaic.yaml", **schema}


def plugin_schema(slot: Slot) -> dict[str, Any]:
    """Return the schema of one plugin's configuration; of one that is not to be imported, any mapping's."""
    if slot.state in _KEPT_OUT and not slot.is_unconfigured:
        return {"type": "object"}
    told = getattr(slot.plugin_class, "config_schema", None)
    if told is not None:
        return complete(copy.deepcopy(told))  # by a plugin in a process of its own, whose class is not here
    try:
        kind = getattr(slot.plugin_class or load_class(slot.listing), "Config", None)
    except MosaicError:
        return {"type": "object"}
    if kind is None:
        return {"type": "object", "additionalProperties": False}
    return complete(type_schema(kind))


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Give every key in a schema a title, and mark those that are secrets; return the schema."""
    for name, part in schema.get("properties", {}).items():
        part.setdefault("title", title_of(name))
        if part.get("type") == "string" and is_secret(name):
            part["writeOnly"] = True
        complete(part)
    for part in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
        if isinstance(part, dict):
            complete(part)
    return schema


def title_of(name: str) -> str:
    """Return a key as a label says it: ``connect_seconds`` is "Connect seconds"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
