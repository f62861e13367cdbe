"""task.follow: whatever happens, whoever applies the batches has what task.list says."""

from __future__ import annotations

import tempfile
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from mosaic_engine import following
from mosaic_hookspecs import (
    Accept,
    AgentOffer,
    AgentResult,
    Approve,
    CancelTask,
    Claim,
    MosaicError,
    Need,
    NotFound,
    PauseRun,
    Reject,
    Release,
    Report,
    ResumeRun,
    RetryTask,
    TaskSpec,
    Tick,
)

NAMES = [f"t{n}" for n in range(4)]


class Follower:
    """A client: keeps the tasks of a run by their batches, and may break off and come back."""

    def __init__(self, world, run_id, after):
        self.world, self.input = world, {"run_id": run_id, "after": after}
        self.tasks, self.run, self.sequences, self.sizes, self.times = {}, None, [after], [], []

    async def follow(self, batches=None, *, task_status=trio.TASK_STATUS_IGNORED):
        task_status.started()
        async with aclosing(self.world.follow("task.follow", **self.input)) as items:
            async for batch in items:
                self.tasks.update({view.task_id: view for view in batch.tasks})
                self.run = batch.run
                self.sequences.append(batch.sequence)
                self.sizes.append(len(batch.tasks))
                self.times.append(trio.current_time())
                self.input = self.world.resumed("task.follow", batch, **self.input)
                if batches is not None and len(self.sizes) >= batches:
                    return

    async def until(self, sequence):
        """Go on until all up to this place was told."""
        async with aclosing(self.world.follow("task.follow", **self.input)) as items:
            while self.input["after"] < sequence:
                batch = await anext(items)
                self.tasks.update({view.task_id: view for view in batch.tasks})
                self.run = batch.run
                self.sequences.append(batch.sequence)
                self.input = self.world.resumed("task.follow", batch, **self.input)


async def listed(world, run_id="r"):
    page = (await world.ask("task.list", run_id=run_id, limit=1000)).items
    found = {view.task_id: view for view in page}
    while page:
        page = (await world.ask("task.list", run_id=run_id, limit=1000, after=page[-1].position)).items
        found.update((view.task_id, view) for view in page)
    return found


actions = st.one_of(
    st.tuples(st.just("claim"), st.just(3)),
    st.tuples(st.sampled_from(["accept", "reject", "release", "fail"]), st.integers(0, 3)),
    st.tuples(st.sampled_from(["cancel", "retry", "approve", "deny"]), st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(["pause", "resume", "tick"]), st.just(0)),
)
steps = st.lists(st.tuples(actions, st.sampled_from(["go on", "read", "break"])), max_size=20)
graphs = st.lists(
    st.tuples(st.sets(st.integers(0, 2), max_size=2), st.booleans(), st.booleans(), st.booleans()),
    min_size=2,
    max_size=4,
)
PAIR = [(set(), False, False, False), ({0}, True, False, False)]
GATED = [(set(), False, True, False), ({0}, True, False, False)]
CHAIN = [(set(), False, False, False), ({0}, False, False, False), ({1}, True, False, False)]


def each(*actions):
    return [(action, "read") for action in actions]


def specs_of(graph):
    return [
        TaskSpec(
            task_id=NAMES[number],
            needs=tuple(Need(task_id=NAMES[n], settled=settled) for n in {n % number for n in needs if number}),
            approval="Sure?" if gated else "",
            tolerates_failure=tolerant,
        )
        for number, (needs, settled, gated, tolerant) in enumerate(graph)
    ]


async def carry_out(world, leases, what, how):
    held = leases.pop(how % len(leases)) if leases and isinstance(how, int) else None
    names = {} if held is None else {"run_id": "r", "task_id": held.task_id, "token": held.token}
    one = {"run_id": "r", "task_id": how}
    if what == "claim":
        leases += [] if held is None else [held]
        offers = [AgentOffer(name="a", is_general=True)]
        return leases.extend(await world.command(Claim(holder="h", offers=offers, limit=how, lease_seconds=60)))
    if what in ("accept", "fail", "reject", "release"):
        if held is None:
            return None
        if what in ("accept", "reject"):
            await world.command(Report(**names, outcome="succeeded"))
        last = {
            "accept": Accept(**names),
            "reject": Reject(**names, reason="no"),
            "fail": Report(**names, outcome="failed", reason="bad"),
            "release": Release(**names, reason="back"),
        }
        return await world.command(last[what])
    leases += [] if held is None else [held]
    commands = {
        "cancel": lambda: CancelTask(**one),
        "retry": lambda: RetryTask(**one),
        "approve": lambda: Approve(**one),
        "deny": lambda: Approve(**one, is_granted=False),
        "pause": lambda: PauseRun(run_id="r"),
        "resume": lambda: ResumeRun(run_id="r"),
        "tick": Tick,
    }
    if what == "tick":
        await trio.sleep(10)
    return await world.command(commands[what]())


