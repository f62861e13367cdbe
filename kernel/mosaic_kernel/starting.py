"""What happens between making a kernel and its being ready: discover, configure, select, order, start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.errors import InputError, MosaicError
from mosaic_hookspecs.manifest import Manifest

from .bus import NoticeBus
from .configuring import Loaded, Sources, decode_plugin, load_configuration
from .discovery import Listing, PluginIndex, in_process
from .dispatch import Dispatcher
from .failures import InputErrors
from .hook_calls import make_manager
from .layers import Layers
from .lifecycle import Lifecycle
from .log_lines import LEVELS, Logger, LogSink, Stream
from .ordering import missing_needs, nothing_fills, start_order
from .own_operations import OwnOperations
from .own_time import OwnTime
from .ports import PortBoard
from .registry import KERNEL
from .reloading.operations import ChangeOperations
from .runtime import Runtime
from .seats import Seat
from .selection import changed_since_locked, check_names, select
from .settings import Configuration
from .slots import PluginState, Slot
from .system_clock import SystemClock


@attrs.define(kw_only=True)
class Start:
    """How one kernel is to be started; see `mosaic_kernel.Kernel` for the arguments."""

    sources: Sources
    plugins: Sequence[tuple[str, Any, Manifest]]
    index: PluginIndex
    clock: Clock | None
    log_stream: Stream | None
    safe_mode: bool
    is_tolerant: bool
    starts_plugins: bool
    serves: bool = False
    _errors: list[MosaicError] = attrs.field(factory=list)

    def prepare(self, nursery: trio.Nursery) -> Runtime:
        """Discover, configure, select and order; nothing is started yet.

        Raises:
            InputErrors: every mistake in the configuration.
            Unavailable: a plugin cannot be imported, or needs a port that nothing fills.
        """
        listings = self.listings()
        loaded = self._load(listings)
        configuration = loaded.configuration
        slots = self.select(listings, loaded)
        found = list(check_names(slots, configuration, loaded.layers))
        if not self.is_tolerant:
            for error in changed_since_locked(slots):
                self._tell(error)
        found += self._decode_plugins(slots, loaded)
        if found:
            self._tell(InputErrors(found))
        order = self._order(slots, configuration)
        clock = self.clock or SystemClock()
        sink = LogSink(clock, self.log_stream)

        def on_fault(plugin: str, doing: str, error: BaseException, /, *, counts: bool = True) -> None:
            runtime.on_fault(plugin, doing, error, counts=counts)  # set later

        runtime = Runtime(
            loaded=loaded,
            is_serving=self.serves,
            project_directory=loaded.project_directory,
            state_directory=loaded.project_directory / configuration.state_directory,
            clock=clock,
            bus=NoticeBus(),
            sink=sink,
            log=Logger(sink, KERNEL),
            board=PortBoard(configuration.ports, lambda port, name: nothing_fills(slots, port, name)),
            dispatcher=Dispatcher(
                on_fault,
                OwnTime(nursery.start_soon, configuration.kernel.interceptor_seconds),
            ),
            manager=make_manager(),
            nursery=nursery,
            slots=slots,
            order=order,
        )
        self.adopt_settings(runtime)
        return runtime

    def listings(self) -> dict[str, Listing]:
        """Return every plugin that is installed, or was given in process."""
        return {**self.index.listings(), **in_process(self.plugins)}

    def select(self, listings: Mapping[str, Listing], loaded: Loaded) -> dict[str, Slot]:
        """Return a slot for every plugin; those that are to run are ``chosen``."""
        return select(
            listings, loaded.configuration, safe_mode=self.safe_mode, directory=loaded.project_directory
        )

    def adopt_settings(self, runtime: Runtime) -> None:
        """Let what the kernel itself reads of the configuration hold from now on."""
        settings = runtime.configuration.kernel
        runtime.sink.level = LEVELS[settings.log_level]
        runtime.sink.is_json = settings.log_format == "json"
        runtime.dispatcher.own_time.seconds = settings.interceptor_seconds

    async def run(self, runtime: Runtime, lifecycle: Lifecycle) -> None:
        """Start the plugins, in order.

        Raises:
            MosaicError: one of them could not start, unless the kernel is tolerant.
        """
        own = OwnOperations(
            runtime,
            lifecycle,
            tuple(self._errors),
            lambda: load_configuration(self.sources, self.listings()),
        )
        changes = ChangeOperations(runtime, lifecycle, self)
        operations = [*own.operations(), *(changes.operations() if self.starts_plugins else ())]
        runtime.dispatcher.serve(KERNEL, operations, (), Seat(own), runtime.order)
        if self.starts_plugins:
            await lifecycle.start_all(runtime.order, is_tolerant=self.is_tolerant)
            runtime.is_changeable = True

    def _load(self, listings: Mapping[str, Listing]) -> Loaded:
        try:
            return load_configuration(self.sources, listings)
        except InputError as error:
            self._tell(error)
        # Only reached by a kernel that keeps mistakes: it goes on with nothing configured, and imports nothing.
        return Loaded(
            configuration=Configuration(profile=self.sources.profile or "", allow=()),
            layers=Layers(()),
            project_directory=Path(self.sources.directory),
        )

    def _decode_plugins(self, slots: Mapping[str, Slot], loaded: Loaded) -> list[InputError]:
        found: list[InputError] = []
        for slot in slots.values():
            if slot.state is not PluginState.CHOSEN:
                continue
            try:
                slot.recipe = decode_plugin(slot, loaded)
            except InputErrors as error:
                if slot.listing.is_third_party and not loaded.configuration.plugins.get(slot.name):
                    # Nobody has said anything about it yet, so nobody has made a mistake.
                    slot.set_unconfigured(error)
                    continue
                found.extend(error.others)
                slot.set(PluginState.FAILED, str(error), error.hint)
            except MosaicError as error:
                slot.set(PluginState.UNAVAILABLE, str(error), error.hint)
                if not self.is_tolerant:
                    self._tell(error)
        return found

    def _order(self, slots: Mapping[str, Slot], configuration: Configuration) -> list[str]:
        # Giving one plugin up may empty a port that another needs.
        missing = list(missing_needs(slots, configuration.ports))
        while missing:
            for slot, error in missing:
                slot.set(PluginState.FAILED, str(error), error.hint)
                if not self.is_tolerant:
                    self._tell(error)
            missing = list(missing_needs(slots, configuration.ports))
        try:
            return start_order(slots, configuration.ports)
        except InputError as error:
            self._tell(error)
            return []

    def _tell(self, error: MosaicError) -> None:
        if self.starts_plugins:
            raise error
        self._errors.append(error)
