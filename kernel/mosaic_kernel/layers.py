"""Layers of configuration: later ones win, and every value knows the layer that it came from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, Location

from .config_files import ENVIRONMENT_PREFIX
from .documents import Document, Keys, load_yaml, read_yaml

_SINGLE_VARIABLES = ("PROFILE", "ALLOW", "DENY", "REQUIRE_LOCK", "STATE_DIRECTORY")


@attrs.frozen(kw_only=True)
class Layer:
    """One source of configuration: its `name`, its plain data, and where each path of it stands."""

    name: str
    data: Mapping[str, Any]
    locate: Callable[[Keys, bool], Location | str]
    path: str = ""


class Layers:
    """Layers merged: mappings by key, everything else whole."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.data: dict[str, Any] = {}
        self.layers = tuple(layers)
        self._origins: dict[Keys, Layer] = {}
        for layer in self.layers:
            self._merge(self.data, layer.data, (), layer)

    def origin(self, keys: Keys) -> Layer | None:
        """Return the layer that a value (or the nearest part around it) came from."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self._origins:
                return self._origins[keys[:end]]
        return None

    def locate(self, keys: Keys, at_key: bool) -> Location | str:  # noqa: FBT001 - the shape of `decode.Locate`
        """Say where a value stands, in the file that it came from."""
        layer = self.origin(keys)
        return layer.locate(keys, at_key) if layer else ".".join(map(str, keys))

    def _merge(self, target: dict[str, Any], data: Mapping[str, Any], keys: Keys, layer: Layer) -> None:
        for key, value in data.items():
            place = (*keys, key)
            if isinstance(value, Mapping):
                below = target.get(key)
                if not isinstance(below, dict):
                    if below is not None and below is not False:
                        self._refuse(place, below)
                    below = target[key] = {}
                if not value or place not in self._origins:
                    self._origins[place] = layer
                self._merge(below, value, place, layer)
            else:
                for known in [known for known in self._origins if known[: len(place)] == place]:
                    del self._origins[known]
                target[key] = list(value) if isinstance(value, tuple) else value
                self._origins[place] = layer

    def _refuse(self, keys: Keys, value: Any) -> None:
        """Refuse a value that a layer above adds keys to: it would hide the mistake."""
        raise InputError(
            "bad-config",
            f"{'.'.join(map(str, keys))!r} is wrong",
            where=self.locate(keys, at_key=False),
            expected="a mapping",
            got=repr(value)[:60],
        )


def of_document(name: str, document: Document) -> Layer:
    """Return a YAML document as a layer.

    Raises:
        InputError: it is not a mapping.
    """
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        raise InputError(
            "bad-config", "the configuration is not a mapping", where=document.where(), expected="a mapping"
        )
    return Layer(
        name=name,
        data=data,
        locate=lambda keys, at_key: document.where(keys, at_key=at_key),
        path=document.path,
    )


def of_file(name: str, path: Path) -> Layer | None:
    """Return a file as a layer; None if there is none.

    Raises:
        InputError: the file is not a configuration.
    """
    if not path.exists():
        return None
    return of_document(name, read_yaml(path, shorten(path)))


def of_environment(environment: Mapping[str, str]) -> Layer:
    """Return the layer that variables such as ``MOSAIC_PORTS__STORAGE=memory`` make.

    A double underscore goes one level down; each value is YAML. A variable without one counts only
    where it names a key of its own (``MOSAIC_PROFILE``), since other programs may use the prefix.

    Raises:
        InputError: a value is not YAML, or contradicts another variable.
    """
    data: dict[str, Any] = {}
    names: dict[Keys, str] = {}
    for variable in sorted(environment):
        rest = variable.removeprefix(ENVIRONMENT_PREFIX)
        if rest == variable or ("__" not in rest and rest not in _SINGLE_VARIABLES):
            continue
        keys = tuple(part.lower() for part in rest.split("__"))
        names[keys] = variable
        value = load_yaml(environment[variable], f"${variable}").data
        _put(data, keys, value, f"${variable}")
    return Layer(name="environment", data=data, locate=_name_of(names, "$"))


def of_settings(settings: Mapping[str, Any]) -> Layer:
    """Return flags as a layer: dotted keys (``plugins.engine.parallelism``) or nested mappings.

    Raises:
        InputError: two of them contradict each other.
    """
    data: dict[str, Any] = {}
    names: dict[Keys, str] = {}
    for name, value in settings.items():
        keys = tuple(str(name).split("."))
        names[keys] = str(name)
        _put(data, keys, value, f"setting {name}")
    return Layer(name="settings", data=data, locate=_name_of(names, "setting "))


def _name_of(names: Mapping[Keys, str], before: str) -> Callable[[Keys, bool], Location | str]:
    def locate(keys: Keys, at_key: bool) -> str:  # noqa: FBT001 - the shape of `decode.Locate`
        for end in range(len(keys), 0, -1):
            if keys[:end] in names:
                return before + names[keys[:end]]
        below = [name for path, name in names.items() if path[: len(keys)] == keys]
        return before + (below[0] if below else ".".join(map(str, keys)))

    return locate


def _put(data: dict[str, Any], keys: tuple[str, ...], value: Any, where: str) -> None:
    target: Any = data
    for key in keys[:-1]:
        target = target.setdefault(key, {})
        if not isinstance(target, dict):
            raise InputError("bad-config", f"{key!r} is set as a value and as a mapping", where=where)
    last = keys[-1]
    if isinstance(target.get(last), dict) and isinstance(value, Mapping):
        for key, part in value.items():
            _put(target[last], (str(key),), part, where)
    elif isinstance(value, Mapping):
        target[last] = {}
        for key, part in value.items():
            _put(target[last], (str(key),), part, where)
    else:
        target[last] = value


def shorten(path: Path) -> str:
    """Return a path as a user would write it: relative to where they are, if it is below that."""
    try:
        return str(path.relative_to(Path(os.getcwd())))  # noqa: PTH109 - Path.cwd() costs the same, but cannot fail apart
    except (ValueError, OSError):
        return str(path)
