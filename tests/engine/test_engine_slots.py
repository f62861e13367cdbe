"""Who gets a slot, and when: no lease without one, turns between drives, nothing lost, nothing held up."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mosaic_engine.slots import Slots

RUNS = ("r0", "r1", "r2")


def napping(seconds):
    async def nap(assignment):
        await trio.sleep(seconds)

    return ScriptedAgent(scripts={"*": nap})


async def started(tmp_path, agent, *, tasks=4, **config):
    world = World(tmp_path, agent=agent, parallelism=2, **config)
    for run in RUNS:
        await world.start(*(task(f"t{n}") for n in range(tasks)), run_id=run)
    return world


async def happened(world, after):
    """Return the kinds of the events beyond a position, without the renewal of leases."""
    events = await world.storage.events(after=after, limit=10_000)
    return [event.kind for event in events if event.kind != "task.renewed"]


@pytest.mark.parametrize("drives", [("",), RUNS, ("", *RUNS)])
async def test_no_task_is_claimed_before_there_is_a_slot_for_it(tmp_path, autojump_clock, drives):
    world = await started(tmp_path, napping(100))
    async with trio.open_nursery() as nursery:
        for drive in drives:
            nursery.start_soon(world.engine.drive, drive)
        for _ in range(6):
            await trio.sleep(5)
            assert len((await world.ask("task.active")).items) == 2
            head, applied = await world.storage.head(), world.storage.calls["apply"]
            await trio.sleep(90)
            assert await happened(world, head) == []
            assert world.storage.calls["apply"] - applied <= 10, "leases are renewed, and nothing else"
            await trio.sleep(5)
        await trio.sleep(5)
        nursery.cancel_scope.cancel()
    counts = Counter(await happened(world, 0))
    assert (counts["task.claimed"], counts["task.accepted"], counts["task.released"]) == (12, 12, 0)


async def test_drives_take_turns(tmp_path, autojump_clock):
    world = await started(tmp_path, napping(10), tasks=6)
    async with trio.open_nursery() as nursery:
        for run in RUNS:
            nursery.start_soon(world.engine.drive, run)
    order = [one.run_id for one in world.agent.seen]
    assert Counter(order[2:8]) == dict.fromkeys(RUNS, 2)
    assert Counter(order[8:14]) == dict.fromkeys(RUNS, 2)
    assert world.agent.most == 2


async def test_one_drive_of_all_takes_the_most_urgent_and_then_the_older_run_first(tmp_path, autojump_clock):
    world = await started(tmp_path, napping(10), tasks=2)
    await world.start(task("now", priority=9), run_id="urgent")
    with trio.move_on_after(100):
        await world.engine.drive("")
    events = await world.storage.events(limit=1000)
    order = [event.run_id for event in events if event.kind == "task.claimed"]
    assert order == ["urgent", *(run for run in RUNS for _ in range(2))]


async def test_free_slots_are_shared_out_and_what_one_does_not_need_goes_to_the_next(tmp_path, autojump_clock):
    world = World(tmp_path, agent=napping(10), parallelism=6)
    await world.start(*(task(f"t{n}") for n in range(9)), run_id="many")
    await world.start(task("a"), run_id="one")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "many")
        nursery.start_soon(world.engine.drive, "one")
        await trio.sleep(11)
        assert Counter(one.run_id for one in world.agent.seen) == {"many": 9, "one": 1}


async def test_fast_attempts_leave_others_their_turn(tmp_path, autojump_clock):
    done = []

    async def work(assignment):
        await trio.sleep(0.001 if assignment.run_id == "fast" else 5)
        done.append(assignment.run_id)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": work}), parallelism=2)
    await world.start(*(task(f"t{n}") for n in range(1500)), run_id="fast")
    await world.start(*(task(f"t{n}") for n in range(3)), run_id="slow")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "fast")
        await trio.sleep(0.2)
        assert 100 < done.count("fast") < 700, "it is in full swing"
        nursery.start_soon(world.engine.drive, "slow")
        await trio.sleep(0.3)
        assert "slow" in {one.run_id for one in world.agent.seen}
        assert done.count("fast") < 1200
    kinds = Counter(await happened(world, 0))
    assert kinds["task.accepted"] == 1503
    assert kinds["task.released"] <= 128, "no more than what was taken ahead"


async def test_what_was_taken_ahead_is_given_back_however_busy_the_store_is(tmp_path, autojump_clock):
    async def work(assignment):
        await trio.sleep(0 if int(assignment.spec.task_id[1:]) < 100 else 50)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": work}), parallelism=2)
    await world.start(*(task(f"t{n}") for n in range(120)))

    async def make_noise():
        for number in range(40):
            await world.start(task("a", approval="Yes?"), run_id=f"noise-{number}")
            await trio.sleep(0.1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "r")
        nursery.start_soon(make_noise)
        await trio.sleep(0.5)
        assert len((await world.ask("task.active")).items) > 2
        await trio.sleep(1)
        assert len((await world.ask("task.active")).items) == 2
        head = await world.storage.head()
        await trio.sleep(40)
        assert "task.claimed" not in await happened(world, head)
        nursery.cancel_scope.cancel()


async def test_a_drive_that_ends_while_it_claims_leaves_its_slots_to_others(tmp_path, autojump_clock):
    world = await started(tmp_path, napping(1))
    apply = world.storage._storage.apply

    async def slow(commands, *, by):
        await trio.sleep(1)
        return await apply(commands, by=by)

    world.storage._storage.apply = slow
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(0.5):
            await world.engine.drive("r0")
        nursery.start_soon(world.engine.drive, "r1")
        await trio.sleep(30)
        assert (await world.ask("run.show", run_id="r1")).result == "accepted"
        assert world.engine._slots.free == 2


async def test_a_drive_that_is_long_in_ending_holds_nobody_up(tmp_path, autojump_clock):
    async def stubborn(assignment):
        try:
            await trio.sleep(10)
        finally:
            if assignment.run_id == "r0":
                with trio.CancelScope(shield=True):
                    await trio.sleep(500)

    world = await started(tmp_path, ScriptedAgent(scripts={"*": stubborn}))
    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()

        async def first():
            with scope:
                await world.engine.drive("r0")

        nursery.start_soon(first)
        await trio.sleep(1)
        scope.cancel()  # both slots are taken for long, and it waits for more
        await trio.sleep(400)
        nursery.start_soon(world.engine.drive, "r1")
        await trio.sleep(1)
        assert {one.run_id for one in world.agent.seen} == {"r0"}
        await trio.sleep(125)
        assert (await world.ask("run.show", run_id="r1")).result == "accepted"
        assert (await world.ask("run.show", run_id="r0")).counts == {"ready": 4}


SEATS = st.integers(0, 2)


class Turns(RuleBasedStateMachine):
    """Seats in any order of calls: no slot is lost, and nobody is served before those who came first."""

    def __init__(self):
        super().__init__()
        self.slots = Slots(3)
        self.called = []
        self.seats = [self.slots.seat(lambda number=number: self.called.append(number)) for number in range(3)]
        self.taken = Counter()

    @rule(seat=SEATS, most=st.integers(0, 4))
    def take(self, seat, most):
        before = list(self.slots._line)
        is_first = not before or before[0] is self.seats[seat]
        free = self.slots.free
        taken = self.seats[seat].take(most)
        assert 0 <= taken <= most
        assert bool(taken) == (is_first and free > 0 and most > 0)
        assert self.seats[seat].is_waiting == ((taken < most) if most else self.seats[seat] in before)
        self.taken[seat] += taken

    @rule(seat=SEATS)
    def give(self, seat):
        if self.taken[seat]:
            self.seats[seat].give()
            self.taken[seat] -= 1

    @rule(seat=SEATS)
    def wait(self, seat):
        before = list(self.slots._line)
        self.seats[seat].wait()
        assert list(self.slots._line)[: len(before)] == before

    @rule(seat=SEATS)
    def leave(self, seat):
        self.seats[seat].leave()
        assert not self.seats[seat].is_waiting

    @rule(seat=SEATS)
    def close(self, seat):
        self.seats[seat].close()
        self.taken[seat] = 0

    @rule()
    def serve(self):
        """Whoever stands in the line is served in that order, once slots are free."""
        for seat in range(3):
            while self.taken[seat]:
                self.give(seat)
        self.called.clear()
        line = list(self.slots._line)
        for seat in line:
            assert seat.is_next
            number = self.seats.index(seat)
            self.taken[number] += seat.take(1)
            assert self.taken[number]

    @invariant()
    def every_slot_is_somewhere(self):
        assert self.slots.free + self.taken.total() == 3
        assert self.slots.free >= 0


TestTurns = Turns.TestCase
TestTurns.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_whoever_is_first_is_called_when_a_slot_becomes_free_and_nobody_else():
    slots, called = Slots(1), []
    first, second, third = (slots.seat(lambda name=name: called.append(name)) for name in "abc")
    assert first.take(1) == 1
    assert second.take(1) == third.take(1) == 0
    assert not called
    first.give()
    assert called == ["b"]
    assert third.take(1) == 0, "it is not its turn"
    second.leave()
    assert called == ["b", "c"]
    assert third.take(5) == 1
    assert third.is_waiting
    assert not third.has_rivals
