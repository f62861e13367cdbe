"""What a plugin hands over to its next generation is handed over wholly, whoever uses it meanwhile."""

import pytest
import trio
from reload_plain import Ask, Plain, operation
from reload_store import Store

from mosaic_hookspecs import InterceptorSpec, Manifest, MosaicError, Provides, Provision, State, hookimpl


class Handed:
    """Something of this process that is handed over, and is to be closed if it is not."""

    def __init__(self):
        self.is_closed = False

    def close(self):
        self.is_closed = True


@pytest.mark.parametrize("data", [{"a": 1}, {"a": object()}])
async def test_what_is_handed_over_and_not_taken_is_closed(place, quick, data):
    handed = Handed()

    class Made(Plain):
        @hookimpl
        async def mosaic_export_state(self, context):
            return State(data=data, resources={"it": handed})

        @hookimpl
        async def mosaic_import_state(self, context, state):
            state.require(2)

    async with place.kernel(plugins=[("plain", Made, Manifest())]) as kernel:
        with pytest.raises(MosaicError):
            await kernel.dispatch("plugins.reload", {"name": "plain"})
        assert (await kernel.dispatch("plain.ask", {})).number == 1
    assert handed.is_closed


class Counter:
    """State that lives in a plugin: what an interceptor of it counts."""

    def __init__(self):
        self.count = 0

    @hookimpl
    def mosaic_interceptors(self, context):
        async def counts(call, data, proceed):
            if call.operation.name == "other.ask":
                self.count += 1
            return await proceed(data)

        return [InterceptorSpec(stage="quota", interceptor=counts)]

    @hookimpl
    def mosaic_operations(self, context):
        async def counted(data, call):
            return Ask(number=self.count)

        return [operation("counter.ask", counted)]

    @hookimpl
    async def mosaic_export_state(self, context):
        await trio.sleep(0.02)
        return State(data=self.count)

    @hookimpl
    async def mosaic_import_state(self, context, state):
        await trio.sleep(0.02)
        self.count = state.data


class Other:
    @hookimpl
    def mosaic_operations(self, context):
        async def ask(data, call):
            await trio.sleep(data.number / 1000)
            return data

        return [operation("other.ask", ask)]


async def test_what_an_interceptor_counts_is_handed_over_wholly(place, quick):
    async with place.kernel(plugins=[("counter", Counter, Manifest()), ("other", Other, Manifest())]) as kernel:
        asked = 0
        done = trio.Event()

        async def ask():
            nonlocal asked
            while not done.is_set():
                await kernel.dispatch("other.ask", {})
                asked += 1
                await trio.sleep(0.001)

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(ask)
            for _ in range(3):
                await trio.sleep(0.02)
                await kernel.dispatch("plugins.reload", {"name": "counter"})
            done.set()
        assert (await kernel.dispatch("counter.ask", {})).number == asked


async def test_what_is_handed_over_may_be_asked_of_others_meanwhile(place, quick):
    class Asking(Counter):
        @hookimpl
        async def mosaic_export_state(self, context):
            await context.dispatch("other.ask", {})
            return State(data=self.count)

        @hookimpl
        async def mosaic_import_state(self, context, state):
            await context.dispatch("other.ask", {})
            self.count = state.data

    settings = {"kernel.hold_seconds": 1}
    plugins = [("counter", Asking, Manifest()), ("other", Other, Manifest())]
    async with place.kernel(plugins=plugins, settings=settings) as kernel:
        report = await kernel.dispatch("plugins.reload", {"name": "counter"})
        assert report.changes[0].held_seconds < 0.5


class Kept:
    def __init__(self):
        self.store = Store()

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="ui", name="kept", provider=self.store)]

    @hookimpl
    async def mosaic_export_state(self, context):
        data = list(self.store.log)
        await trio.sleep(0.03)
        return State(data=data)

    @hookimpl
    async def mosaic_import_state(self, context, state):
        await trio.sleep(0.03)
        self.store.log = list(state.data)


KEPT = ("kept", Kept, Manifest(provides=(Provides(port="ui", contract="1.0", name="kept"),)))


@pytest.mark.parametrize("form", ["add", "plain_add", "adding"])
async def test_nothing_that_is_added_while_state_is_handed_over_is_lost(place, quick, form):
    async with place.kernel(plugins=[KEPT]) as kernel:
        store = kernel.port("ui").get()
        added = []
        done = trio.Event()

        async def add(caller):
            number = 0
            while not done.is_set():
                item = f"{caller}-{number}"
                if form == "adding":
                    async with store.adding(item):
                        pass
                else:
                    await getattr(store, form)(item)
                added.append(item)
                number += 1
                await trio.sleep(0.002)

        async with trio.open_nursery() as nursery:
            for caller in range(4):
                nursery.start_soon(add, caller)
            for _ in range(3):
                await trio.sleep(0.02)
                await kernel.dispatch("plugins.reload", {"name": "kept"})
            done.set()
        assert await store.size() == len(added)
        assert sorted([item async for item in store.items()]) == sorted(added)


@pytest.mark.parametrize("form", ["context", "iterator"])
async def test_what_is_called_from_inside_a_context_or_an_iterator_does_not_wait_for_itself(place, quick, form):
    async with place.kernel(plugins=[KEPT], settings={"kernel.hold_seconds": 1}) as kernel:
        store = kernel.port("ui").get()
        inside, go_on, longest = trio.Event(), trio.Event(), []

        async def use():
            await store.add("first")
            if form == "context":
                async with store.adding("x"):
                    inside.set()
                    await go_on.wait()
                    before = trio.current_time()
                    await store.add("y")
            else:
                async for _ in store.items():
                    inside.set()
                    await go_on.wait()
                    before = trio.current_time()
                    await store.add("y")
            longest.append(trio.current_time() - before)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(use)
            await inside.wait()
            nursery.start_soon(kernel.dispatch, "plugins.reload", {"name": "kept"})
            await trio.sleep(0.05)
            go_on.set()
        assert longest[0] < 0.5
        assert "y" in [item async for item in store.items()]
        assert kernel.runtime.slots["kept"].generation.number == 2
