"""Changes of the live layer: applied, and kept for the next start once they have come true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import attrs

from mosaic_hookspecs.errors import Unavailable

from ..change_records import ChangeReport, PluginChange
from ..configuring import Loaded, Sources, load_configuration
from ..discovery import Listing
from ..layers import Layer
from ..runtime import Runtime
from ..slots import Slot
from .live_layer import (
    changed,
    live_file,
    live_text,
    read_live,
    require_in_force,
    switched_on,
    write_live,
)
from .reconciling import Reconciler
from .setting_values import changes_of
from .waiting import Waits


class Beginning(Protocol):
    """What the changes need of how the kernel was started."""

    @property
    def sources(self) -> Sources:
        """Where configuration is looked for."""

    def listings(self) -> dict[str, Listing]:
        """Return every plugin that is installed now, or was given in process."""

    def select(self, listings: Mapping[str, Listing], loaded: Loaded) -> dict[str, Slot]:
        """Return a slot for every plugin; those that are to run are ``chosen``."""

    def adopt_settings(self, runtime: Runtime) -> None:
        """Let what the kernel itself reads of the configuration hold from now on."""


class LiveChanges:
    """The live layer of one kernel: its file, and above it what is not to be kept, which holds until the kernel
    is left.
    """

    def __init__(self, runtime: Runtime, start: Beginning, reconciler: Reconciler) -> None:
        self._runtime = runtime
        self._start = start
        self._reconciler = reconciler
        self._unkept: dict[str, Any] = {}

    def load(self, listings: Mapping[str, Listing]) -> Loaded:
        """Read the configuration anew, the live layer's file too, with what was changed and not kept.

        Raises:
            InputErrors: it is wrong.
        """
        # Without anything on top of it, the file is read together with the others, and so are their mistakes.
        live = changed(read_live(self._path()), self._unkept, note=_NOTE) if self._unkept else None
        return load_configuration(self._start.sources, listings, live)

    def switched_on(self, name: str) -> Mapping[str, Any]:
        """Return the change that lets a plugin run, whichever layer disables it.

        Raises:
            InputErrors: the configuration is wrong.
        """
        below = load_configuration(self._start.sources, self._start.listings(), changed(None, {})).layers
        return switched_on(name, below, changed(read_live(self._path()), self._unkept))

    def setting(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the changes that let `values` hold, by dotted keys (None takes a key out).

        Raises:
            InputError: it is no configuration.
            Refused: it cannot be changed here.
        """
        below = load_configuration(self._start.sources, self._start.listings(), changed(None, {})).layers
        live = changed(read_live(self._path()), self._unkept)
        return changes_of(values, self._runtime.loaded, below, live)

    async def apply(
        self,
        find: Callable[[], Mapping[str, Any]],
        *,
        keeps: bool,
        waits: Waits,
        port: str = "",
    ) -> ChangeReport:
        """Bring about the changes that `find` returns when no other change is under way, by dotted keys (None
        takes a key out), and with `keeps` write them down; but not where the first provider of `port`, as it
        is then, says that nothing in it outlives the process.

        Raises:
            Refused: the environment or a setting says something else (code ``set-above``).
            Unavailable: they hold now, but cannot be kept for the next start (code ``not-kept``).
            MosaicError: they could not be brought about; all is as it was.
        """
        runtime = self._runtime
        async with runtime.changing:
            changes = find()
            require_in_force(runtime.loaded.layers, changes)
            path = self._path()
            file = read_live(path)
            unkept = {key: value for key, value in self._unkept.items() if not _touches(key, changes)}
            both = {**unkept, **changes}
            listings = self._start.listings()
            # Before anything is changed, since the file may be damaged.
            kept = changed(file, changes)
            if keeps:
                live_text(kept)
            layer = changed(kept, unkept, note=_NOTE) if keeps else changed(file, both, note=_NOTE)
            loaded = load_configuration(self._start.sources, listings, layer)
            done = await self._reconciler.apply(loaded, listings, is_strict=True, waits=waits)
            self._start.adopt_settings(runtime)
            self._unkept = both
            warning = self._why_not_kept(port) if keeps and port else ""
            if warning:
                runtime.loaded = attrs.evolve(
                    runtime.loaded,
                    layers=load_configuration(
                        self._start.sources, listings, changed(file, both, note=_NOTE)
                    ).layers,
                )
                done = _warned(done, self._who_fills(port), warning)
            elif keeps:
                _keep(path, kept)
                self._unkept = unkept
        return ChangeReport(changes=tuple(done))

    def _path(self) -> Path:
        runtime = self._runtime
        return live_file(
            runtime.loaded.layers, runtime.project_directory, runtime.configuration.state_directory
        )

    def _why_not_kept(self, port: str) -> str:
        names = self._runtime.board.port(port).names()
        if not names or getattr(self._runtime.board.port(port).get(names[0]), "is_volatile", False) is not True:
            return ""
        return (
            f"{names[0]!r} forgets everything when this process ends, so that was not kept: the next start "
            f"takes the provider that it would have taken without, and what is in {names[0]!r} by then is lost"
        )

    def _who_fills(self, port: str) -> str:
        name = self._runtime.board.port(port).names()[0]
        return next(
            (slot.name for slot in self._runtime.slots.values() if (port, name) in slot.providers()), name
        )


_NOTE = "(not kept)"


def _touches(key: str, changes: Mapping[str, Any]) -> bool:
    return any(f"{one}.".startswith(f"{key}.") or f"{key}.".startswith(f"{one}.") for one in changes)


def _warned(changes: list[PluginChange], name: str, warning: str) -> list[PluginChange]:
    return [
        attrs.evolve(one, warning="; ".join(filter(None, (one.warning, warning)))) if one.name == name else one
        for one in changes
    ]


def _keep(path: Path, layer: Layer) -> None:
    try:
        write_live(path, layer)
    except OSError as error:
        raise Unavailable(
            "not-kept",
            "the change has come true, but it cannot be kept for the next start",
            where=str(path),
            got=f"{type(error).__name__}: {error}",
            hint="Let that file be written, and make the change again; or write it into mosaic.yaml.",
        ) from error
