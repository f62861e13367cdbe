"""Supervision: a crashed plugin is restarted with back-off inside its budget, then parked."""

from __future__ import annotations

import trio

from mosaic_hookspecs.errors import MosaicError, Unavailable

from .failures import cause_of, place_of
from .faults import Fault
from .generation import Generation
from .lifecycle import Lifecycle
from .restart_budget import RestartBudget
from .runtime import Runtime
from .slots import PluginState, Slot

_MAX_DELAY = 60.0


class Supervisor:
    """Watches the generations of one kernel."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.is_stopping = False
        self.lifecycle = Lifecycle(runtime, self.crashed)
        runtime.on_fault = self.fault

    def fault(self, name: str, doing: str, error: BaseException, *, counts: bool = True) -> None:
        """Take note of what a plugin did wrong; too much of what `counts` is a crash. What a generation does
        that has been replaced does not.
        """
        slot = self._runtime.slots.get(name)
        if slot is None:
            return
        cause = cause_of(error)
        self._runtime.log.named(name).error("plugin.fault", doing=doing, error=cause)
        settings = self._runtime.configuration.kernel
        fault = Fault(doing=doing, what=f"{type(cause).__name__}: {cause}{place_of(cause)}")
        slot.faults.add(fault)
        if not counts:
            return
        count = slot.faults.count(trio.current_time(), settings.restart_window_seconds)
        if settings.fault_budget and count >= settings.fault_budget and slot.generation is not None:
            slot.faults.forgive()
            slot.generation.has_crashed(
                RuntimeError(f"{count} faults in {settings.restart_window_seconds:g} s, the last: {fault.what}")
            )

    def crashed(self, generation: Generation, error: Exception) -> None:
        """Take note that a generation's task has raised."""
        slot = self._runtime.slots.get(generation.name)
        if self.is_stopping or slot is None or not _serves(slot, generation):
            # Of a generation that is starting, the end of its start sees the crash.
            generation.log.error("plugin.crashed", error=error)
            return
        self._runtime.nursery.start_soon(self._recover, slot, generation, error)

    async def _recover(self, slot: Slot, generation: Generation, error: Exception) -> None:
        generation.log.error("plugin.crashed", generation=generation.number, error=error)
        if self._has_ended() or not _serves(slot, generation):
            return  # it was replaced, or disabled, in the very moment of its crash
        failure: MosaicError = self._crash_error(slot, error)
        slot.set(PluginState.RESTARTING, str(failure), failure.hint)
        await self.lifecycle.stop(slot, failure)
        self._publish(slot, 0)
        await self.lifecycle.tell_others(slot.name, error)
        settings = self._runtime.configuration.kernel
        if slot.restarts is None:
            slot.restarts = RestartBudget(settings.restart_budget, settings.restart_window_seconds)
        while not self._has_ended() and _waits(slot):
            used = slot.restarts.take(trio.current_time())
            if used is None:
                detail = f"{failure.what}; got {failure.got}" if failure.got else failure.what
                cure = f"Mend it, and `mosaic plugins reload {slot.name}`."
                slot.set(PluginState.PARKED, f"it used up its restarts: {detail}", cure)
                self._publish(slot, 0)
                self._runtime.log.error("plugin.parked", name=slot.name, restarts=settings.restart_budget)
                return
            await trio.sleep(min(settings.restart_delay_seconds * 2**used, _MAX_DELAY))
            if self._has_ended():
                return
            try:
                async with self._runtime.changing:
                    if not _waits(slot):
                        return  # it was reloaded, or disabled, in the meantime
                    await self.lifecycle.start_one(slot)
                    if self._has_ended():
                        # All were stopped while it started.
                        await self.lifecycle.stop(slot, failure)
                        return
            except MosaicError as again:
                failure = again
                slot.set(PluginState.RESTARTING, str(failure), failure.hint)
                self._runtime.log.error(  # noqa: TRY400 - our own logger
                    "plugin.restart_failed", name=slot.name, error=again
                )
            else:
                self._runtime.log.warning("plugin.restarted", name=slot.name, generation=slot.generations)
                self._publish(slot, slot.generations)
                return

    def _publish(self, slot: Slot, generation: int) -> None:
        self._runtime.bus.publish("plugin.changed", {"plugin": slot.name, "generation": generation})

    def _has_ended(self) -> bool:
        return self.is_stopping

    def _crash_error(self, slot: Slot, error: Exception) -> Unavailable:
        return Unavailable(
            "plugin-crashed",
            f"plugin {slot.name!r} has crashed",
            got=f"{type(cause_of(error)).__name__}: {cause_of(error)}{place_of(cause_of(error))}",
            hint="`mosaic doctor` shows its state.",
        )


def _serves(slot: Slot, generation: Generation) -> bool:
    return slot.generation is generation and slot.state is PluginState.RUNNING


def _waits(slot: Slot) -> bool:
    return slot.state is PluginState.RESTARTING
