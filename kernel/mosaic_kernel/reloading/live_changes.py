"""Changes of the live layer: applied, and kept for the next start once they have come true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

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

    async def apply(self, changes: Mapping[str, Any], *, keeps: bool, waits: Waits) -> ChangeReport:
        """Bring about `changes`, by dotted keys (None takes a key out), and with `keeps` write them down.

        Raises:
            Refused: the environment or a setting says something else (code ``set-above``).
            MosaicError: they could not be brought about; all is as it was.
        """
        runtime = self._runtime
        async with runtime.changing:
            layers = runtime.loaded.layers
            require_in_force(layers, changes)
            now = self._layer or next((one for one in layers.layers if one.name == LIVE_LAYER), None)
            layer = changed(now, changes)
            listings = self._start.listings()
            loaded = load_configuration(self._start.sources, listings, layer)
            done = await self._reconciler.apply(loaded, listings, is_strict=True, waits=waits)
            self._layer = layer
            if keeps:
                state_directory = runtime.configuration.state_directory
                path = live_file(layers, runtime.project_directory, state_directory)
                write_live(path, changed(read_live(path), changes))
        return ChangeReport(changes=tuple(done))
