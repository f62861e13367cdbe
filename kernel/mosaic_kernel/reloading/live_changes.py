"""Changes of the live layer: applied, and kept for the next start once they have come true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from mosaic_hookspecs.errors import Unavailable

from ..change_records import ChangeReport
from ..configuring import Loaded, Sources, load_configuration
from ..discovery import Listing
from ..layers import Layer
from ..runtime import Runtime
from ..slots import Slot
from .live_layer import LIVE_LAYER, changed, live_file, read_live, require_in_force, write_live
from .reconciling import Reconciler
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
    """The live layer of one kernel. What is not to be kept holds until the kernel is left."""

    def __init__(self, runtime: Runtime, start: Beginning, reconciler: Reconciler) -> None:
        self._runtime = runtime
        self._start = start
        self._reconciler = reconciler
        self._layer: Layer | None = None

    def load(self, listings: Mapping[str, Listing]) -> Loaded:
        """Read the configuration anew, with what was changed while the system ran.

        Raises:
            InputErrors: it is wrong.
        """
        return load_configuration(self._start.sources, listings, self._layer)

    async def apply(self, find: Callable[[], Mapping[str, Any]], *, keeps: bool, waits: Waits) -> ChangeReport:
        """Bring about the changes that `find` returns when no other change is under way, by dotted keys (None
        takes a key out), and with `keeps` write them down.

        Raises:
            Refused: the environment or a setting says something else (code ``set-above``).
            Unavailable: they hold now, but cannot be kept for the next start (code ``not-kept``).
            MosaicError: they could not be brought about; all is as it was.
        """
        runtime = self._runtime
        async with runtime.changing:
            changes = find()
            layers = runtime.loaded.layers
            require_in_force(layers, changes)
            path = live_file(layers, runtime.project_directory, runtime.configuration.state_directory)
            # Before anything is changed, since the file may be damaged.
            kept = changed(read_live(path), changes) if keeps else None
            now = self._layer or next((one for one in layers.layers if one.name == LIVE_LAYER), None)
            layer = changed(now, changes)
            listings = self._start.listings()
            loaded = load_configuration(self._start.sources, listings, layer)
            done = await self._reconciler.apply(loaded, listings, is_strict=True, waits=waits)
            self._start.adopt_settings(runtime)
            self._layer = layer
            if kept is not None:
                _keep(path, kept)
        return ChangeReport(changes=tuple(done))


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
