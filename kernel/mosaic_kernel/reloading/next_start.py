"""Enables and disables plugins of a project in which nothing runs: for the next start, in the live layer.

Refuses what the next start would refuse. A kernel that runs changes its plugins itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mosaic_hookspecs.errors import InputError, NotFound, Refused

from ..config_files import STATE_DIRECTORY
from ..configuring import Sources, load_configuration
from ..discovery import PluginIndex
from ..failures import InputErrors, nearest
from ..ordering import missing_needs
from ..selection import check_names, select
from ..slots import PluginState
from .live_layer import changed, live_file, read_live, require_in_force, switched_on, write_live

_ENDS_BADLY = (PluginState.DENIED, PluginState.UNAVAILABLE, PluginState.FAILED)


def switch_for_next_start(
    directory: Path,
    name: str,
    *,
    runs: bool,
    environment: Mapping[str, str] | None = None,
    index: PluginIndex | None = None,
) -> Path:
    """Have the plugin `name` run, or not, when Mosaic is started for the project that `directory` is in; return
    the file in which that is kept.

    Raises:
        NotFound: there is no such plugin.
        Refused: something above the live layer says otherwise (code ``set-above``); or the plugin could not
            run all the same (code ``not-to-be-enabled``).
        InputErrors: the configuration is wrong, or would be.
        Unavailable: a plugin would lack a port that it needs.
        OSError: the file cannot be written.
    """
    listings = (index or PluginIndex()).listings()
    if name not in listings:
        raise NotFound("unknown-plugin", f"there is no plugin {name!r}", hint=nearest(name, listings))
    sources = Sources(
        profile=None,
        directory=directory.absolute(),
        settings={},
        environment=dict(os.environ if environment is None else environment),
    )
    below = load_configuration(sources, listings, changed(None, {}))
    path = live_file(below.layers, below.project_directory, STATE_DIRECTORY)
    live = read_live(path)
    changes = switched_on(name, below.layers, live) if runs else {f"plugins.{name}": False}
    require_in_force(below.layers, changes)
    layer = changed(live, changes)
    loaded = load_configuration(sources, listings, layer)
    slots = select(listings, loaded.configuration, safe_mode=False, directory=loaded.project_directory)
    mistakes: list[InputError] = list(check_names(slots, loaded.configuration, loaded.layers))
    if mistakes:
        raise InputErrors(mistakes)
    slot = slots[name]
    if runs and slot.state in (*_ENDS_BADLY, PluginState.UNUSED):
        raise Refused(
            "not-to-be-enabled",
            f"the plugin {name!r} cannot be enabled: it is {slot.state.value}",
            got=slot.detail,
            hint=slot.hint,
        )
    for _, missing in missing_needs(slots, loaded.configuration.ports):
        raise missing
    write_live(path, layer)
    return path
