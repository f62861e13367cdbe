"""The live layer of the configuration: what was changed while the system ran, kept for the next start.

A YAML file in the state directory, above the project's file and below the environment. Only what this module
writes belongs into it; where nothing is kept, there is no such file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import InputError, Refused

from ..config_files import LIVE_FILE
from ..documents import Keys, load_yaml
from ..layers import Layer, Layers, of_file, of_settings
from ..redaction import redact

LIVE_LAYER = "live"
_ABOVE = ("environment", "settings")
_FILES = ("user", "project")
_OF_NUMBERS = tuple("+-.0123456789")


def live_file(layers: Layers, project_directory: Path, default: str) -> Path:
    """Return where the live layer is, from what the other layers say of the state directory."""
    directory = layers.data.get("state_directory", default)
    return project_directory / (directory if isinstance(directory, str) else default) / LIVE_FILE


def read_live(path: Path) -> Layer | None:
    """Return the live layer, or None.

    Raises:
        InputError: the file is damaged.
    """
    return of_file(LIVE_LAYER, path)


def changed(live: Layer | None, changes: Mapping[str, Any], *, note: str = "") -> Layer:
    """Return the live layer with `changes`, by dotted keys; None takes a key out. `note` is told wherever one
    of them is.
    """
    merged = Layers([layer for layer in (live, of_settings(changes)) if layer is not None])
    noted = [tuple(key.split(".")) for key in changes] if note else []
    return Layer(
        name=LIVE_LAYER,
        data=_without_none(merged.data),
        locate=lambda keys, _: (
            "live." + ".".join(map(str, keys)) + (f" {note}" if any(map(keys.__eq__, noted)) else "")
        ),
        path=live.path if live is not None else "",
    )


def switched_on(name: str, below: Layers, live: Layer | None) -> dict[str, Any]:
    """Return the change of the live layer that lets a plugin run: its key is taken out, unless a layer
    `below` disables the plugin, or it says more than whether the plugin runs.
    """
    says_more = bool(_part(live.data if live is not None else {}, name))
    is_off = _part(below.data, name) is False
    return {f"plugins.{name}": {} if is_off or says_more else None}


def hidden(layers: Layers) -> Iterator[InputError]:
    """Yield each value of the user's or the project's file that the live layer hides by another one: notices,
    and no mistakes, since that is what it is for.
    """
    live = next((layer for layer in layers.layers if layer.name == LIVE_LAYER), None)
    if live is None:
        return
    for below in layers.layers:
        if below.name not in _FILES:
            continue
        for keys, value, other in _differences(live.data, below.data, ()):
            if layers.origin(keys) is not live:
                continue
            place, last = ".".join(map(str, keys)), str(keys[-1])
            yield InputError(
                "hidden",
                f"{place} is {_shown(last, other)} in {below.path or below.name}, but "
                f"{_shown(last, value)} counts: {live.path or LIVE_FILE} stands above it",
                where=below.locate(keys, False),
                hint=f"`mosaic plugins enable`, `disable`, `swap` and config.set change {LIVE_FILE}; "
                "take the key out of it to let the other count.",
            )


def require_in_force(layers: Layers, changes: Iterable[str]) -> None:
    """Refuse a change that a layer above the live one would hide.

    Raises:
        Refused: it names the key, and where it is set (code ``set-above``).
    """
    for key in changes:
        keys = tuple(key.split("."))
        origin = layers.origin(keys)
        if origin is not None and origin.name in _ABOVE and _says(origin.data, keys):
            raise Refused(
                "set-above",
                f"{key} cannot be changed while the system runs",
                where=layers.locate(keys, False),
                expected="a key that the environment and the command line leave alone",
                hint="Start without that setting.",
            )


def _says(data: Any, keys: Keys) -> bool:
    """Whether a layer says this, or something in place of a part around it: not only of what stands beside."""
    for key in keys:
        if not isinstance(data, Mapping):
            return True
        if key not in data:
            return False
        data = data[key]
    return True


def live_text(layer: Layer) -> str:
    """Return the text of the live layer's file.

    Raises:
        InputError: the next start could not read it: it is too long, or too deep.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """Quotes what is text here and a number in YAML 1.2, such as ``1e5``; PyYAML knows that of 1.1."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = '"' if value[:1] in _OF_NUMBERS else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    head = "# What was changed while Mosaic ran. Written by `mosaic plugins …` and by config.set.\n"
    written = head + yaml.dump(dict(layer.data), Dumper=Dumper, sort_keys=True)
    load_yaml(written, layer.path or LIVE_FILE)
    return written


def write_live(path: Path, layer: Layer) -> None:
    """Write the live layer, all of it or nothing; without anything in it, there is no file.

    Raises:
        OSError: it cannot be written.
    """
    if not layer.data:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    text = live_text(layer)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".live-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data without what is None, and without what is empty by that."""
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            part = _without_none(value)
            if part or not value:
                kept[key] = part
        elif value is not None:
            kept[key] = value
    return kept


def _part(data: Mapping[str, Any], name: str) -> Any:
    plugins = data.get("plugins")
    return plugins.get(name) if isinstance(plugins, Mapping) else None


def _differences(
    live: Mapping[str, Any], below: Mapping[str, Any], keys: Keys
) -> Iterator[tuple[Keys, Any, Any]]:
    for key, value in live.items():
        if key not in below:
            continue
        place, other = (*keys, key), below[key]
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            yield from _differences(value, other, place)
        elif other is not None and value not in (other, [other]):
            yield place, value, other


def _shown(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping" if value else "{}"
    shown = redact(key, value)
    return str(shown).lower() if isinstance(shown, bool) else str(shown)
