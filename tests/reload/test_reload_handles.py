"""Handles and seats at a swap: what is held, what is counted, and what a caller kept."""

import gc
import weakref
from contextlib import asynccontextmanager

import pytest
import trio
from reload_store import Store

from mosaic_hookspecs import Provision, hookimpl
from mosaic_hookspecs.manifest import Manifest, Provides
from mosaic_hookspecs.operations import Operation, OperationKind
from mosaic_hookspecs.ports import PortSpec
from mosaic_kernel.faults import Faults
from mosaic_kernel.handles import Handle, swap
from mosaic_kernel.seats import Seat


class Changing:
    """Of another kind than the store: what was a method is none, and the other way round."""

    add = 7

    async def size(self):
        return 70

    def items(self):
        return ["plain"]


async def test_a_swap_may_change_what_kind_of_thing_a_name_is():
    handle = Handle("port", Seat(Store()))
    await handle.add("x")
    assert await handle.size() == 1
    assert [item async for item in handle.items()] == ["x"]
    swap(handle, Seat(Changing()))
    assert handle.add == 7
    assert await handle.size() == 70
    assert handle.items() == ["plain"]


async def test_what_was_made_before_a_swap_and_is_used_after_it_is_the_new_ones():
    old, new = Seat(Store()), Seat(Store())
    handle = Handle("port", old)
    adding, context = handle.plain_add("x"), handle.adding("y")
    swap(handle, new)
    await adding
    async with context:
        assert (old.in_flight, new.in_flight) == (0, 1)
    assert (old.provider.log, new.provider.log) == ([], ["x", "y"])
    assert (new.in_flight, new.inside) == (0, {})


async def test_a_write_is_held_and_counted_whatever_its_decorators_made_of_it(autojump_clock):
    spec = PortSpec(name="port", contract="1.0", writes=frozenset({"plain_add"}))
    old, new = Seat(Store()), Seat(Store())
    handle = Handle("port", old, spec)
    old.close(spec.writes)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(handle.plain_add, "x")
        await trio.testing.wait_all_tasks_blocked()
        assert await handle.size() == 0
        assert (old.writing, old.in_flight) == (0, 0)
        swap(handle, new)
        old.release()
    assert (old.provider.log, new.provider.log) == ([], ["x"])


class Slow(Store):
    async def add(self, item):
        await trio.sleep(1)
        self.log.append(item)


async def test_quiet_waits_for_writers_alone(autojump_clock):
    spec = PortSpec(name="port", contract="1.0", writes=frozenset({"add"}))
    seat = Seat(Slow())
    handle = Handle("port", seat, spec)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(handle.add, "x")
        await trio.testing.wait_all_tasks_blocked()
        assert seat.writing == 1
        seat.close(spec.writes)
        before = trio.current_time()
        assert await seat.quiet(spec.writes, 5)
        assert trio.current_time() - before == pytest.approx(1)
        assert seat.provider.log == ["x"]
        assert seat.writing == 0


@pytest.mark.parametrize("leaves", ["returns", "raises", "is cancelled"])
async def test_a_context_is_counted_once_however_it_is_left(leaves, autojump_clock):
    class Opening:
        @asynccontextmanager
        async def opened(self):
            await trio.sleep(1)
            try:
                yield self
            finally:
                await trio.lowlevel.checkpoint()

    seat = Seat(Opening())
    handle = Handle("port", seat)
    with trio.move_on_after(0.5 if leaves == "is cancelled" else 5):
        if leaves == "raises":
            with pytest.raises(KeyError):
                async with handle.opened():
                    raise KeyError
        else:
            async with handle.opened(), handle.opened():
                assert (seat.in_flight, list(seat.inside.values())) == (2, [2])
    assert (seat.in_flight, seat.inside) == (0, {})


async def test_a_method_that_a_caller_kept_keeps_no_old_provider():
    store = Store()
    handle = Handle("port", Seat(store))
    kept = handle.add
    await kept("x")
    died = weakref.ref(store)
    del store
    swap(handle, Seat(Store()))
    gc.collect()
    assert died() is None
    await kept("y")
    assert await handle.size() == 1


async def test_a_provider_that_is_provided_no_more_is_gone_and_an_operation_too(place):
    class Shrinking:
        @hookimpl
        async def mosaic_provide(self, context):
            names = ["a", "b"] if context.generation == 1 else ["b"]
            return [Provision(port="ui", name=name, provider=Store()) for name in names]

        @hookimpl
        def mosaic_operations(self, context):
            async def ask(data, call):
                return data

            names = ["first", "second"] if context.generation == 1 else ["second"]
            return [
                Operation(
                    name=f"shrinking.{name}", kind=OperationKind.QUERY, input=Manifest, output=Manifest,
                    handler=ask, permission="", summary="s",
                )
                for name in names
            ]  # fmt: skip

    provides = (Provides(port="ui", contract="1.0", name="*"),)
    async with place.kernel(plugins=[("shrinking", Shrinking, Manifest(provides=provides))]) as kernel:
        first, gone = kernel.port("ui").get(), kernel.port("ui").get("a")
        await kernel.dispatch("plugins.reload", {"name": "shrinking"})
        assert kernel.port("ui").names() == ("b",)
        with pytest.raises(Exception, match="does not provide 'a'"):
            await gone.size()
        assert await first.size() == 0
        assert "shrinking.first" not in kernel.operations()
        assert "shrinking.second" in kernel.operations()


def test_faults_are_counted_in_a_window_that_moves():
    faults = Faults()
    assert [faults.count(now, 10.0) for now in (0.0, 1.0, 10.5, 30.0)] == [1, 2, 2, 1]
