"""Reloads plugins, one after the other, each with those that follow it.

Owns the order and the report. Only one change is under way in a kernel at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

import trio

from mosaic_hookspecs.errors import MosaicError, NotFound, Refused
from mosaic_hookspecs.ports import PORTS

from ..change_records import ChangeReport, PluginChange
from ..configuring import Loaded
from ..failures import nearest
from ..faults import Faults
from ..generation import Generation
from ..lifecycle import Lifecycle
from ..runtime import Runtime
from ..seats import Seat
from ..slots import PluginState, Slot
from .handing_over import HandOver
from .staging import Check, Step, discard, failure, new_recipe, stage
from .waiting import Waits


class Reloader:
    """Makes the next generation of plugins. `check` refuses sources that are not to be trusted."""

    def __init__(self, runtime: Runtime, lifecycle: Lifecycle, check: Check) -> None:
        self._runtime = runtime
        self._lifecycle = lifecycle
        self._check = check
        self.hand_over = HandOver(runtime, lifecycle)

    async def reload(self, name: str, *, code: bool, waits: Waits) -> ChangeReport:
        """Reload a plugin, and then those that follow it; `waits` says for the end of which old generations
        the report waits.

        Raises:
            NotFound: there is no such plugin.
            Refused: it does not run, and is not to (code ``not-running``).
            MosaicError: a step failed; the message says which. The old generation serves on.
        """
        async with self._runtime.changing:
            # Not before: the change that was under way may have disabled or removed it.
            slot = self.slot(name)
            could_not_be_imported = slot.state is PluginState.UNAVAILABLE and not slot.listing.problem
            if slot.state not in _RELOADABLE and not could_not_be_imported:
                raise Refused(
                    "not-running",
                    f"the plugin {name!r} does not run",
                    got=f"{slot.state.value}: {slot.detail}".rstrip(": "),
                    hint=slot.hint or f"`mosaic plugins enable {name}` starts it.",
                )
            try:
                changes = [await self.renew(slot, self._runtime.loaded, code=code, waits=waits)]
            except MosaicError as error:
                self.hold_back(slot, error)
                raise
            changes += await self.follow({name, *_ports(slot)}, {name}, waits=waits)
        return ChangeReport(changes=tuple(changes))

    async def follow(self, changed: set[str], done: set[str], *, waits: Waits) -> list[PluginChange]:
        """Reload every plugin that follows one of these plugins or ports, in the order of their start. One
        that cannot be reloaded goes on as it is, and the report says why.
        """
        changes = []
        for name in tuple(self._runtime.order):
            slot = self._runtime.slots[name]
            if name in done or slot.state is not PluginState.RUNNING:
                continue
            if not changed & set(slot.listing.manifest.follows):
                continue
            done.add(name)
            try:
                changes.append(await self.renew(slot, self._runtime.loaded, code=False, waits=waits))
            except MosaicError as error:
                self._runtime.log.error("plugin.not_reloaded", name=name, error=error)  # noqa: TRY400 - our own logger
                self.hold_back(slot, error)
                changes.append(change_of(slot, error=str(error)))
            else:
                changed |= {name, *_ports(slot)}
        return changes

    def hold_back(self, slot: Slot, error: MosaicError) -> None:
        """Let a plugin that goes on as it was say why what was to take its place does not serve."""
        if slot.generation is not None:
            slot.held_back = str(error)
            self._runtime.bus.publish("plugin.held_back", {"plugin": slot.name, "why": error.what})

    async def renew(  # noqa: PLR0913 - what is to be made, and what is done with the old
        self,
        slot: Slot,
        loaded: Loaded,
        *,
        code: bool,
        waits: Waits,
        hands_data_over: bool = False,
        adopt: Callable[[], None] | None = None,
    ) -> PluginChange:
        """Put the next generation of one plugin in the place of the one that serves, as `loaded` wants it;
        `adopt` is called in the moment of the swap. With `hands_data_over`, what is in a port that keeps
        data is copied into the provider that takes its place. The caller holds `Runtime.changing`.

        Raises:
            MosaicError: a step failed; the old generation serves on.
        """
        step, started = Step(), trio.current_time()
        slot.held_seconds = 0.0
        listing = slot.listing
        try:
            recipe = await new_recipe(self._runtime, slot, loaded, step, code=code, check=self._check)
            new = await stage(self._lifecycle, slot, recipe, step, loaded.configuration.ports)
            try:
                async with AsyncExitStack() as stack:
                    for port, old_seat, new_seat in self._replaced(new, loaded) if hands_data_over else ():
                        await stack.enter_async_context(
                            self.hand_over.data(port, old_seat, new_seat, slot, step)
                        )
                    await stack.enter_async_context(self.hand_over.state(slot, new, step))
                    step.name = "swap"
                    old = self.hand_over.swap(slot, new)
                    if adopt is not None:
                        adopt()
            except BaseException:
                if slot.generation is not new:
                    await discard(self._lifecycle, new)
                raise
        except Exception as error:
            told = failure(slot, step.name, error)
            slot.listing = listing  # of what serves on
            raise told from error
        slot.held_back = ""
        if code:
            # New code is not to blame for what the old did.
            slot.faults, slot.restarts = Faults(), None
        seconds = trio.current_time() - started
        self._runtime.log.info(
            "plugin.reloaded", name=slot.name, generation=new.number, seconds=round(seconds, 3)
        )
        warning = await self.let_go(old, waits=waits)
        return change_of(slot, seconds=seconds, warning=warning)

    def _replaced(self, new: Generation, loaded: Loaded) -> list[tuple[str, Seat, Seat]]:
        """Return port, old and new seat for each port that keeps data, and of which `new` becomes the first
        provider.
        """
        found = []
        for port, name, seat in new.seats:
            filled = self._runtime.board.port(port)
            wanted = loaded.configuration.ports.get(port, ())
            names = filled.names()
            if PORTS[port].transfer is None or not names or (wanted and wanted[0] != name):
                continue
            old = filled.seat(names[0])
            if old is not None:
                found.append((port, old, seat))
        return found

    async def let_go(self, old: Generation | None, *, waits: Waits) -> str:
        """Retire an old generation: in the kernel's nursery, so that it happens whoever waits for it."""
        if old is None:
            return ""
        ended = trio.Event()
        found: list[str] = []

        async def retire() -> None:
            found.append(await self.hand_over.retire(old, ended=ended))

        self._runtime.nursery.start_soon(retire)
        if waits(old):
            await ended.wait()
        return found[0] if found else ""

    def slot(self, name: str) -> Slot:
        """Return a plugin's slot.

        Raises:
            NotFound: there is no such plugin.
        """
        slot = self._runtime.slots.get(name)
        if slot is None:
            raise NotFound(
                "unknown-plugin",
                f"there is no plugin {name!r}",
                hint=nearest(name, self._runtime.slots) or "`mosaic plugins list` shows them.",
            )
        return slot


_RELOADABLE = (PluginState.RUNNING, PluginState.RESTARTING, PluginState.PARKED, PluginState.FAILED)


def _ports(slot: Slot) -> set[str]:
    return {port for port, _ in slot.providers()}


def change_of(slot: Slot, *, seconds: float = 0.0, warning: str = "", error: str = "") -> PluginChange:
    """Return how a plugin stands after a change, or after the attempt."""
    return PluginChange(
        name=slot.name,
        state=slot.state.value,
        generation=slot.number,
        seconds=round(seconds, 4),
        held_seconds=round(slot.held_seconds, 4),
        error=error,
        warning=warning,
    )
