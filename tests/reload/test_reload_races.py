"""What happens at the very moment of a swap, of a crash, or of the kernel's end."""

import gc
import sys
from contextlib import aclosing, suppress
from functools import partial
from typing import ClassVar

# ruff: noqa: ASYNC110 - the kernel's own state is looked at, which nobody tells of
import attrs
import pytest
import trio
from reload_code import SERVER, served

from mosaic_hookspecs import (
    InterceptorSpec,
    Manifest,
    MosaicError,
    Operation,
    OperationKind,
    Provides,
    Provision,
    State,
    Unavailable,
    hookimpl,
)

LASTING = {"kernel.restart_delay_seconds": 0.01, "kernel.restart_window_seconds": 1000}


@attrs.frozen(kw_only=True)
class Ask:
    """What is asked."""

    number: int = 0


def operation(name, handler, **more):
    kind = more.pop("kind", OperationKind.COMMAND)
    return Operation(
        name=name, kind=kind, input=Ask, output=Ask, handler=handler, permission="", summary="s", **more
    )


class Plain:
    """A plugin in process, whose hooks are filled in by subclasses; each has a log of its own."""

    log: ClassVar = []

    def __init_subclass__(cls):
        cls.log = []

    @hookimpl
    async def mosaic_provide(self, context):
        type(self).log.append(("open", context.generation))
        context.on_cleanup(lambda: type(self).log.append(("close", context.generation)))
        return []

    @hookimpl
    def mosaic_operations(self, context):
        async def ask(data, call):
            return Ask(number=context.generation)

        return [operation("plain.ask", ask)]


def opened(log):
    return tuple(sorted(number for what, number in log if what == done) for done in ("open", "close"))


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_crash_in_the_moment_of_the_swap_does_not_end_the_new_generation(place, moment):
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


async def test_a_crash_in_the_moment_of_being_disabled_restarts_nothing(place):
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
async def test_whatever_starts_while_the_kernel_ends_is_stopped_wholly(place, starting, action):
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


async def test_a_removed_plugin_that_crashes_while_it_drains_hurts_nobody(place):
    class Made(Plain):
        pass

    async with place.kernel(plugins=[("plain", Made, Manifest())]) as kernel:
        slot = kernel.runtime.slots.pop("plain")
        slot.generation.has_crashed(ValueError("boom"))
        await trio.testing.wait_all_tasks_blocked()
        await kernel.dispatch("plugins.list")
        kernel.runtime.slots["plain"] = slot


async def test_a_task_that_ends_the_program_inside_a_nursery_is_a_crash(place):
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
async def test_a_handler_that_ends_the_program_fails_alone(place, kind):
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


async def test_what_cannot_serve_is_refused_before_the_swap(place):
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


async def test_calls_that_move_do_not_wait_for_the_drain(place):
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
async def test_who_looks_away_from_a_stream_while_its_generation_ends(place, name, goes_on):
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


class Handed:
    """Something of this process that is handed over, and is to be closed if it is not."""

    def __init__(self):
        self.is_closed = False

    def close(self):
        self.is_closed = True


@pytest.mark.parametrize("data", [{"a": 1}, {"a": object()}])
async def test_what_is_handed_over_and_not_taken_is_closed(place, data):
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


async def test_what_an_interceptor_counts_is_handed_over_wholly(place):
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


async def test_what_is_handed_over_may_be_asked_of_others_meanwhile(place):
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


class Store:
    """A provider with state, of every form of method."""

    def __init__(self):
        self.log = []

    async def add(self, item):
        await trio.lowlevel.checkpoint()
        self.log.append(item)

    def plain_add(self, item):
        return self.add(item)

    async def size(self):
        return len(self.log)

    async def items(self):
        for item in tuple(self.log):
            yield item

    def adding(self, item):
        store = self

        class Adding:
            async def __aenter__(self):
                store.log.append(item)
                return store

            async def __aexit__(self, *error):
                await trio.lowlevel.checkpoint()

        return Adding()


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
async def test_nothing_that_is_added_while_state_is_handed_over_is_lost(place, form):
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
async def test_what_is_called_from_inside_a_context_or_an_iterator_does_not_wait_for_itself(place, form):
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


async def test_faults_of_calls_that_end_on_the_old_generation_are_not_the_new_ones(place):
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


async def test_a_new_generation_begins_without_the_faults_of_the_one_before(place):
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


async def test_an_interceptor_that_gives_up_on_a_call_does_not_have_it_made_twice(place):
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


async def test_no_change_is_begun_by_a_plugin_while_the_kernel_starts(place):
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


async def test_a_change_after_the_end_is_refused_in_words(place):
    async with place.kernel(plugins=[("plain", Plain, Manifest())]) as kernel:
        pass
    with pytest.raises(MosaicError) as refused:
        await kernel.dispatch("plugins.reload", {"name": "plain"})
    assert refused.value.code != "operation-failed"
    gc.collect()
