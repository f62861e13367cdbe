"""The life of plugins: provision → declare → validate → start → drain → stop.

Owns the steps and their order. Whatever fails at whichever step, what was opened until then is closed
in reverse order, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mosaic_hookspecs.errors import InputError, MosaicError, Unavailable
from mosaic_hookspecs.hooks import Provision

from .failures import cause_of
from .generation import Generation
from .hook_calls import call_hook, register
from .plugin_context import PluginContext
from .runtime import Runtime
from .selection import is_named
from .slots import PluginState, Slot

STEPS = ("provision", "declare", "validate", "start")


class Lifecycle:
    """Starts and stops the plugins of one kernel."""

    def __init__(self, runtime: Runtime, on_crash: Callable[[Generation, Exception], None]) -> None:
        self._runtime = runtime
        self._on_crash = on_crash
        self._contexts: dict[str, PluginContext] = {}

    async def start_all(self, order: Sequence[str], *, is_tolerant: bool) -> None:
        """Take all plugins through each step before the next step begins.

        Raises:
            MosaicError: a plugin could not start; with `is_tolerant` that plugin alone is given up.
        """
        for step in (*STEPS, "run"):
            for name in order:
                slot = self._runtime.slots[name]
                if slot.state is PluginState.CHOSEN:
                    await self._try_step(step, slot, is_tolerant=is_tolerant)
            if step == "declare":
                self._runtime.dispatcher.compose(self._runtime.order)

    async def start_one(self, slot: Slot) -> None:
        """Take one plugin through all steps, as its next generation.

        Raises:
            MosaicError: it could not start; nothing of it is left.
        """
        step = ""
        try:
            for step in (*STEPS, "run"):
                await self._step(step, slot)
                if step == "declare":
                    self._runtime.dispatcher.compose(self._runtime.order)
        except Exception as error:
            failure = explain(slot, step, error)
            await self.stop(slot, failure)
            if failure is error:
                raise
            raise failure from error
        except BaseException:
            await self.stop(slot, stopped(slot.name))
            raise

    async def give_up(self, slot: Slot, state: PluginState, failure: MosaicError) -> None:
        """Stop what there is of a plugin, set its state, and tell the others."""
        await self.stop(slot, failure)
        slot.set(state, str(failure), failure.hint)
        self._runtime.log.error("plugin.failed", name=slot.name, state=state.value, error=failure)
        await self.tell_others(slot.name, failure)

    async def tell_others(self, name: str, error: BaseException) -> None:
        """Tell the other plugins that one has crashed or could not start."""
        for other in self._runtime.slots.values():
            if other.name != name and other.generation is not None and other.generation.crash is None:
                await self._call("mosaic_plugin_failed", other, plugin=name, error=error)

    async def drain_all(self) -> None:
        """Let the plugins finish what is in flight, in the reverse order of their start."""
        seconds = self._runtime.configuration.kernel.drain_seconds
        for name in reversed(self._runtime.order):
            generation = self._runtime.slots[name].generation
            if generation is not None and generation.crash is None:
                await self._call("mosaic_drain", self._runtime.slots[name], seconds=seconds)
                if not await generation.seat.drain(seconds):
                    generation.log.warning("plugin.drain_timed_out", in_flight=generation.seat.in_flight)

    async def stop_all(self) -> None:
        """Stop every plugin, in the reverse order of their start."""
        for name in reversed(self._runtime.order):
            slot = self._runtime.slots[name]
            if slot.generation is not None:
                await self.stop(slot, stopped(name))
                slot.set(PluginState.STOPPED)

    async def stop(self, slot: Slot, error: MosaicError) -> None:
        """Stop a plugin's generation; its providers and operations raise `error` from now on."""
        generation, slot.generation = slot.generation, None
        if generation is None:
            return
        for port, provider, seat in generation.seats:
            self._runtime.board.port(port).vacate(provider, seat, error)
        self._runtime.dispatcher.remove(slot.name, error=error)
        self._runtime.dispatcher.compose(self._runtime.order)
        await generation.stop(self._runtime.configuration.kernel.stop_seconds)
        generation.log.debug("plugin.stopped")

    async def health(self, slot: Slot) -> Any:
        """Ask a running plugin how it is; None if it has nothing to say."""
        seconds = self._runtime.configuration.kernel.health_seconds
        return await self._call("mosaic_health", slot, seconds=seconds)

    async def _try_step(self, step: str, slot: Slot, *, is_tolerant: bool) -> None:
        try:
            await self._step(step, slot)
        except Exception as error:
            failure = explain(slot, step, error)
            if is_tolerant:
                await self.give_up(slot, PluginState.FAILED, failure)
            elif failure is error:
                raise
            else:
                raise failure from error

    async def _step(self, step: str, slot: Slot) -> None:
        if step == "provision":
            await self._provision(slot)
        elif step == "run":
            crash = _generation(slot).crash
            if crash is not None:
                raise crash
            slot.set(PluginState.RUNNING)
            _generation(slot).log.debug("plugin.running")
        elif step == "declare":
            generation = _generation(slot)
            operations = await self._call("mosaic_operations", slot)
            self._runtime.dispatcher.add(slot.name, operations or (), generation.seat)
            interceptors = await self._call("mosaic_interceptors", slot)
            self._runtime.dispatcher.intercept(slot.name, interceptors or ())
        else:
            await self._call(f"mosaic_{step}", slot)

    async def _provision(self, slot: Slot) -> None:
        runtime = self._runtime
        slot.generations += 1
        instance = slot.plugin_class() if isinstance(slot.plugin_class, type) else slot.plugin_class
        log = runtime.log.named(slot.name)
        generation = Generation(slot.name, slot.generations, instance, log, self._on_crash)
        slot.generation = generation
        await runtime.nursery.start(generation.run)
        self._contexts[slot.name] = PluginContext(runtime, generation, slot.config)
        register(runtime.manager, generation)
        announced = slot.providers()
        for provision in await self._call("mosaic_provide", slot) or ():
            self._seat(slot, generation, provision, announced)
        promised = {
            pair for pair in announced if pair[1] != "*" and is_named(*pair, runtime.configuration.ports)
        }
        for port, name in promised - {(port, name) for port, name, _ in generation.seats}:
            log.warning("provider.not_provided", port=port, provider=name)

    def _seat(
        self, slot: Slot, generation: Generation, provision: Provision, announced: Sequence[tuple[str, str]]
    ) -> None:
        name = provision.name or slot.name
        if provision.port not in {port for port, _ in announced}:
            raise InputError(
                "not-announced",
                f"plugin {slot.name!r} fills the port {provision.port!r}, which its manifest does not say",
                expected=", ".join(f"{port}: {one}" for port, one in announced) or "no providers",
            )
        if not {(provision.port, name), (provision.port, "*")} & set(announced):
            # The port is what the order of the start depends on; the name is what the user can read.
            generation.log.warning("provider.not_announced", port=provision.port, provider=name)
        if not is_named(provision.port, name, self._runtime.configuration.ports):
            return
        port = self._runtime.board.port(provision.port)
        if name in port.names():
            raise InputError(
                "provider-clash",
                f"two plugins provide {name!r} for the port {provision.port!r}",
                hint=f"Disable one of them: plugins.{slot.name}: false.",
            )
        generation.seats.append((provision.port, name, port.fill(name, provision.provider)))

    async def _call(self, hook: str, slot: Slot, *, seconds: float | None = None, **arguments: Any) -> Any:
        deadline = self._runtime.configuration.kernel.start_seconds if seconds is None else seconds
        context = self._contexts[slot.name]
        return await call_hook(
            self._runtime.manager, hook, _generation(slot), deadline, context=context, **arguments
        )


def explain(slot: Slot, step: str, error: Exception) -> MosaicError:
    """Return what a plugin raised at a step as an error for people: its own if it is one."""
    cause = cause_of(error)
    if isinstance(cause, MosaicError):
        cause.add_note(f"while plugin {slot.name!r} was at the step {step!r}")
        return cause
    return Unavailable(
        "plugin-failed",
        f"plugin {slot.name!r} failed at the step {step!r}",
        got=f"{type(cause).__name__}: {cause}",
        hint=f"`plugins.{slot.name}: false` starts without it.",
    )


def stopped(name: str) -> Unavailable:
    """Return the error of a plugin that has stopped."""
    return Unavailable("plugin-stopped", f"plugin {name!r} has stopped")


def _generation(slot: Slot) -> Generation:
    if slot.generation is None:
        raise stopped(slot.name)
    return slot.generation
