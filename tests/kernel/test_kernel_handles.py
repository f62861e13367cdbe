from contextlib import asynccontextmanager

import pytest
import trio

from mosaic_hookspecs import Unavailable, storage_within
from mosaic_kernel.handles import Handle, swap
from mosaic_kernel.ports import PortBoard
from mosaic_kernel.seats import Seat


class Provider:
    def __init__(self, label):
        self.label = label
        self.gate = trio.Event()
        self.value = 1

    async def call(self):
        await self.gate.wait()
        return self.label

    def plain(self, number):
        return self.label, number

    def wrapped(self):
        return self.call()

    async def items(self):
        yield self.label
        await self.gate.wait()
        yield self.label

    @asynccontextmanager
    async def context(self):
        yield self.label


async def test_calls_in_flight_stay_on_the_old_provider_and_new_ones_go_to_the_new(autojump_clock):
    old, new = Provider("old"), Provider("new")
    handle = Handle("port", Seat(old))
    bound = handle.call
    got = []

    async def call():
        got.append(await bound())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await trio.testing.wait_all_tasks_blocked()
        seat = swap(handle, Seat(new))
        assert seat.in_flight == 1
        assert not await seat.drain(1)
        new.gate.set()
        assert await bound() == "new"
        assert handle.plain(3) == ("new", 3)
        old.gate.set()
        assert await seat.drain(1)
    assert got == ["old"]


async def test_contexts_iterators_and_returned_coroutines_are_in_flight():
    provider = Provider("p")
    provider.gate.set()
    seat = Seat(provider)
    handle = Handle("port", seat)
    async with handle.context() as label:
        assert (label, seat.in_flight) == ("p", 1)
    items = handle.items()
    assert await anext(items) == "p"
    assert seat.in_flight == 1
    await items.aclose()
    assert seat.in_flight == 0
    assert await handle.wrapped() == "p"
    with pytest.raises(RuntimeError):
        async with handle.context():
            raise RuntimeError
    assert seat.in_flight == 0


def test_what_is_no_method_is_looked_up_anew():
    provider = Provider("p")
    handle = Handle("port", Seat(provider))
    assert handle.value == 1
    provider.value = 2
    assert handle.value == 2
    with pytest.raises(AttributeError):
        handle.nothing  # noqa: B018 - looking is the test


async def test_an_empty_port_says_what_would_fill_it():
    board = PortBoard({"ui": ("b", "a")}, lambda port, name: Unavailable("port-empty", f"{port} {name}"))
    port = board.port("ui")
    assert port.names() == ()
    with pytest.raises(Unavailable, match="ui"):
        port.get()
    first = Seat(Provider("a"))
    port.fill("a", first)
    default = port.get()
    assert default.plain(1) == ("a", 1)
    port.fill("b", Seat(Provider("b")))
    assert default.plain(1) == ("b", 1)
    assert port.names() == ("b", "a")
    assert port.get().plain(1) == ("b", 1)
    handle = port.get("a")
    port.vacate("a", first, Unavailable("plugin-crashed", "gone"))
    assert port.names() == ("b",)
    with pytest.raises(Unavailable, match="gone") as one:
        await handle.call()
    with pytest.raises(Unavailable, match="gone") as two:
        handle.plain(1)
    assert one.value is not two.value
    port.fill("a", Seat(Provider("again")))
    assert handle.plain(1) == ("again", 1)
    port.vacate("a", first, Unavailable("plugin-crashed", "gone"))
    assert handle.plain(2) == ("again", 2)


async def test_what_is_awaited_of_a_port_has_a_deadline_with_its_name(autojump_clock):
    port = PortBoard({}, lambda port, name: Unavailable("port-empty", f"{port} {name}")).port("storage")
    with port.within(5):
        await trio.sleep(4)
    with pytest.raises(Unavailable, match="storage took longer") as caught, port.within(5, "Ask again."):
        await trio.sleep_forever()
    assert (caught.value.code, caught.value.hint) == ("storage-slow", "Ask again.")
    with pytest.raises(Unavailable, match="may be done or not"), port.within(5):
        await trio.sleep_forever()


async def test_a_deadline_tells_no_other_from_its_own(autojump_clock):
    port = PortBoard({}, lambda port, name: Unavailable("port-empty", f"{port} {name}")).port("storage")
    with pytest.raises(trio.TooSlowError), trio.fail_after(1), port.within(5):
        await trio.sleep_forever()
    with pytest.raises(trio.TooSlowError), port.within(5), trio.fail_after(1):
        await trio.sleep_forever()


async def test_the_store_is_given_with_a_deadline(autojump_clock):
    board = PortBoard({}, lambda port, name: Unavailable("port-empty", f"nothing fills {port}{name}"))
    with pytest.raises(Unavailable, match="nothing fills storage"), storage_within(board, 5):
        pytest.fail("there is no store")
    board.port("storage").fill("a", Seat(Provider("a")))
    with storage_within(board, 5) as storage:
        await trio.sleep(4)
    assert storage.plain(1) == ("a", 1)
    with pytest.raises(Unavailable) as caught, storage_within(board, 5, "Ask again."):
        await trio.sleep_forever()
    assert (caught.value.code, caught.value.hint) == ("storage-slow", "Ask again.")
