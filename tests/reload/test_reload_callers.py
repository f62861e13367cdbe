"""What those see who call, or follow, a plugin while it is swapped."""

# ruff: noqa: ASYNC110 - the kernel's own state is looked at, which nobody tells of
from contextlib import aclosing

import pytest
import trio
from reload_code import SERVER, served
from reload_plain import LASTING, Ask, Plain, opened, operation

from mosaic_hookspecs import (
    InterceptorSpec,
    Manifest,
    MosaicError,
    Provides,
    Provision,
    Unavailable,
    hookimpl,
)


async def test_what_cannot_serve_is_refused_before_the_swap(place, quick):
    class Transport:
        name = "plain"
        addresses = ()

        async def serve(self):
            await trio.sleep_forever()

    class Made(Plain):
        @hookimpl
        async def mosaic_provide(self, context):
            await super().mosaic_provide(context)
            provider = Transport() if context.generation != 2 else object()
            return [Provision(port="transport", name="plain", provider=provider)]

    manifest = Manifest(provides=(Provides(port="transport", contract="1.0", name="plain"),))
    async with place.kernel(plugins=[("plain", Made, manifest)], serves=True) as kernel:
        with pytest.raises(MosaicError):
            await kernel.dispatch("plugins.reload", {"name": "plain"})
        assert (await kernel.dispatch("plain.ask", {})).number == 1
        assert kernel.runtime.slots["plain"].generation.number == 1
        assert kernel.port("transport").get().name == "plain"
        await kernel.dispatch("plugins.reload", {"name": "plain"})
        assert (await kernel.dispatch("plain.ask", {})).number == 3
    assert opened(Made.log) == ([1, 2, 3], [1, 2, 3])


async def test_calls_that_move_do_not_wait_for_the_drain(place, quick):
    drain = "\n    @hookimpl\n    async def mosaic_drain(self, context):\n        await trio.sleep_forever()\n"
    served(place, code=SERVER + drain)
    settings = {"kernel.drain_seconds": 2}
    async with place.kernel("served", settings=settings) as kernel, trio.open_nursery() as nursery:
        answers = []

        async def drive():
            answers.append(await kernel.dispatch("served.drive", {"number": 1}))

        nursery.start_soon(drive)
        await trio.sleep(0.1)
        await kernel.dispatch("plugins.reload", {"name": "served", "waits": False})
        with trio.fail_after(1.5):
            while not answers:
                await trio.sleep(0.01)
        assert answers[0].generation == 2


@pytest.mark.parametrize(("name", "goes_on"), [("count", True), ("endless", False)])
async def test_who_looks_away_from_a_stream_while_its_generation_ends(place, quick, name, goes_on):
    served(place)
    async with place.kernel("served", settings={"kernel.drain_seconds": 0.1}) as kernel:
        async with aclosing(kernel.follow(f"served.{name}", {})) as items:
            assert (await anext(items)).number == 0
            old = kernel.runtime.slots["served"].generation
            await kernel.dispatch("plugins.reload", {"name": "served"})
            assert old.is_stopped
            if goes_on:
                item = await anext(items)
                assert (item.number, item.generation) == (1, 2)
            else:
                with pytest.raises(Unavailable) as ended:
                    await anext(items)
                assert ended.value.code == "stream-ended"
        assert old.seat.streams == 0


async def test_faults_of_calls_that_end_on_the_old_generation_are_not_the_new_ones(place, quick):
    class Made(Plain):
        @hookimpl
        def mosaic_operations(self, context):
            async def ask(data, call):
                await trio.sleep(0.05)
                if context.generation == 1:
                    raise ValueError("a bug of the old code")
                return Ask(number=context.generation)

            return [operation("plain.ask", ask)]

    settings = LASTING | {"kernel.fault_budget": 3}
    async with place.kernel(plugins=[("plain", Made, Manifest())], settings=settings) as kernel:
        async with trio.open_nursery() as nursery:

            async def ask():
                with pytest.raises(Unavailable):
                    await kernel.dispatch("plain.ask", {})

            for _ in range(5):
                nursery.start_soon(ask)
            await trio.sleep(0.01)
            await kernel.dispatch("plugins.reload", {"name": "plain"})
        await trio.sleep(0.1)
        assert kernel.runtime.slots["plain"].generation.number == 2
        assert (await kernel.dispatch("plain.ask", {})).number == 2


async def test_a_new_generation_begins_without_the_faults_of_the_one_before(place, quick):
    class Made(Plain):
        @hookimpl
        def mosaic_operations(self, context):
            async def ask(data, call):
                raise ValueError("a bug")

            return [operation("plain.ask", ask)]

    settings = LASTING | {"kernel.fault_budget": 3}
    async with place.kernel(plugins=[("plain", Made, Manifest())], settings=settings) as kernel:
        for number in (1, 2):
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await kernel.dispatch("plain.ask", {})
            await trio.testing.wait_all_tasks_blocked()
            assert kernel.runtime.slots["plain"].generation.number == number
            await kernel.dispatch("plugins.reload", {"name": "plain"})


async def test_an_interceptor_that_gives_up_on_a_call_does_not_have_it_made_twice(place, quick):
    asked = []

    class Made(Plain):
        @hookimpl
        def mosaic_operations(self, context):
            async def ask(data, call):
                asked.append(1)
                await trio.sleep(0.1)
                return data

            return [operation("plain.ask", ask)]

        @hookimpl
        def mosaic_interceptors(self, context):
            async def gives_up(call, data, proceed):
                with trio.move_on_after(0.01):
                    return await proceed(data)
                raise ValueError("too slow for me")

            return [InterceptorSpec(stage="metrics", interceptor=gives_up)]

    async with place.kernel(plugins=[("plain", Made, Manifest())]) as kernel:
        with pytest.raises(Unavailable):
            await kernel.dispatch("plain.ask", {})
    assert asked == [1]
