"""Waiting for mail costs nothing, is bounded, and ends with what came, from any process."""

from collections import Counter

import pytest
import trio
import trio.testing

from mosaic_memory.storage import MemoryStorage
from mosaic_testing.providing import providing


class Counting:
    """Counts the calls that go to a store."""

    def __init__(self, storage):
        self._storage = storage
        self.calls = Counter()

    def __getattr__(self, name):
        method = getattr(self._storage, name)

        async def call(*args, **options):
            self.calls[name] += 1
            return await method(*args, **options)

        return call


@pytest.fixture
def store(autojump_clock, mosaic_clock):
    return Counting(MemoryStorage(mosaic_clock))


@pytest.fixture
def mail(mosaic_kernel, store, mosaic_clock):
    def opened(**settings):
        given = {f"plugins.mail.{name}": value for name, value in settings.items()}
        return mosaic_kernel("mail", providing("given", {("storage", "given"): store}), settings=given)

    return opened


async def test_an_hour_of_waiting_calls_nothing(mail, store, autojump_clock):
    async with mail(wait_seconds=36_000) as kernel, trio.open_nursery() as nursery:
        for name in ("Ann", "Bob"):
            nursery.start_soon(kernel.dispatch, "message.read", {"name": name, "wait_seconds": 7200})
        await trio.sleep(10)
        before = dict(store.calls)
        await trio.sleep(3600)
        assert dict(store.calls) == before
        nursery.cancel_scope.cancel()


async def test_nobody_waits_and_nothing_is_followed(mail, store, autojump_clock):
    async with mail() as kernel:
        await kernel.dispatch("message.read", {"name": "Ann", "wait_seconds": 5})
        assert trio.current_time() == pytest.approx(5, abs=0.1)
        await kernel.dispatch("message.send", {"to": "Ann", "text": "x"})
        await trio.sleep(1)
        before = dict(store.calls)
        await trio.sleep(3600)
        assert dict(store.calls) == before


async def test_waiting_is_bounded_by_the_configuration(mail, autojump_clock):
    async with mail(wait_seconds=30) as kernel:
        found = await kernel.dispatch("message.read", {"name": "Ann", "wait_seconds": 1e9})
        assert list(found.items) == []
        assert trio.current_time() == pytest.approx(30, abs=0.1)


async def test_a_message_wakes_its_reader_also_from_another_kernel(mail, autojump_clock):
    got = {}

    async def wait(kernel, name, roles=()):
        found = await kernel.dispatch("message.read", {"name": name, "roles": roles, "wait_seconds": 200})
        got[name] = ([one.text for one in found.items], trio.current_time())

    async with mail() as one, mail() as two, trio.open_nursery() as nursery:
        for name in ("Ann", "Bob", "Eve"):
            await one.dispatch("message.read", {"name": name, "roles": ["tester"] if name == "Bob" else []})
        nursery.start_soon(wait, one, "Ann")
        nursery.start_soon(wait, two, "Bob", ["tester"])
        nursery.start_soon(wait, one, "Eve")
        await trio.sleep(50)
        await two.dispatch("message.send", {"to": "Ann", "text": "to Ann"})
        await trio.sleep(50)
        await one.dispatch("message.send", {"to": "role:tester", "text": "to Bob"})
    assert got["Ann"] == (["to Ann"], pytest.approx(50, abs=1))
    assert got["Bob"] == (["to Bob"], pytest.approx(100, abs=1))
    assert got["Eve"] == ([], pytest.approx(200, abs=1))


async def test_waiting_ends_when_what_was_not_acknowledged_comes_again(mail, autojump_clock):
    async with mail(redeliver_seconds=40) as kernel:
        await kernel.dispatch("message.read", {"name": "Ann"})
        await kernel.dispatch("message.send", {"to": "Ann", "text": "x"})
        await kernel.dispatch("message.read", {"name": "Ann"})
        [again] = (await kernel.dispatch("message.read", {"name": "Ann", "wait_seconds": 200})).items
        assert again.deliveries == 2
        assert trio.current_time() == pytest.approx(40, abs=0.1)


async def test_a_reader_that_waits_goes_on_over_a_reload(mosaic_kernel):
    got = []

    async def wait(kernel):
        got.extend((await kernel.dispatch("message.read", {"name": "Ann", "wait_seconds": 200})).items)

    async with mosaic_kernel("memory", "mail") as kernel, trio.open_nursery() as nursery:
        nursery.start_soon(wait, kernel)
        await trio.testing.wait_all_tasks_blocked()
        await kernel.dispatch("plugins.reload", {"name": "mail"})
        await trio.testing.wait_all_tasks_blocked()
        await kernel.dispatch("message.send", {"to": "Ann", "text": "after"})
    assert [one.text for one in got] == ["after"]


async def test_a_busy_log_does_not_have_every_reader_look(mail, store, autojump_clock):
    async with mail() as kernel, trio.open_nursery() as nursery:
        for number in range(20):
            data = {"name": f"n{number}", "wait_seconds": 250}
            nursery.start_soon(kernel.dispatch, "message.read", data)
        await trio.sleep(1)
        before = store.calls["get_document"]
        for _ in range(50):
            await kernel.dispatch("message.send", {"to": "nobody", "text": "x"})
            await trio.sleep(0.1)
        # A send to nobody looks for one box; none of those who wait does.
        assert store.calls["get_document"] - before == 50
        nursery.cancel_scope.cancel()


async def test_what_waits_is_counted_and_left_as_it_is(mail):
    async with mail() as kernel:

        async def waiting():
            return (await kernel.dispatch("message.waiting", {"name": "Ann"})).count

        assert await waiting() == 0
        await kernel.dispatch("message.read", {"name": "Ann"})  # from then on she has a box
        for text in ("one", "two"):
            await kernel.dispatch("message.send", {"name": "Bob", "to": "Ann", "text": text})
        assert [await waiting(), await waiting()] == [2, 2]
        read = await kernel.dispatch("message.read", {"name": "Ann"})
        assert len(read.items) == 2
        assert await waiting() == 2
        await kernel.dispatch("message.acknowledge", {"name": "Ann", "ids": [read.items[0].id]})
        assert await waiting() == 1


async def test_a_worker_hears_how_many_wait(mosaic_kernel):
    async with mosaic_kernel("memory", "engine", "mail", "fleet") as kernel:
        await kernel.dispatch("agent.register", {"name": "ada"})
        await kernel.dispatch("message.send", {"name": "Bob", "to": "ada", "text": "Hello."})
        assert (await kernel.dispatch("work.take", {"agent": "ada", "wait_seconds": 0})).messages == 1
