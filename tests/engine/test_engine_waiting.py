from __future__ import annotations

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_hookspecs import AgentResult


async def test_serving_idle_for_an_hour_calls_nothing(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a"), task("b", approval="Sure?"), run_id="done")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(10)
        assert await world.state("a", "done") == "accepted"
        before = dict(world.storage.calls)
        await trio.sleep(3600)
        assert dict(world.storage.calls) == before
        nursery.cancel_scope.cancel()


async def test_a_delayed_task_is_waited_for_without_polling(tmp_path, autojump_clock):
    tries = []

    async def once(assignment):
        tries.append(1)
        return AgentResult(outcome="failed" if len(tries) == 1 else "succeeded", summary="no")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": once}))
    await world.start(task("a", attempts=2, delay=300.0))
    assert (await world.drive()).result == "accepted"
    assert trio.current_time() == pytest.approx(300, abs=0.1)
    assert sum(world.storage.calls.values()) < 60


async def test_a_long_attempt_costs_only_its_renewals(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(3600)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": nap}), lease_seconds=60.0)
    await world.start(task("a", timeout_seconds=7200.0))
    assert (await world.drive()).result == "accepted"
    assert world.storage.calls["apply"] < 2 * 3600 / 20 + 10


async def test_following_loses_nothing_and_repeats_nothing(tmp_path, autojump_clock):
    world = World(tmp_path)
    seen = []

    async def follow():
        async for event in world.follow(after=0, run_id="one"):
            seen.append(event)  # noqa: PERF401 - cancelled half way, what came so far counts

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        for name in ("one", "two"):
            await world.start(*(task(f"t{n}") for n in range(700)), run_id=name)
        nursery.start_soon(world.engine.drive, "one")
        await trio.sleep(1)
        await world.drive("two")
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    stored = await world.storage.events(run_id="one", limit=100_000)
    assert [event.sequence for event in seen] == [event.sequence for event in stored]
    assert seen[0].body["run_id"] == "one"


async def test_following_everything_from_a_cursor(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"))
    await world.drive()
    head = await world.storage.head()
    seen = []
    with trio.move_on_after(0.2):
        async for event in world.follow(after=head - 2):
            seen.append(event.sequence)  # noqa: PERF401 - cancelled half way, what came so far counts
    assert seen == [head - 1, head]


async def test_slow_attempts_are_not_leased_ahead(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(5)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), parallelism=2)
    await world.start(*(task(f"t{n}") for n in range(10)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        for _ in range(4):
            await trio.sleep(4.9)
            counts = await world.storage.counts("r")
            assert sum(number for state, number in counts.items() if state.is_held) <= 2


async def test_leases_taken_ahead_are_given_back_when_tasks_turn_slow(tmp_path, autojump_clock):
    async def maybe(assignment):
        if int(assignment.spec.task_id[1:]) >= 200:
            await trio.sleep(50)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": maybe}), parallelism=2)
    await world.start(*(task(f"t{n}") for n in range(230)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(3)
        counts = await world.storage.counts("r")
        assert sum(number for state, number in counts.items() if state.is_held) == 2
    assert (await world.ask("run.show", run_id="r")).result == "accepted"


def test_any_order_of_the_scheduler_ends_well(tmp_path, monkeypatch):
    """A race finder: trio's own order of tasks is seeded, and every seed must come out right."""
    monkeypatch.setattr(trio._core._run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)

    async def nap(assignment):
        for _ in range(int(assignment.spec.task_id[1:]) % 4):
            await trio.sleep(0.01)
        if assignment.spec.task_id == "t5" and assignment.attempt == 1:
            raise ValueError("once")

    async def main(seed):
        trio._core._run._r.seed(seed)
        one = World(tmp_path / str(seed), agent=ScriptedAgent(scripts={"*": nap}), parallelism=3)
        two = World(
            tmp_path / str(seed), storage=one.storage, agent=one.agent, provider=one.provider, parallelism=2
        )
        one.provider.answers = [True, False, True, True, False]
        names = [f"t{n}" for n in range(12)]
        await one.start(
            *(
                task(
                    name,
                    *names[max(0, index - 3) : index : 2],
                    attempts=2,
                    delay=0.05,
                    check="unit" if index % 3 == 0 else None,
                )
                for index, name in enumerate(names)
            )
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(one.drive)
            nursery.start_soon(two.drive)
        view = await one.ask("run.show", run_id="r")
        assert (view.result, view.counts) == ("accepted", {"accepted": 12}), seed
        assert (await one.kinds()).count("task.accepted") == 12
        published = [name for name in one.provider.branch.commits if name.startswith("t")]
        assert len(published) == 4
        assert (await one.storage.verify()).is_sound
        assert one.agent.running == 0

    for seed in range(40):
        trio.run(main, seed, clock=trio.testing.MockClock(autojump_threshold=0))


def test_any_order_of_interruptions_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(trio._core._run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)

    async def nap(assignment):
        await trio.sleep(0.03)

    async def main(seed):
        trio._core._run._r.seed(seed)
        world = World(tmp_path / str(seed), agent=ScriptedAgent(scripts={"*": nap}), parallelism=3)
        names = [f"t{n}" for n in range(10)]
        await world.start(
            *(
                task(name, *names[max(0, index - 2) : index], check="unit" if index % 2 else None)
                for index, name in enumerate(names)
            )
        )
        for round_ in range(1, 200):
            with trio.move_on_after(0.001 * ((seed * 7 + round_ * 13) % 90)):
                await world.drive()
                break
            held = [state for state in await world.storage.counts("r") if state.is_held]
            assert held == [], (seed, round_)
        kinds = await world.kinds()
        assert kinds.count("task.accepted") == 10
        assert len(world.provider.branch.commits) == 6
        assert (await world.storage.verify()).is_sound

    for seed in range(25):
        trio.run(main, seed, clock=trio.testing.MockClock(autojump_threshold=0))
