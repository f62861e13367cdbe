"""Brings the plugins that run to what a configuration wants: starts, renews, replaces and stops them.

Owns the order: everything that can be refused is refused before anything is changed; then new ones start
and changed ones are renewed, each beside what it replaces; what is wanted no more is stopped last.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import trio

from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.ports import PORTS

from ..change_records import PluginChange
from ..configuring import Loaded, decode_config
from ..discovery import Listing
from ..failures import InputErrors
from ..ordering import missing_needs, start_order
from ..runtime import Runtime
from ..selection import check_names, is_named
from ..slots import PluginState, Slot
from .intention import Intention, Select
from .reloader import Reloader, change_of
from .waiting import Waits

_ALIVE = (PluginState.RUNNING, PluginState.RESTARTING)
_GIVEN_UP = (PluginState.PARKED, PluginState.FAILED)


class Reconciler:
    """Changes which plugins of one kernel run. `select` says what a configuration chooses."""

    def __init__(self, runtime: Runtime, reloader: Reloader, select: Select) -> None:
        self._runtime = runtime
        self._reloader = reloader
        self._select = select

    async def apply(
        self,
        loaded: Loaded,
        listings: Mapping[str, Listing],
        *,
        is_strict: bool,
        waits: Waits,
        renewed: frozenset[str] = frozenset(),
    ) -> list[PluginChange]:
        """Bring about what `loaded` wants of the plugins in `listings`. The caller holds
        `Runtime.changing`.

        Args:
            loaded: the configuration.
            listings: every plugin that there is.
            is_strict: raise what keeps one plugin from changing; else report it, and go on.
            waits: for the end of which old generations to wait.
            renewed: plugins whose code is to be read anew.

        Raises:
            InputErrors: the configuration is wrong; nothing was changed.
            Unavailable: a plugin would lack a port that it needs; nothing was changed.
        """
        # Where the lock is demanded, every file of every plugin is read.
        wanted = await trio.to_thread.run_sync(self._select, listings, loaded)
        intention = self._intend(loaded, wanted)
        changes: list[PluginChange] = []
        done: set[str] = set()
        for name in intention.order:
            reason = self._reason(name, intention, renewed)
            if not reason:
                continue
            done.add(name)
            try:
                changes.append(await self._bring(name, intention, code=reason == "code", waits=waits))
            except MosaicError as error:
                if is_strict:
                    raise
                slot = self._runtime.slots[name]
                self._runtime.log.error("plugin.not_changed", name=name, error=error)  # noqa: TRY400 - our own logger
                changes.append(change_of(slot, error=str(error)))
        self._adopt(intention)
        touched = done | set(intention.to_stop)
        ports = {port for name in touched for port, _ in self._runtime.slots[name].providers()}
        changes += [await self._end(name, intention, waits) for name in intention.to_stop]
        changes += await self._reloader.follow(touched | ports, touched, waits=waits)
        return changes

    def _intend(self, loaded: Loaded, wanted: dict[str, Slot]) -> Intention:
        runtime, configuration = self._runtime, loaded.configuration
        self._keep_what_was_locked(wanted)
        mistakes = list(check_names(wanted, configuration, loaded.layers))
        configs: dict[str, object] = {}
        for name, slot in wanted.items():
            known = runtime.slots.get(name)
            if slot.state is PluginState.CHOSEN and known is not None and known.recipe is not None:
                try:
                    configs[name] = decode_config(name, known.recipe.plugin_class, loaded)
                except InputErrors as error:
                    mistakes.extend(error.others)
        if mistakes:
            raise InputErrors(mistakes)
        for _, missing in missing_needs(wanted, configuration.ports):
            raise missing
        order = start_order(wanted, configuration.ports)
        gone = [
            name
            for name in reversed(runtime.order)
            if name not in order and runtime.slots[name].state in (*_ALIVE, *_GIVEN_UP)
        ]
        for name, slot in wanted.items():
            known = runtime.slots.get(name)
            if known is None:
                runtime.slots[name] = Slot(slot.listing, PluginState.UNUSED, "not started yet")
            elif known.state not in _ALIVE or slot.listing.version != known.listing.version:
                known.listing = slot.listing
        return Intention(loaded=loaded, wanted=wanted, order=order, configs=configs, to_stop=gone)

    def _keep_what_was_locked(self, wanted: Mapping[str, Slot]) -> None:
        """Let go on what was compared with the lock when it was loaded; its next code will be, too."""
        for name, slot in wanted.items():
            known = self._runtime.slots.get(name)
            if slot.refusal is not None and known is not None and known.state in _ALIVE:
                slot.set(PluginState.CHOSEN)

    def _reason(self, name: str, intention: Intention, renewed: frozenset[str]) -> str:
        """Say why a chosen plugin has to be brought anew: "start", "code", "configuration", or ""."""
        slot = self._runtime.slots[name]
        if slot.state not in (*_ALIVE, *_GIVEN_UP):
            return "start"
        listing = intention.wanted[name].listing
        if name in renewed or listing.manifest.process != slot.listing.manifest.process:
            slot.listing = listing
            return "code"
        if slot.recipe is not None and intention.configs.get(name) != slot.recipe.config:
            return "configuration"
        before, after = self._runtime.configuration.ports, intention.loaded.configuration.ports
        if any(is_named(*pair, before) != is_named(*pair, after) for pair in slot.providers()):
            return "configuration"
        return ""

    async def _bring(self, name: str, intention: Intention, *, code: bool, waits: Waits) -> PluginChange:
        slot = self._runtime.slots[name]
        before = (slot.state, slot.detail, slot.hint)
        has_changed = slot.recipe is None or intention.configs.get(name) != slot.recipe.config
        try:
            return await self._reloader.renew(
                slot,
                intention.loaded,
                code=code,
                waits=waits,
                hands_data_over=has_changed or slot.state not in _ALIVE,
                adopt=lambda: self._adopt(intention),
            )
        except MosaicError as error:
            if slot.generation is None and before[0] not in _GIVEN_UP:
                slot.set(PluginState.FAILED, str(error), error.hint)
            raise

    def _adopt(self, intention: Intention) -> None:
        """Let the new configuration hold, and take providers out of ports that do not name them any more."""
        runtime, loaded = self._runtime, intention.loaded
        if runtime.loaded is loaded:
            return
        runtime.loaded = loaded
        ports = loaded.configuration.ports
        rank = {name: place for place, name in enumerate(intention.order)}
        runtime.order.sort(key=lambda name: rank.get(name, len(rank)))
        runtime.board.prefer(ports)
        for slot in runtime.slots.values():
            for port, name, seat in slot.generation.seats if slot.generation else ():
                if not is_named(port, name, ports):
                    seat.is_left = True
                    runtime.board.port(port).vacate(name, seat, _replaced(port, name, runtime))

    async def _end(self, name: str, intention: Intention, waits: Waits) -> PluginChange:
        runtime = self._runtime
        slot = runtime.slots[name]
        wanted = intention.wanted.get(name)
        if wanted is None:
            cure = f"Install {slot.listing.distribution}."
            wanted = Slot(slot.listing, PluginState.UNAVAILABLE, "it was removed", cure)
        error = Unavailable("plugin-stopped", f"plugin {name!r} was stopped: {wanted.detail}", hint=wanted.hint)
        generation, slot.generation = slot.generation, None
        slot.set(wanted.state, wanted.detail, wanted.hint)
        runtime.dispatcher.remove(name, runtime.order)
        warning = ""
        if generation is not None:
            for port, provider, seat in generation.seats:
                seat.is_left = True
                runtime.board.port(port).vacate(provider, seat, error)
            generation.seat.is_left = True
            runtime.bus.publish("plugin.changed", {"plugin": name, "generation": 0})
            warning = await self._reloader.let_go(generation, waits=waits)
        slot.recipe = None
        runtime.order.remove(name)
        if name not in intention.wanted:
            del runtime.slots[name]
        return attrs.evolve(change_of(slot, warning=warning), generation=0)


def _replaced(port: str, name: str, runtime: Runtime) -> Unavailable:
    others = ", ".join(runtime.board.port(port).names())
    return Unavailable(
        "provider-replaced",
        f"the provider {name!r} is not in the port {port!r} any more",
        got=others or "nothing is",
        hint=f"Ask for {PORTS[port].name} without a name, or for one of these.",
    )