@example(graph=PAIR, steps=each(("claim", 3), ("accept", 0)), most=500, page=100)
@example(
    graph=PAIR,
    steps=each(("claim", 3), ("fail", 0), ("tick", 0), ("claim", 3), ("fail", 0)),
    most=500,
    page=100,
)
@example(graph=PAIR, steps=each(("cancel", "t0"), ("cancel", "t1"), ("retry", "t0")), most=500, page=100)
@example(graph=GATED, steps=each(("deny", "t0")), most=500, page=100)
@example(graph=CHAIN, steps=each(("cancel", "t0")), most=500, page=100)
@settings(deadline=None)
@given(graph=graphs, steps=steps, most=st.sampled_from([1, 3, 500]), page=st.sampled_from([1, 4, 100]))
def test_who_applies_the_batches_has_what_the_list_says(graph, steps, most, page):
    async def main(path):
        world = World(path)
        await world.start(*specs_of(graph))
        whole = Follower(world, "r", 0)  # from the first event, all at once, at the end
        live = Follower(world, "r", await world.storage.head())
        live.tasks = await listed(world)
        leases = []
        for (what, how), then in steps:
            with suppress(MosaicError):  # the rules refuse it, as they may
                await carry_out(world, leases, what, how)
            head = await world.storage.head()
            if then == "read":
                await live.until(head)
                assert live.tasks == await listed(world)
            elif then == "break" and head > live.input["after"]:
                await live.until(live.input["after"] + 1)
        expected, head = await listed(world), await world.storage.head()
        for follower in (whole, live):
            await follower.until(head)
            assert follower.tasks == expected
            assert follower.sequences == sorted(follower.sequences)
            if follower.run is not None:
                now = await world.ask("run.show", run_id="r")
                assert (follower.run.state, follower.run.counts) == (now.state, now.counts)

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr(following, "MOST_TASKS", most)
        patch.setattr(following, "_PAGE", page)
        trio.run(main, Path(name), clock=MockClock(autojump_threshold=0))


async def test_bursts_are_gathered_and_silence_costs_nothing(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(0.001)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}))
    await world.start(*(task(f"t{n}") for n in range(300)))
    follower = Follower(world, "", await world.storage.head())
    async with trio.open_nursery() as nursery:
        await nursery.start(follower.follow)
        await trio.sleep(100)
        calls = sum(world.storage.calls.values())
        await trio.sleep(10_000)
        assert sum(world.storage.calls.values()) == calls
        await world.drive()
        await trio.sleep(1)
        assert follower.run.result == "accepted"
        nursery.cancel_scope.cancel()
    gaps = [later - earlier for earlier, later in zip(follower.times, follower.times[1:], strict=False)]
    assert min(gaps) >= 0.05 - 1e-9
    assert follower.times[0] == pytest.approx(10_100, abs=0.01)
    assert max(follower.sizes) > 50
    assert follower.tasks == await listed(world)


async def test_a_batch_is_bounded_and_its_sequence_waits_for_its_last_part(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("first"), *(task(f"t{n}", "first") for n in range(1300)))
    before = await world.storage.head()
    follower = Follower(world, "r", before)
    await world.drive()
    await follower.follow(batches=3)
    assert follower.sizes[:3] == [500, 500, 301]
    assert follower.sequences[:3] == [before, before, before]
    assert follower.sequences[3] > before
    again = Follower(world, "r", before)
    await again.until(await world.storage.head())
    assert again.tasks == await listed(world)


async def test_it_follows_one_run_and_stays_with_the_newest_of_its_beginning(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a"), run_id="old")
    await trio.sleep(1)
    await world.start(task("b"), run_id="new")
    follower = Follower(world, "", await world.storage.head())
    async with trio.open_nursery() as nursery:
        await nursery.start(follower.follow)
        await world.drive("old")
        await trio.sleep(1)
        assert follower.sizes == []
        await world.drive("new")
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert (follower.run.run_id, set(follower.tasks)) == ("new", {"b"})
    assert follower.input["run_id"] == "new"
    with pytest.raises(NotFound, match="no-run"):
        await anext(world.follow("task.follow", run_id="none"))


async def test_what_a_batch_costs_does_not_depend_on_the_run(tmp_path, autojump_clock):
    async def cost(size):
        world = World(tmp_path / str(size), agent=ScriptedAgent(scripts={"last": fail}))
        await world.start(
            *(task(f"t{n}", "never") for n in range(size)), task("never", approval="?"), task("last")
        )
        follower = Follower(world, "r", await world.storage.head())
        await world.drive()
        world.storage.calls.clear()
        await follower.until(await world.storage.head())
        return dict(world.storage.calls), len(follower.tasks)

    async def fail(assignment):
        return AgentResult(outcome="failed", summary="no")

    assert await cost(10) == await cost(3000)
