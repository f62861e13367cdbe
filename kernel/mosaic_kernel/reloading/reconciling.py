"""Brings the plugins that run to what a configuration wants: starts, renews, replaces and stops them.

Owns the order: everything that can be refused is refused before anything is changed; then new ones start
and changed ones are renewed, each beside what it replaces; what is wanted no more is stopped last.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

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
from .ending import end_plugin
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
        self._runtime.dispatcher.leaving = frozenset(intention.to_stop)
        try:
            return await self._carry_out(intention, renewed, waits, is_strict=is_strict)
        finally:
            self._runtime.dispatcher.leaving = frozenset()

    async def _carry_out(
        self, intention: Intention, renewed: frozenset[str], waits: Waits, *, is_strict: bool
    ) -> list[PluginChange]:
        changes: list[PluginChange] = []
        done: set[str] = set()
        before: dict[str, Slot] = {}
        # Data that has gone over cannot be taken back lightly, so whatever may still fail comes before.
        for name in sorted(intention.order, key=lambda name: self._takes_data_over(name, intention)):
            reason = self._reason(name, intention, renewed)
            if not reason:
                continue
            slot = self._runtime.slots[name]
            stood = Slot(slot.listing, slot.state, slot.detail, slot.hint)
            stood.is_unconfigured = slot.is_unconfigured
            done.add(name)
            try:
                changes.append(await self._bring(name, intention, reason, waits))
            except MosaicError as error:
                if is_strict:
                    await self._take_back(before, waits)
                    if stood.is_unconfigured:
                        # What it waits for is as it was.
                        slot.set(stood.state, stood.detail, stood.hint)
                        slot.is_unconfigured = True
                    raise
                self._runtime.log.error("plugin.not_changed", name=name, error=error)  # noqa: TRY400 - our own logger
                self._reloader.hold_back(slot, error)
                changes.append(change_of(slot, error=str(error)))
            else:
                before[name] = stood
        intention = self._without_empty_ports(intention)
        self._adopt(intention)
        touched = done | set(intention.to_stop)
        ports = {port for name in touched for port, _ in self._runtime.slots[name].providers()}
        changes += [
            await end_plugin(self._runtime, self._reloader, name, intention.wanted.get(name), waits)
            for name in intention.to_stop
        ]
        self._tell_of_the_others(intention)
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
            elif known.state not in _ALIVE:
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
        if slot.state not in _ALIVE and (slot.state not in _GIVEN_UP or slot.recipe is None):
            return "start"
        listing = intention.wanted[name].listing
        if name in renewed or listing.manifest.process != slot.listing.manifest.process:
            return "code"
        if slot.recipe is not None and intention.configs.get(name) != slot.recipe.config:
            return "configuration"
        before, after = self._runtime.configuration.ports, intention.loaded.configuration.ports
        if any(is_named(*pair, before) != is_named(*pair, after) for pair in slot.providers()):
            return "ports"
        return ""

    def _takes_data_over(self, name: str, intention: Intention) -> bool:
        """Whether this plugin is to fill a port that keeps data, and that is filled already."""
        return any(
            PORTS[port].transfer is not None
            and is_named(port, provider, intention.loaded.configuration.ports)
            and self._runtime.board.port(port).names()
            for port, provider in intention.wanted[name].providers()
            if port in PORTS
        )

    async def _bring(self, name: str, intention: Intention, reason: str, waits: Waits) -> PluginChange:
        slot = self._runtime.slots[name]
        state, listing = slot.state, slot.listing
        has_changed = slot.recipe is None or intention.configs.get(name) != slot.recipe.config
        if reason == "code":
            slot.listing = intention.wanted[name].listing
        try:
            return await self._reloader.renew(
                slot,
                intention.loaded,
                code=reason == "code",
                waits=waits,
                hands_data_over=has_changed or reason == "ports" or slot.state not in _ALIVE,
                adopt=partial(self._let_in, slot, intention.loaded),
            )
        except MosaicError as error:
            slot.listing = listing
            asked = intention.loaded.configuration.plugins.get(name)
            if slot.generation is None and error.code == "bad-config" and listing.is_third_party and not asked:
                slot.set_unconfigured(error)
                return attrs.evolve(change_of(slot, warning=slot.detail), generation=0)
            if slot.generation is None and state not in (*_ALIVE, *_GIVEN_UP):
                slot.set(PluginState.FAILED, str(error), error.hint)
            raise

    async def _take_back(self, before: Mapping[str, Slot], waits: Waits) -> None:
        """Undo what was brought before something failed: the configuration that holds, holds on."""
        holds = self._runtime.loaded
        for name, stood in reversed(tuple(before.items())):
            slot = self._runtime.slots[name]
            if stood.state not in _ALIVE:
                await end_plugin(self._runtime, self._reloader, name, stood, waits)
                continue
            try:
                await self._reloader.renew(
                    slot, holds, code=False, waits=waits, adopt=partial(self._let_in, slot, holds)
                )
            except MosaicError as error:
                self._runtime.log.error("plugin.not_taken_back", name=name, error=error)  # noqa: TRY400 - our own logger

    def _without_empty_ports(self, intention: Intention) -> Intention:
        """Return the intention without what would leave a port empty, since the provider that was to fill it
        did not come: who is in it stays.
        """
        runtime = self._runtime
        before, after = runtime.configuration.ports, dict(intention.loaded.configuration.ports)
        stays: set[str] = set()
        for port, names in intention.loaded.configuration.ports.items():
            filled = runtime.board.port(port).names()
            if not names or not filled or set(names) & set(filled):
                continue
            stays |= {
                slot.name
                for slot in runtime.slots.values()
                for at, name, _ in (slot.generation.seats if slot.generation else ())
                if at == port and name in filled
            }
            after.pop(port)
            if port in before:
                after[port] = before[port]
        if not stays:
            return intention
        configuration = attrs.evolve(intention.loaded.configuration, ports=after)
        return attrs.evolve(
            intention,
            loaded=attrs.evolve(intention.loaded, configuration=configuration),
            to_stop=[name for name in intention.to_stop if name not in stays],
        )

    def _let_in(self, slot: Slot, loaded: Loaded) -> None:
        """Let the configuration of the ports hold that a new generation has come into; the others wait until
        theirs are there.
        """
        if slot.generation is not None:
            for port in {port for port, _, _ in slot.generation.seats}:
                self._clear(port, loaded)

    def _clear(self, port: str, loaded: Loaded) -> None:
        """Take providers out of a port that the configuration does not name any more."""
        runtime, ports = self._runtime, loaded.configuration.ports
        runtime.board.port(port).prefer(ports.get(port, ()))
        for slot in runtime.slots.values():
            for at, name, seat in slot.generation.seats if slot.generation else ():
                if at == port and not is_named(port, name, ports):
                    seat.is_left = True
                    runtime.board.port(port).vacate(name, seat, _replaced(port, name, runtime))

    def _adopt(self, intention: Intention) -> None:
        """Let the new configuration hold."""
        runtime = self._runtime
        runtime.loaded = intention.loaded
        rank = {name: place for place, name in enumerate(intention.order)}
        runtime.order.sort(key=lambda name: rank.get(name, len(rank)))
        for port in PORTS:
            self._clear(port, intention.loaded)

    def _tell_of_the_others(self, intention: Intention) -> None:
        """Let what does not run, and is not to, say why that is so now."""
        slots = self._runtime.slots
        for name, slot in tuple(slots.items()):
            wanted = intention.wanted.get(name)
            if slot.generation is not None or slot.state in _ALIVE:
                continue
            if wanted is None:
                del slots[name]
            elif wanted.state is not PluginState.CHOSEN:
                slot.set(wanted.state, wanted.detail, wanted.hint)
                slot.listing, slot.refusal = wanted.listing, wanted.refusal


def _replaced(port: str, name: str, runtime: Runtime) -> Unavailable:
    others = ", ".join(runtime.board.port(port).names())
    return Unavailable(
        "provider-replaced",
        f"the provider {name!r} is not in the port {port!r} any more",
        got=others or "nothing is",
        hint=f"Ask for {PORTS[port].name} without a name, or for one of these.",
    )
