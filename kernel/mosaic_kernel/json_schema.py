"""JSON Schema of ``mosaic.yaml``, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.ports import PORTS
from mosaic_hookspecs.record_schema import record_schema, type_schema

from .loading import load_class
from .settings import Configuration
from .slots import PluginState, Slot

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
