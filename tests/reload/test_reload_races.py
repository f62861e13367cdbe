"""What happens at the very moment of a swap, of a crash, or of the kernel's end."""

import sys
from contextlib import suppress
from functools import partial

import pytest
import trio
from reload_garbage import collect
from reload_plain import LASTING, Plain, opened, operation

from mosaic_hookspecs import Manifest, MosaicError, OperationKind, Unavailable, hookimpl


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_crash_in_the_moment_of_the_swap_does_not_end_the_new_generation(place, quick, moment):
    class Made(Plain):
        pass

    async with place.kernel(plugins=[("plain", Made, Manifest())], settings=LASTING) as kernel:
        slot = kernel.runtime.slots["plain"]
        old = slot.generation
        supervisor = old._on_crash.__self__
        # The crash is noticed in one turn of the loop, and seen to in the next; the swap comes between.
        recover = supervisor._recover

        async def late(*args):
            while slot.generation is old:
                await trio.lowlevel.checkpoint()
            await recover(*args)

        if moment == "after":
            supervisor._recover = late
        old.has_crashed(ValueError("boom"))
        await kernel.dispatch("plugins.reload", {"name": "plain"})
        await trio.sleep(0.1)
        assert slot.generation.number == 2
        assert (await kernel.dispatch("plain.ask", {})).number == 2
    assert opened(Made.log) == ([1, 2], [1, 2])


async def test_a_crash_in_the_moment_of_being_disabled_restarts_nothing(place, quick):
    class Made(Plain):
        pass

    async with place.kernel(plugins=[("plain", Made, Manifest())], settings=LASTING) as kernel:
        slot = kernel.runtime.slots["plain"]
        supervisor = slot.generation._on_crash.__self__
        recover = supervisor._recover

        async def late(*args):
            while slot.generation is not None:
                await trio.lowlevel.checkpoint()
            await recover(*args)

        supervisor._recover = late
        slot.generation.has_crashed(ValueError("boom"))
        await kernel.dispatch("plugins.disable", {"name": "plain"})
        await trio.sleep(0.1)
        assert slot.state.value == "disabled"
        assert slot.generation is None
    assert opened(Made.log) == ([1], [1])


@pytest.mark.parametrize("starting", [0.05, 0.15, 0.25, 0.5])
@pytest.mark.parametrize("action", ["plugins.reload", "crash"])
async def test_whatever_starts_while_the_kernel_ends_is_stopped_wholly(place, quick, starting, action):
    class Made(Plain):
        @hookimpl
        async def mosaic_start(self, context):
            if context.generation > 1:
                await trio.sleep(starting)

    class Slow:
        """Its end takes a while: time for the other to come up."""

        @hookimpl
        async def mosaic_provide(self, context):
            context.on_cleanup(partial(trio.sleep, 0.2))
            return []

        @hookimpl
        async def mosaic_drain(self, context):
            await trio.sleep(0.1)

    # Stopped last, after that which is reloaded meanwhile.
    plugins = [("zlast", Made, Manifest(after=["slow"])), ("slow", Slow, Manifest())]
    async with place.kernel(plugins=plugins, settings=LASTING) as kernel:
        if action == "crash":
            kernel.runtime.slots["zlast"].generation.has_crashed(ValueError("boom"))
            await trio.sleep(0.02)
        else:
            nursery = kernel.runtime.nursery

            async def reload():
                with suppress(MosaicError):
                    await kernel.dispatch("plugins.reload", {"name": "zlast"})

            nursery.start_soon(reload)
            await trio.sleep(0.01)
    opens, closes = opened(Made.log)
    assert opens == closes
    assert [slot.name for slot in kernel.runtime.slots.values() if slot.generation is not None] == []


async def test_a_removed_plugin_that_crashes_while_it_drains_hurts_nobody(place, quick):
    class Made(Plain):
        pass

    async with place.kernel(plugins=[("plain", Made, Manifest())]) as kernel:
        slot = kernel.runtime.slots.pop("plain")
        slot.generation.has_crashed(ValueError("boom"))
        await trio.testing.wait_all_tasks_blocked()
        await kernel.dispatch("plugins.list")
        kernel.runtime.slots["plain"] = slot


async def test_a_task_that_ends_the_program_inside_a_nursery_is_a_crash(place, quick):
    class Made(Plain):
        @hookimpl
        async def mosaic_start(self, context):
            if context.generation == 1:
                context.start_soon(self.work)

        async def work(self):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.leave)
                await trio.sleep_forever()

        async def leave(self):
            await trio.sleep(0.01)
            sys.exit(3)

    async with place.kernel(plugins=[("plain", Made, Manifest())], settings=LASTING) as kernel:
        await trio.sleep(0.2)
        assert kernel.runtime.slots["plain"].generation.number == 2


@pytest.mark.parametrize("kind", [OperationKind.COMMAND, OperationKind.STREAM])
async def test_a_handler_that_ends_the_program_fails_alone(place, quick, kind):
    async def leaves(data, call):
        sys.exit(3)

    async def stream(data, call):
        yield data
        sys.exit(3)

    class Made(Plain):
        @hookimpl
        def mosaic_operations(self, context):
            handler = leaves if kind is OperationKind.COMMAND else stream
            return [operation("plain.ask", handler, kind=kind)]

    async with place.kernel(plugins=[("plain", Made, Manifest())]) as kernel:

        async def call():
            if kind is OperationKind.COMMAND:
                return await kernel.dispatch("plain.ask", {})
            return [item async for item in kernel.follow("plain.ask", {})]

        with pytest.raises(Unavailable) as failed:
            await call()
        assert failed.value.code == "operation-failed"


async def test_no_change_is_begun_by_a_plugin_while_the_kernel_starts(place, quick):
    class Made(Plain):
        pass

    class Eager:
        @hookimpl
        async def mosaic_start(self, context):
            with pytest.raises(MosaicError):
                await context.dispatch("config.reload", {})

    plugins = [("eager", Eager, Manifest()), ("plain", Made, Manifest(after=["eager"]))]
    async with place.kernel(plugins=plugins) as kernel:
        assert kernel.runtime.slots["plain"].generation.number == 1
    assert opened(Made.log) == ([1], [1])


async def test_a_change_after_the_end_is_refused_in_words(place, quick):
    async with place.kernel(plugins=[("plain", Plain, Manifest())]) as kernel:
        pass
    with pytest.raises(MosaicError) as refused:
        await kernel.dispatch("plugins.reload", {"name": "plain"})
    assert refused.value.code != "operation-failed"
    collect()
