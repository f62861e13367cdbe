"""Moments at which a drive might sleep although there is work, or keep a lease that it does not use."""

from __future__ import annotations

from functools import partial

import pytest
import trio
from engine_fakes import CountingStorage, FakeClock, ScriptedAgent, World, task

from mosaic_engine.drive import Driver
from mosaic_engine.merges import MergeQueues
from mosaic_engine.rooms import Rooms
from mosaic_engine.slots import Slots
from mosaic_engine.watching import _renewed
from mosaic_engine.write_queue import Batch
from mosaic_hookspecs import (
    Accept,
    AgentOffer,
    AgentResult,
    CancelRun,
    CheckOutcome,
    Claim,
    Renew,
    Report,
    Tick,
)
from mosaic_memory.storage import MemoryStorage


def driver_of(world, run_id="r", slots=None):
    return Driver(
        context=world.context,
        storage=world.storage,
        config=world.context.config,
        slots=slots or Slots(world.context.config.parallelism),
        rooms=Rooms(),
        merges=MergeQueues(),
        run_id=run_id,
    )


async def test_a_delay_ends_in_time_however_busy_the_store_is(tmp_path, autojump_clock):
    began = []

    async def flaky(assignment):
        began.append(trio.current_time())
        await trio.sleep(0.001)
        if len(began) == 1:
            return AgentResult(outcome="failed", summary="not yet")
        return None

    async def brief(assignment):
        await trio.sleep(0.01)

    agent = ScriptedAgent(scripts={"flaky": flaky, "*": brief})
    world = World(tmp_path, agent=agent, parallelism=2)
    chain = [task("c0"), *(task(f"c{n}", f"c{n - 1}") for n in range(1, 1000))]
    await world.start(task("flaky", attempts=2, delay=1.0), *chain)
    assert (await world.drive()).result == "accepted"
    assert began[1] - began[0] < 1.5
    assert trio.current_time() > 5, "the store was busy for long"


class LateHead(CountingStorage):
    """Something is stored after the first claim found nothing, and before the watcher reads the head."""

    def __init__(self, storage):
        super().__init__(storage)
        self.before_head = None
        self.has_claimed = trio.Event()

    async def apply(self, commands, *, by):
        outcomes = await self._storage.apply(commands, by=by)
        self.has_claimed.set()
        return outcomes

    async def head(self):
        if self.before_head is not None:
            with trio.move_on_after(1):
                await self.has_claimed.wait()
            then, self.before_head = self.before_head, None
            await then()
        return await self._storage.head()


class Meanwhile(CountingStorage):
    """Something happens once before something is read."""

    def __init__(self, storage, name, then):
        super().__init__(storage)
        self._name, self._then = name, then

    async def _read(self, name, *args):
        if name == self._name:
            self._name = ""
            await self._then()
        return await getattr(self._storage, name)(*args)

    async def counts(self, run_id):
        return await self._read("counts", run_id)

    async def count(self, key):
        return await self._read("count", key)


async def claims(store):
    offers = [AgentOffer(name="x", is_general=True)]
    [leases] = await store.apply([Claim(holder="elsewhere", offers=offers, lease_seconds=60.0)], by="elsewhere")
    assert len(leases) == 1


@pytest.mark.parametrize(
    ("name", "what", "result", "state"),
    [("counts", "drives", "accepted", "finished"), ("count", "claims", "running", "active")],
)
async def test_a_run_that_moves_while_it_is_looked_at_does_not_wait(tmp_path, name, what, result, state):
    store = MemoryStorage(FakeClock())
    other = World(tmp_path, storage=store)
    await other.start(task("a"))
    then = other.drive if what == "drives" else partial(claims, store)
    view = await World(tmp_path, storage=Meanwhile(store, name, then)).ask("run.show", run_id="r")
    assert (view.result, view.state) == (result, state)


async def test_what_is_stored_while_a_drive_begins_is_not_slept_over(tmp_path, autojump_clock):
    store = MemoryStorage(FakeClock())
    world = World(tmp_path, storage=store)
    world.storage = LateHead(store)
    driver = driver_of(world, run_id="")
    other = World(tmp_path, storage=store)
    world.storage.before_head = partial(other.start, task("a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.sleep(30)
        assert await other.state("a") == "accepted"
        nursery.cancel_scope.cancel()


async def test_leases_in_hand_are_worked_on_as_soon_as_another_drive_frees_a_slot(tmp_path, autojump_clock):
    world = World(tmp_path, parallelism=1)
    slots = Slots(1)
    driver = driver_of(world, slots=slots)
    await world.start(task("a"))
    for _ in range(8):
        driver._claiming.ahead.ended(0.0)  # so fast that it takes leases ahead of slots
    other = slots.seat(lambda: None)
    other.take(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.sleep(0.2)
        assert await world.state("a") == "leased"
        other.give()
        await trio.sleep(0.1)
        assert await world.state("a") == "accepted"


def slow_down(storage, overtake=()):
    apply = storage.apply

    async def slow(commands, *, by):
        await trio.sleep(1)
        if any(isinstance(command, Report) for command in commands):
            await apply(overtake, by="somebody else")
        return await apply(commands, by=by)

    storage.apply = slow


async def hang(assignment):
    await trio.sleep_forever()


async def test_a_lease_that_is_about_to_be_renewed_is_given_back_all_the_same(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": hang}))
    await world.start(task("a"))
    driver = driver_of(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.sleep(5)
        slow_down(world.storage)
        (attempt,) = driver.held.values()
        for _ in range(2):  # the first is being written, the second waits
            driver.writes.put(Batch((Renew(**attempt.names),), partial(_renewed, attempt)))
            await trio.sleep(0.1)
        driver.drain()
    assert await world.state("a") == "ready"


async def test_an_end_that_is_refused_while_driving_ends_gives_the_lease_back(tmp_path, autojump_clock):
    """The run is cancelled elsewhere just before the last report of an interrupted drive is written."""
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": hang}))
    await world.start(task("a"))
    driver = driver_of(world)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(driver.run)
        await trio.sleep(5)
        slow_down(world.storage, overtake=[CancelRun(run_id="r")])
        (attempt,) = driver.held.values()
        driver.writes.put(Batch((Tick(),), driver._ticked))
        await trio.sleep(0.1)
        report = Report(**attempt.names, outcome="succeeded")
        driver._finish(attempt, (report, Accept(**attempt.names)))
        driver.drain()
    assert await world.state("a") == "ready"


async def test_evidence_that_cannot_be_stored_fails_the_attempt_at_once(tmp_path, autojump_clock):
    world = World(tmp_path)

    class Odd:
        async def run(self, check, directory, on_output):
            return CheckOutcome(passed=True, exit_code=0, output=b"", summary="half a pair: \ud800")

    world.provider.publishes = False
    world.context.port("agents").providers["check:command"] = Odd()
    await world.start(task("a", check="unit", attempts=2))
    view = await world.drive()
    assert view.result == "failed"
    assert len(world.agent.attempts("a")) == 2
    assert trio.current_time() < 30


async def test_merge_lanes_do_not_grow_with_the_number_of_runs():
    queues = MergeQueues()
    for number in range(5000):
        queues.look("git", {"repository": "r", "branch": f"mosaic/{number}"})
    assert len(queues._lanes) <= 1000
