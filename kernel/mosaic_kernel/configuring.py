"""Reads the whole configuration: finds the layers, merges them, decodes them, and gathers every mistake."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError

from .config_files import STATE_DIRECTORY, find_project_file, user_file
from .decode import decode
from .discovery import Listing
from .failures import InputErrors
from .generation import Recipe
from .layers import (
    Layer,
    Layers,
    of_environment,
    of_file,
    of_settings,
)
from .loading import load_class
from .profiles import profile_layer
from .reloading.editions import first_edition
from .reloading.live_layer import live_file, read_live
from .settings import Configuration
from .slots import Slot

CODE = "bad-config"


@attrs.frozen(kw_only=True)
class Sources:
    """Where configuration is looked for. `profile` None: as the layers say; "": no profile."""

    profile: str | None
    directory: Path
    settings: Mapping[str, Any]
    environment: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Loaded:
    """The effective configuration, the layers that it came from, and the project it was found for;
    `has_given_profile` says whether the profile was given at the start, above all layers.
    """

    configuration: Configuration
    layers: Layers
    project_directory: Path
    has_given_profile: bool = False


def load_configuration(sources: Sources, listings: Mapping[str, Listing], live: Layer | None = None) -> Loaded:
    """Read every layer: profile < user file < project file < live < environment < settings. `live` stands for
    the live layer's file, if it is given.

    Raises:
        InputErrors: every mistake in the first layer or record that has one.
    """
    errors: list[InputError] = []
    layers: list[Layer] = []
    project = find_project_file(sources.directory)
    personal = user_file(sources.environment)
    readers: tuple[Callable[[], Layer | None], ...] = (
        lambda: of_file("user", personal) if personal else None,
        lambda: of_file("project", project) if project else None,
        lambda: of_environment(sources.environment),
        lambda: of_settings(sources.settings),
    )
    for read in readers:
        try:
            layer = read()
        except InputError as error:
            errors.extend(getattr(error, "others", (error,)))
        else:
            if layer is not None and layer.data:
                layers.append(layer)
    base = project.parent if project else sources.directory
    if live is None:
        try:
            live = read_live(live_file(Layers(layers), base, STATE_DIRECTORY))
        except InputError as error:
            errors.extend(getattr(error, "others", (error,)))
    if errors:
        raise InputErrors(errors)
    if live is not None and live.data:
        above = sum(layer.name in ("environment", "settings") for layer in layers)
        layers.insert(len(layers) - above, live)
    merged = _with_profile(sources, layers, listings)
    configuration = _decode(merged)
    if sources.profile is not None:
        configuration = attrs.evolve(configuration, profile=sources.profile)
    return Loaded(
        configuration=configuration,
        layers=merged,
        project_directory=base,
        has_given_profile=sources.profile is not None,
    )


def _with_profile(sources: Sources, layers: list[Layer], listings: Mapping[str, Listing]) -> Layers:
    merged = Layers(layers)
    where = None
    name: Any = sources.profile
    if name is None:
        name = merged.data.get("profile", attrs.fields(Configuration).profile.default)
        where = merged.locate(("profile",), False) if "profile" in merged.data else None
    if not isinstance(name, str):
        # The decoding below says what is wrong with it.
        return merged
    if not name:
        return merged
    return Layers([profile_layer(name, listings, where), *layers])


def _decode(merged: Layers) -> Configuration:
    data = dict(merged.data)
    ports = data.get("ports")
    if isinstance(ports, dict):
        # One name may stand without a list.
        data["ports"] = {port: [names] if isinstance(names, str) else names for port, names in ports.items()}
    errors: list[InputError] = []
    plugins = data.get("plugins")
    if isinstance(plugins, dict):
        for name, part in plugins.items():
            if part is not False and part is not None and not isinstance(part, Mapping):
                errors.append(
                    InputError(
                        CODE,
                        f"'plugins.{name}' is wrong",
                        where=merged.locate(("plugins", name), False),
                        expected="a mapping, or false to disable the plugin",
                        got=repr(part)[:60],
                    )
                )
    try:
        configuration = decode(Configuration, data, locate=merged.locate, code=CODE)
    except InputErrors as found:
        raise InputErrors([*found.others, *errors]) from None
    if errors:
        raise InputErrors(errors)
    return configuration


def decode_plugin(slot: Slot, loaded: Loaded) -> Recipe:
    """Load a chosen plugin's class, and decode its part of the configuration into its ``Config``.

    Raises:
        Unavailable: it cannot be imported.
        InputErrors: its part is wrong.
    """
    plugin_class = load_class(slot.listing)
    return Recipe(
        plugin_class=plugin_class,
        config=decode_config(slot.name, plugin_class, loaded),
        edition=first_edition(slot.listing),
    )


def decode_config(name: str, plugin_class: Any, loaded: Loaded) -> Any:
    """Decode a plugin's part of the configuration; None if it has no ``Config``.

    Raises:
        InputErrors: its part is wrong.
    """
    data = loaded.configuration.plugins.get(name)
    kind = getattr(plugin_class, "Config", None)
    if kind is None:
        if data:
            raise InputErrors(
                [
                    InputError(
                        CODE,
                        f"plugin {name!r} has no configuration",
                        where=loaded.layers.locate(("plugins", name), True),
                        expected="nothing",
                    )
                ]
            )
        return None
    if not data:
        # Most plugins are left as they are, and a converter for each costs as much as all else of a start.
        # A record that needs something, or refuses its own defaults, is told so by the decoding below.
        with contextlib.suppress(Exception):
            return kind()
    return decode(kind, data or {}, locate=loaded.layers.locate, prefix=("plugins", name), code=CODE)
