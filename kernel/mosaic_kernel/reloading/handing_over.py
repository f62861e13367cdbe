"""From one generation to the next: hold, hand over, swap, and the end of the old one.

Owns the moment of the swap, in which nothing else runs, and what happens on either side of it. Until then
whatever fails leaves the old generation serving; from then on the new one serves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import trio

from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.errors import Refused, Unavailable
from mosaic_hookspecs.hooks import State
from mosaic_hookspecs.ports import PORTS

from ..generation import Generation
from ..lifecycle import Lifecycle
from ..runtime import Runtime
from ..seats import Seat
from ..slots import Slot
from .staging import Step


class HandOver:
    """Puts new generations in place of old ones."""

    def __init__(self, runtime: Runtime, lifecycle: Lifecycle) -> None:
        self._runtime = runtime
        self._lifecycle = lifecycle

    @asynccontextmanager
    async def state(self, slot: Slot, new: Generation, step: Step) -> AsyncIterator[None]:
        """Hand the old generation's state to the new one; the swap belongs into the context, since until
        its end calls are held.

        Raises:
            Refused: calls in flight did not end in time (code ``hold-timeout``), or the new code does not
                take the state over.
        """
        old = slot.generation
        if old is None or not hasattr(old.instance, "mosaic_export_state"):
            yield
            return
        step.name = "hold"
        # Named so for `nesting`: what the two hooks call goes through the old one's interceptors, unheld.
        seat_in_use, *seats = old.all_seats()
        async with self._held(slot, [(seat, None) for seat in (seat_in_use, *seats)]) as deadline:
            step.name = "export state"
            seconds = max(0.0, deadline - trio.current_time())
            state = await self._lifecycle.call("mosaic_export_state", old, seconds=seconds)
            if state is not None:
                try:
                    _require_data(state)
                    step.name = "import state"
                    if not hasattr(new.instance, "mosaic_import_state"):
                        raise Refused(  # noqa: TRY301 - what was exported is closed either way
                            "state-refused",
                            "the old generation hands over its state, and the new code takes none",
                            expected="an implementation of mosaic_import_state",
                        )
                    seconds = max(0.0, deadline - trio.current_time())
                    await self._lifecycle.call("mosaic_import_state", new, seconds=seconds, state=state)
                except BaseException:
                    _close(state.resources, old)
                    raise
            step.name = "swap"
            yield

    @asynccontextmanager
    async def data(self, port: str, old: Seat, new: Seat, slot: Slot, step: Step) -> AsyncIterator[None]:
        """Copy what one provider of a port holds into another; the swap belongs into the context, since
        until its end writers are held.

        Raises:
            MosaicError: the copy could not be made, or is not equal.
        """
        spec = PORTS[port]
        if spec.transfer is None:
            yield
            return
        step.name = "copy"
        held = self._held(slot, [(old, spec.writes)])
        is_held = False
        seconds = self._runtime.configuration.kernel.hold_seconds
        scope = trio.CancelScope()

        async def hold() -> None:
            nonlocal is_held
            step.name = "hold"
            scope.deadline = await held.__aenter__()
            is_held = True
            step.name = "copy"

        try:
            with scope:
                await spec.transfer(old.provider, new.provider, hold)
            if scope.cancelled_caught:
                raise Refused(
                    "hold-timeout",
                    "the rest could not be copied while writers waited",
                    expected=f"at most {seconds:g} s",
                    hint="Raise kernel.hold_seconds, or swap when less is written.",
                )
            step.name = "swap"
            yield
        finally:
            if is_held:
                await held.__aexit__(None, None, None)

    def swap(self, slot: Slot, new: Generation, also_left: tuple[Seat, ...] = ()) -> Generation | None:
        """Let the new generation serve from now on; return the old one, for `retire`. Nothing else runs
        meanwhile. `also_left` are seats of others that it replaces.

        Raises:
            Exception: the new one crashed in the last moment; nothing was changed.
        """
        runtime = self._runtime
        runtime.require_changeable()
        old = slot.generation
        # What may raise comes first, so that nothing is half done.
        self._lifecycle.begin_to_serve(new)
        self._lifecycle.serve(new)
        self._lifecycle.fill(new)
        if old is not None:
            provided = {(port, name) for port, name, _ in new.seats}
            for port, name, seat in old.seats:
                seat.is_left = True
                if (port, name) not in provided:
                    gone = Unavailable(
                        "not-provided",
                        f"plugin {slot.name!r} does not provide {name!r} for the port {port!r} any more",
                        hint="`mosaic plugins list` shows what there is.",
                    )
                    runtime.board.port(port).vacate(name, seat, gone)
            old.seat.is_left = True
        for seat in also_left:
            seat.is_left = True
        if new.recipe.edition is not None:
            new.recipe.edition.make_live()
        self._lifecycle.begin(slot, new)
        if slot.name not in runtime.order:
            runtime.order.append(slot.name)
        runtime.bus.publish("plugin.changed", {"plugin": slot.name, "generation": new.number})
        return old

    async def retire(self, old: Generation, *, ended: trio.Event | None = None) -> str:
        """Drain a generation that does not serve any more, and stop it; return what was left behind, as a
        sentence, or "".
        """
        settings = self._runtime.configuration.kernel
        warning = ""
        try:
            deadline = trio.current_time() + settings.drain_seconds
            for seat in old.all_seats():
                seat.move_calls()
            await self._lifecycle.call("mosaic_drain", old, seconds=settings.drain_seconds)
            for seat in old.all_seats():
                await seat.drain(max(0.0, deadline - trio.current_time()))
            left = sum(seat.in_flight + seat.streams for seat in old.all_seats())
            if left:
                seconds = f"{settings.drain_seconds:g} s"
                warning = f"{left} calls of generation {old.number} did not end within {seconds}"
                old.log.warning("plugin.drain_timed_out", generation=old.number, in_flight=left)
        finally:
            for seat in old.all_seats():
                seat.move_calls()
                seat.cut_short()
            await old.stop(settings.stop_seconds)
            old.log.debug("plugin.stopped", generation=old.number)
            if ended is not None:
                ended.set()
        return warning

    @asynccontextmanager
    async def _held(self, slot: Slot, seats: list[tuple[Seat, frozenset[str] | None]]) -> AsyncIterator[float]:
        seconds = self._runtime.configuration.kernel.hold_seconds
        deadline = trio.current_time() + seconds
        started = trio.current_time()
        dispatcher = self._runtime.dispatcher
        dispatcher.held += 1
        try:
            for seat, names in seats:
                # All gates are closed before anything is waited for.
                seat.close(names)
            for seat, names in seats:
                if not await seat.quiet(names, max(0.0, deadline - trio.current_time())):
                    raise Refused(
                        "hold-timeout",
                        f"calls in flight on plugin {slot.name!r} did not end in time",
                        expected=f"none within {seconds:g} s",
                        got=f"{seat.in_flight} in flight",
                        hint="Raise kernel.hold_seconds, or reload when there is less to do.",
                    )
            yield deadline
        finally:
            dispatcher.held -= 1
            for seat, _ in seats:
                seat.release()
            slot.held_seconds = trio.current_time() - started


def _require_data(state: State) -> None:
    """Refuse state that is more than data: it would keep classes of the old generation."""
    try:
        canonical_json(state.data)
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(
            "state-not-json",
            "what mosaic_export_state returned is no JSON data",
            where="State.data",
            expected="texts, numbers, lists and mappings; what only this process has is in State.resources",
            got=str(error)[:200],
        ) from error


def _close(resources: Mapping[str, Any], old: Generation) -> None:
    """Close what nobody took over."""
    for name, resource in resources.items():
        close = getattr(resource, "close", None)
        if callable(close):
            try:
                close()
            except Exception as error:  # noqa: BLE001 - a plugin's boundary: the others are closed, too
                old.log.error("plugin.resource_not_closed", resource=name, error=error)  # noqa: TRY400 - our own logger
