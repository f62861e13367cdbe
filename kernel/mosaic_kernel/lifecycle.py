"""The life of plugins: provision → declare → validate → start → drain → stop.

Owns the steps and their order. Whatever fails at whichever step, what was opened until then is closed
in reverse order, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.deprecations import deprecated
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.hooks import HOOK_POLICIES

from .generation import Generation, Recipe
from .hook_calls import call_hook, register
from .plugin_context import PluginContext
from .provisioning import check_promises, require_kept, seats_of
from .runtime import Runtime
from .slots import PluginState, Slot
from .step_errors import explain, stopped

STEPS = ("provision", "declare", "validate", "start")


class Lifecycle:
    """Starts and stops the plugins of one kernel."""

    def __init__(self, runtime: Runtime, on_crash: Callable[[Generation, Exception], None]) -> None:
        self._runtime = runtime
        self._on_crash = on_crash

    @property
    def stop_seconds(self) -> float:
        """How long each wait may last while a generation is stopped."""
        return self._runtime.configuration.kernel.stop_seconds

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

    async def start_one(self, slot: Slot) -> None:
        """Take one plugin through all steps, as its next generation.

        Raises:
            MosaicError: it could not start; nothing of it is left.
        """
        step = ""
        try:
            for step in (*STEPS, "run"):
                await self._step(step, slot)
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
                await self.call("mosaic_plugin_failed", other.generation, plugin=name, error=error)

    async def drain_all(self) -> None:
        """Let the plugins finish what is in flight, in the reverse order of their start."""
        seconds = self._runtime.configuration.kernel.drain_seconds
        for name in tuple(reversed(self._runtime.order)):
            slot = self._runtime.slots.get(name)
            generation = slot.generation if slot is not None else None
            if generation is not None and generation.crash is None:
                await self.call("mosaic_drain", generation, seconds=seconds)
                if not await generation.seat.drain(seconds):
                    generation.log.warning("plugin.drain_timed_out", in_flight=generation.seat.in_flight)

    async def stop_all(self) -> None:
        """Stop every plugin, in the reverse order of their start."""
        for name in tuple(reversed(self._runtime.order)):
            slot = self._runtime.slots.get(name)
            if slot is not None and slot.generation is not None:
                await self.stop(slot, stopped(name))
                slot.set(PluginState.STOPPED)
        for slot in self._runtime.slots.values():
            slot.let_go_of_code()

    async def stop(self, slot: Slot, error: MosaicError) -> None:
        """Stop a plugin's generation; its providers and operations raise `error` from now on."""
        generation, slot.generation = slot.generation, None
        if generation is None:
            return
        for port, provider, seat in generation.seats:
            self._runtime.board.port(port).vacate(provider, seat, error)
        self._runtime.dispatcher.close(slot.name, self._runtime.order, error=error)
        for seat in generation.all_seats():
            seat.move_calls()
            seat.cut_short()
        await generation.stop(self.stop_seconds)
        generation.log.debug("plugin.stopped")

    async def health(self, generation: Generation) -> Any:
        """Ask a generation how it is; None if it has nothing to say."""
        seconds = self._runtime.configuration.kernel.health_seconds
        return await self.call("mosaic_health", generation, seconds=seconds)

    async def make(self, slot: Slot, recipe: Recipe) -> Generation:
        """Return a new generation of a plugin, which nobody sees yet."""
        runtime = self._runtime
        slot.generations += 1
        log, most_tasks = runtime.log.named(slot.name), runtime.configuration.kernel.tasks_per_plugin
        generation = Generation(slot.name, slot.generations, recipe, log, self._on_crash, most_tasks)
        generation.context = PluginContext(runtime, generation)
        await runtime.nursery.start(generation.run)
        return generation

    async def provision(self, slot: Slot, generation: Generation, ports: Mapping[str, Sequence[str]]) -> None:
        """Have a generation make its providers, of which `ports` says which are let in; they are in no
        port yet.
        """
        register(self._runtime.manager, generation)
        for one in deprecated(self._used(slot, generation)):
            generation.log.warning(
                "plugin.deprecated",
                what=one.what,
                since=one.since,
                removal=one.removal,
                instead=one.replacement,
            )
        provisions = await self.call("mosaic_provide", generation) or ()
        leaving = [
            other.generation
            for other in self._runtime.slots.values()
            if other.generation is not None and other.name in self._runtime.dispatcher.leaving
        ]
        generation.seats += seats_of(slot, generation, provisions, self._runtime.board, ports, leaving)
        needed = {
            port
            for other in self._runtime.slots.values()
            if other is not slot and other.generation is not None
            for port in other.listing.manifest.needs
        }
        require_kept(slot, generation, self._runtime.board, ports, needed)
        check_promises(slot, generation, ports)

    def _used(self, slot: Slot, generation: Generation) -> list[str]:
        """Return what a plugin uses of the contracts, as deprecations name it."""
        manifest = slot.listing.manifest
        keys = [
            f"manifest.{field.name}"
            for field in attrs.fields(type(manifest))
            if getattr(manifest, field.name) not in ("", (), None, {})
        ]
        return [name for name in HOOK_POLICIES if hasattr(generation.instance, name)] + keys

    async def declare(self, generation: Generation) -> None:
        """Have a generation declare its operations and interceptors; they are not served yet."""
        generation.operations = tuple(await self.call("mosaic_operations", generation) or ())
        generation.interceptors = tuple(await self.call("mosaic_interceptors", generation) or ())
        self._runtime.dispatcher.check(generation.name, generation.operations, generation.interceptors)

    def fill(self, generation: Generation) -> None:
        """Put a generation's providers into their ports."""
        for port, name, seat in generation.seats:
            self._runtime.board.port(port).fill(name, seat)

    def serve(self, generation: Generation) -> None:
        """Serve a generation's operations, in place of those of the generation before."""
        one = generation
        self._runtime.dispatcher.serve(
            one.name, one.operations, one.interceptors, one.seat, self._runtime.order
        )

    def begin(self, slot: Slot, generation: Generation) -> None:
        """Say that a generation runs."""
        slot.generation = generation
        slot.recipe = generation.recipe
        slot.faults.forgive()
        slot.set(PluginState.RUNNING)
        generation.log.debug("plugin.running", generation=generation.number)

    def begin_to_serve(self, generation: Generation) -> None:
        """Have the transports of a generation serve, if this kernel does.

        Raises:
            Exception: the generation has crashed while it started, or has no such method.
        """
        if generation.crash is not None:
            raise generation.crash
        if self._runtime.is_serving:
            for serve in [seat.provider.serve for port, _, seat in generation.seats if port == "transport"]:
                generation.start_soon(serve)

    async def call(
        self, hook: str, generation: Generation, *, seconds: float | None = None, **arguments: Any
    ) -> Any:
        """Call one hook of a generation, with its deadline."""
        deadline = self._runtime.configuration.kernel.start_seconds if seconds is None else seconds
        return await call_hook(
            self._runtime.manager, hook, generation, deadline, context=generation.context, **arguments
        )

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
            if slot.recipe is None:
                raise stopped(slot.name)
            slot.generation = await self.make(slot, slot.recipe)
            await self.provision(slot, slot.generation, self._runtime.configuration.ports)
            self.fill(slot.generation)
            return
        generation = slot.generation
        if generation is None:
            raise stopped(slot.name)
        if step == "declare":
            await self.declare(generation)
            self.serve(generation)
        elif step == "run":
            self.begin_to_serve(generation)
            self.begin(slot, generation)
        else:
            await self.call(f"mosaic_{step}", generation)
