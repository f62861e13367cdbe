"""The live layer of the configuration: what was changed while the system ran, kept for the next start.

A YAML file in the state directory, above the project's file and below the environment. Only what this module
writes belongs into it; it may be removed when nothing runs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import Refused

from ..config_files import LIVE_FILE
from ..layers import Layer, Layers, of_file, of_settings

LIVE_LAYER = "live"
_ABOVE = ("environment", "settings")


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


def changed(live: Layer | None, changes: Mapping[str, Any]) -> Layer:
    """Return the live layer with `changes`, by dotted keys; None takes a key out."""
    merged = Layers([layer for layer in (live, of_settings(changes)) if layer is not None])
    return Layer(
        name=LIVE_LAYER,
        data=_without_none(merged.data),
        locate=lambda keys, _: "live." + ".".join(map(str, keys)),
        path=live.path if live is not None else "",
    )


def require_in_force(layers: Layers, changes: Mapping[str, Any]) -> None:
    """Refuse a change that a layer above the live one would hide.

    Raises:
        Refused: it names the key, and where it is set (code ``set-above``).
    """
    for key in changes:
        keys = tuple(key.split("."))
        origin = layers.origin(keys)
        if origin is not None and origin.name in _ABOVE:
            raise Refused(
                "set-above",
                f"{key} cannot be changed while the system runs",
                where=layers.locate(keys, False),
                expected="a key that the environment and the command line leave alone",
                hint="Start without that setting.",
            )


def write_live(path: Path, layer: Layer) -> None:
    """Write the live layer, all of it or nothing.

    Raises:
        OSError: it cannot be written.
    """
    import yaml

    path.parent.mkdir(parents=True, exist_ok=True)
    text = "# What was changed while Mosaic ran. Written by `mosaic plugins …`.\n" + yaml.safe_dump(
        dict(layer.data), sort_keys=True
    )
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
    return {
        key: _without_none(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if value is not None
    }
