"""Supervision: a crashed plugin is restarted with back-off inside its budget, then parked."""

from __future__ import annotations

from collections import deque

import trio

from mosaic_hookspecs.errors import MosaicError, Unavailable

from .failures import cause_of, place_of
from .faults import Fault
from .generation import Generation
from .lifecycle import Lifecycle
from .runtime import Runtime
from .slots import PluginState, Slot

_MAX_DELAY = 60.0


class RestartBudget:
    """Counts restarts in a sliding window."""

    def __init__(self, restarts: int, window: float) -> None:
        self._restarts = restarts
        self._window = window
        self._moments: deque[float] = deque()

    def take(self, now: float) -> int | None:
        """Take one restart; return how many were taken before it in the window, or None if it is used
        up.
        """
        while self._moments and self._moments[0] <= now - self._window:
            self._moments.popleft()
        used = len(self._moments)
        if used >= self._restarts:
            return None
        self._moments.append(now)
        return used


class Supervisor:
    """Watches the generations of one kernel."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._budgets: dict[str, RestartBudget] = {}
        self.is_stopping = False
        self.lifecycle = Lifecycle(runtime, self.crashed)
        runtime.on_fault = self.fault

    def fault(self, name: str, doing: str, error: Exception) -> None:
        """Take note of what a plugin did wrong; too much of it is a crash."""
        slot = self._runtime.slots.get(name)
        if slot is None:
            return
        cause = cause_of(error)
        self._runtime.log.named(name).error("plugin.fault", doing=doing, error=cause)
        settings = self._runtime.configuration.kernel
        fault = Fault(doing=doing, what=f"{type(cause).__name__}: {cause}{place_of(cause)}")
        count = slot.faults.add(fault, trio.current_time(), settings.restart_window_seconds)
        if settings.fault_budget and count >= settings.fault_budget and slot.generation is not None:
            slot.faults.forgive()
            slot.generation.has_crashed(
                RuntimeError(f"{count} faults in {settings.restart_window_seconds:g} s, the last: {fault.what}")
            )

    def crashed(self, generation: Generation, error: Exception) -> None:
        """Take note that a generation's task has raised."""
        slot = self._runtime.slots[generation.name]
        if self.is_stopping or slot.generation is not generation or slot.state is not PluginState.RUNNING:
            # Of a generation that is starting, the end of its start sees the crash.
            generation.log.error("plugin.crashed", error=error)
            return
        self._runtime.nursery.start_soon(self._recover, slot, generation, error)

    async def _recover(self, slot: Slot, generation: Generation, error: Exception) -> None:
        generation.log.error("plugin.crashed", generation=generation.number, error=error)
        failure: MosaicError = self._crash_error(slot, error)
        slot.set(PluginState.RESTARTING, str(failure), failure.hint)
        await self.lifecycle.stop(slot, failure)
        await self.lifecycle.tell_others(slot.name, error)
        settings = self._runtime.configuration.kernel
        budget = self._budgets.setdefault(
            slot.name, RestartBudget(settings.restart_budget, settings.restart_window_seconds)
        )
        while not self._has_ended() and _waits(slot):
            used = budget.take(trio.current_time())
            if used is None:
                slot.set(PluginState.PARKED, str(failure), "Correct the cause, and start again.")
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
            except MosaicError as again:
                failure = again
                slot.set(PluginState.RESTARTING, str(failure), failure.hint)
                self._runtime.log.error(  # noqa: TRY400 - our own logger
                    "plugin.restart_failed", name=slot.name, error=again
                )
            else:
                self._runtime.log.warning("plugin.restarted", name=slot.name, generation=slot.generations)
                return

    def _has_ended(self) -> bool:
        return self.is_stopping

    def _crash_error(self, slot: Slot, error: Exception) -> Unavailable:
        return Unavailable(
            "plugin-crashed",
            f"plugin {slot.name!r} has crashed",
            got=f"{type(cause_of(error)).__name__}: {cause_of(error)}",
            hint="It is restarted inside its budget; `mosaic doctor` shows its state.",
        )


def _waits(slot: Slot) -> bool:
    return slot.state is PluginState.RESTARTING
