"""The kernel's own operation ``config.fields``: one plugin's configuration as the fields of a form.

Owns what a form has to know of each key: its kind, limits and help, its value now and which layer that is from,
and whether it can be set while the system runs. How it looks is a door's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import attrs

from mosaic_hookspecs.errors import MosaicError, NotFound
from mosaic_hookspecs.operations import Call, Operation, OperationKind
from mosaic_hookspecs.record_schema import record_schema

from .decode import path_text
from .documents import Keys
from .effective import layer_of
from .encode import to_json_data
from .failures import nearest
from .json_schema import complete, plugin_schema, title_of
from .layers import Layer
from .redaction import is_secret, redact
from .reloading.live_layer import LIVE_LAYER
from .reloading.setting_values import require_settable
from .runtime import Runtime
from .settings import Configuration

FieldKind = Literal["text", "number", "integer", "boolean", "choice", "list", "data"]
_KINDS: Mapping[str, FieldKind] = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}
_ELSEWHERE = ("plugins", "ports")


@attrs.frozen(kw_only=True)
class AskFields:
    """Whose configuration."""

    plugin: str = attrs.field(default="", metadata={"help": "The plugin's name; without it, Mosaic's own."})


@attrs.frozen(kw_only=True)
class ConfigField:
    """One key that can be set, by config.set.

    A ``list`` holds text; ``data`` is any other JSON value. `schema` has the limits. `text` is the value as the
    `texts` of config.set have it. A secret's value is hidden. `layer` and `source` say where the value is from;
    `is_live` that it was set while the system ran, and can be taken back; `fixed` why it cannot be set now.
    """

    key: str
    title: str
    help: str = ""
    kind: FieldKind = "text"
    choices: Sequence[Any] = ()
    schema: Mapping[str, Any] = attrs.field(factory=dict)
    value: Any = None
    text: str = ""
    default: Any = None
    is_required: bool = False
    is_optional: bool = False
    is_secret: bool = False
    is_live: bool = False
    layer: str = "default"
    source: str = "default"
    fixed: str = ""


@attrs.frozen(kw_only=True)
class ConfigFields:
    """The fields, in the order in which they are declared; `note` says why there are none."""

    plugin: str = ""
    fields: Sequence[ConfigField] = ()
    note: str = ""


def field_operations(runtime: Runtime) -> list[Operation]:
    """Return the operation."""

    async def ask(data: AskFields, call: Call) -> ConfigFields:
        return _plugin_fields(runtime, data.plugin) if data.plugin else _own_fields(runtime)

    return [
        Operation(
            name="config.fields",
            kind=OperationKind.QUERY,
            input=AskFields,
            output=ConfigFields,
            handler=ask,
            permission="config:read",
            summary="Describe a plugin's configuration as a form: keys, limits, values and origins.",
        )
    ]


def fields_of(runtime: Runtime, keys: Iterable[str]) -> Iterator[ConfigField]:
    """Yield the fields of all that these keys belong to."""
    names = {key.split(".")[1] for key in keys if key.startswith("plugins.")}
    yield from _own_fields(runtime).fields
    for name in sorted(names & set(runtime.slots)):
        yield from _plugin_fields(runtime, name).fields


def _own_fields(runtime: Runtime) -> ConfigFields:
    schema = complete(record_schema(Configuration))
    for name in _ELSEWHERE:
        del schema["properties"][name]
    values = to_json_data(attrs.evolve(runtime.configuration, plugins={}))
    return ConfigFields(fields=tuple(_fields(runtime, schema, (), values)))


def _plugin_fields(runtime: Runtime, name: str) -> ConfigFields:
    slot = runtime.slots.get(name)
    if slot is None:
        raise NotFound(
            "unknown-plugin",
            f"there is no plugin {name!r}",
            where="plugin",
            hint=nearest(name, runtime.slots),
        )
    schema = plugin_schema(slot)
    if "properties" not in schema:
        has_none = schema.get("additionalProperties") is False
        note = "It has no configuration." if has_none else "Its keys are known once it runs."
        return ConfigFields(plugin=name, note=note)
    given = slot.config if slot.config is not None else runtime.configuration.plugins.get(name)
    return ConfigFields(
        plugin=name, fields=tuple(_fields(runtime, schema, ("plugins", name), to_json_data(given or {})))
    )


def _fields(
    runtime: Runtime, schema: Mapping[str, Any], keys: Keys, values: Mapping[str, Any]
) -> Iterator[ConfigField]:
    for name, part in schema["properties"].items():
        place = (*keys, name)
        value = redact(name, values.get(name, part.get("default")))
        if part.get("properties"):
            yield from _fields(runtime, part, place, value or {})
            continue
        kind, choices = _kind(part)
        layer = layer_of(runtime.loaded, place)
        yield ConfigField(
            key=path_text(place),
            title=str(part.get("title", title_of(name))),
            help=str(part.get("description", "")),
            kind=kind,
            choices=choices,
            schema=part,
            value=value,
            text="" if kind == "text" and is_secret(name) else _text(kind, value),
            default=part.get("default"),
            is_required=name in schema.get("required", ()),
            is_optional=any(one.get("type") == "null" for one in part.get("anyOf", ())),
            is_secret=kind == "text" and is_secret(name),
            is_live=_says(runtime, place),
            layer=layer.name if layer else "default",
            source=str(runtime.loaded.layers.locate(place, False)) if layer else "default",
            fixed=_why_fixed(runtime, path_text(place)),
        )


def _kind(schema: Mapping[str, Any]) -> tuple[FieldKind, Sequence[Any]]:
    parts = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"] or [schema]
    if len(parts) > 1:
        return "data", ()
    part = {**schema, **parts[0]}
    if "enum" in part:
        return "choice", part["enum"]
    if part.get("type") == "array" and part.get("items", {}).get("type") == "string":
        return "list", ()
    return _KINDS.get(str(part.get("type")), "data"), ()


def _text(kind: FieldKind, value: Any) -> str:
    if value is None:
        return ""
    if kind == "list":
        return "\n".join(value)
    if kind == "data":
        return json.dumps(value, indent=2, ensure_ascii=False)
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _says(runtime: Runtime, keys: Keys) -> bool:
    """Whether the live layer says something of a key."""
    live: Layer | None = next(
        (layer for layer in runtime.loaded.layers.layers if layer.name == LIVE_LAYER), None
    )
    part: Any = live.data if live is not None else None
    for key in keys:
        if not isinstance(part, Mapping) or key not in part:
            return False
        part = part[key]
    return True


def _why_fixed(runtime: Runtime, key: str) -> str:
    try:
        require_settable(runtime.loaded, key)
    except MosaicError as error:
        return f"{error.what}: {error.where}" if str(error.where) != key else error.what
    return ""
