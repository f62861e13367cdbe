"""The effective configuration, value by value, each with the layer that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from .configuring import Loaded
from .decode import path_text
from .documents import Keys
from .encode import to_json_data
from .layers import Layer
from .own_records import ConfigEntry
from .redaction import redact
from .slots import Slot


def effective_entries(loaded: Loaded, slots: Mapping[str, Slot]) -> Iterator[ConfigEntry]:
    """Yield every value in force; defaults name the layer ``default``."""
    configuration = loaded.configuration
    plain = {
        field.name: getattr(configuration, field.name)
        for field in attrs.fields(type(configuration))
        if field.name != "plugins"
    }
    yield from _leaves(plain, (), loaded)
    for name, part in sorted({**dict.fromkeys(slots), **configuration.plugins}.items()):
        config = slots[name].config if name in slots else None
        if config is not None:
            yield from _leaves(to_json_data(config), ("plugins", name), loaded)
        elif part is not None:
            yield from _leaves(part, ("plugins", name), loaded)


def _leaves(value: Any, keys: Keys, loaded: Loaded) -> Iterator[ConfigEntry]:
    plain = to_json_data(value)
    if isinstance(plain, dict) and plain:
        for key, part in plain.items():
            yield from _leaves(part, (*keys, key), loaded)
        return
    layer = layer_of(loaded, keys)
    yield ConfigEntry(
        key=path_text(keys),
        value=redact(str(keys[-1]), plain),
        layer=layer.name if layer else "default",
        source=str(loaded.layers.locate(keys, False)) if layer else "default",
    )


def layer_of(loaded: Loaded, keys: Keys) -> Layer | None:
    """Return the layer that a value in force came from; None for a default, also for one inside a mapping that
    a layer wrote.
    """
    part: Any = loaded.layers.data
    for key in keys:
        if not isinstance(part, Mapping) or key not in part:
            return None
        part = part[key]
    return loaded.layers.origin(keys)
