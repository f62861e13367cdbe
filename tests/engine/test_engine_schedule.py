"""The schedule of a run, and moving tasks among those that wait."""

import time

import pytest
import trio
from engine_fakes import EPOCH, ScriptedAgent, World

from mosaic_hookspecs import (
    AgentResult,
    Claim,
    InputError,
    Need,
    NotFound,
    PauseRun,
    Refused,
    Retry,
    RunSpec,
    StartRun,
    TaskSpec,
)
from mosaic_hookspecs.estimates import estimates_of
from mosaic_testing.graphs import ANY_AGENT
from turns import turns_of_others


def task(name, *needs, minutes=None, **more):
    return TaskSpec(
        task_id=name, title=name.upper(), needs=tuple(Need(task_id=n) for n in needs), minutes=minutes, **more
    )


HOUSE = (
    task("dig", minutes=10),
    task("walls", "dig", minutes=30, path=("House",)),
    task("garden", "dig", minutes=5),
    task("roof", "walls", "garden", minutes=20),
)


async def test_what_could_and_must_is_told_by_the_estimates(tmp_path):
    world = World(tmp_path)
    await world.start(*HOUSE, task("sign"))
    found = await world.ask("run.schedule")
    rows = {
        one.task_id: (one.earliest_start, one.earliest_finish, one.latest_start, one.slack, one.is_critical)
        for one in found.items
    }
    assert rows == {
        "dig": (0, 10, 0, 0, True),
        "walls": (10, 40, 10, 0, True),
        "garden": (10, 15, 35, 25, False),
        "roof": (40, 60, 40, 0, True),
        "sign": (0, 15, 45, 45, False),
    }
    assert (found.total, found.total_minutes, found.critical) == (5, 60, ["dig", "walls", "roof"])
    assert (found.assumed_minutes, found.unestimated) == (15, 1)
    assert [one.task_id for one in found.items if not one.is_estimated] == ["sign"]
    walls = found.items[1]
    assert (walls.title, walls.path, walls.needs) == ("WALLS", ("House",), ("dig",))
    assert (walls.actual_start, walls.actual_end, found.forecast_end) == (None, None, None)


async def test_how_it_went_and_the_pace_so_far_make_the_forecast(tmp_path, autojump_clock):
    async def work(assignment):
        await trio.sleep(assignment.spec.minutes * 6)
        return AgentResult(outcome="succeeded")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": work}))
    await world.start(*HOUSE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(61)
        found = await world.ask("run.schedule")
        dig, walls, _, roof = found.items
        assert (dig.actual_start, dig.actual_end) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01))
        assert (walls.actual_start, walls.actual_end) == (pytest.approx(1, abs=0.01), None)
        assert roof.actual_start is None
        # Ten times as fast as was estimated: walls and roof are left, fifty minutes of estimates.
        assert found.forecast_end == pytest.approx(found.started_at + 360_000, abs=2000)
        await trio.sleep(150)
        assert (await world.ask("run.schedule")).forecast_end == pytest.approx(found.forecast_end, abs=4000)
    end = await world.ask("run.schedule")
    assert end.forecast_end == (await world.ask("run.show")).ended_at
    assert end.items[3].actual_end == pytest.approx(6, abs=0.05)


async def test_what_nobody_can_know_is_not_forecast(tmp_path):
    world = World(tmp_path)
    await world.start(task("a", minutes=5), task("b", "a", minutes=5), task("c", "b", approval="May it?"))
    await world.drive()
    assert (await world.ask("run.schedule")).forecast_end is None, "it waits for a person"
    await world.ask("task.approve", task_id="c")
    assert (await world.ask("run.schedule")).forecast_end is not None
    await world.command(PauseRun(run_id="r"))
    assert (await world.ask("run.schedule")).forecast_end is None


async def test_a_task_that_is_tried_again_begins_again(tmp_path):
    async def fail(assignment):
        return AgentResult(outcome="failed", summary="no")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": fail}))
    await world.start(TaskSpec(task_id="a", minutes=5, retry=Retry(attempts=1)))
    await world.drive()
    [first] = (await world.ask("run.schedule")).items
    assert None not in (first.actual_start, first.actual_end)
    await world.ask("task.retry", task_id="a")
    [again] = (await world.ask("run.schedule")).items
    assert (again.actual_start, again.actual_end) == (None, None)


async def test_pages_and_runs_that_there_are_not(tmp_path):
    world = World(tmp_path)
    with pytest.raises(NotFound):
        await world.ask("run.schedule")
    await world.start(*(task(f"t{n}") for n in range(5)))
    first = await world.ask("run.schedule", limit=2)
    rest = await world.ask("run.schedule", after=first.items[-1].position)
    assert [one.task_id for one in (*first.items, *rest.items)] == [f"t{n}" for n in range(5)]
    assert rest.total == first.total == 5


async def test_a_log_that_is_another_now_is_read_anew(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"), task("b"))
    assert len((await world.ask("run.schedule")).items) == 2
    other = World(tmp_path)
    await other.start(task("c"), task("d"), task("e"), run_id="s")
    await other.start(task("z"))
    world.context.port("storage").providers["memory"] = other.storage
    assert [one.task_id for one in (await world.ask("run.schedule", run_id="r")).items] == ["z"]


async def test_ten_thousand_tasks_are_scheduled_at_once(tmp_path):
    world = World(tmp_path)
    needs = {n: [f"t{m}" for m in (n - 1, n - 7, n - 31) if m >= 0] for n in range(10_000)}
    tasks = [task(f"t{n}", *needs[n], minutes=n % 30) for n in needs]
    await world.command(StartRun(run=RunSpec(run_id="r"), tasks=tasks))
    begun = time.process_time()
    found = await world.ask("run.schedule")
    first = time.process_time() - begun
    assert (found.total, len(found.items)) == (10_000, 1000)
    assert found.total_minutes == sum(n % 30 for n in needs)
    await world.command(Claim(holder="h", offers=[ANY_AGENT]))
    world.storage.calls.clear()
    begun = time.process_time()
    found = await world.ask("run.schedule")
    assert found.items[0].actual_start is not None
    assert world.storage.calls["events"] == 1, "only what is new is read"
    assert time.process_time() - begun < first < 3


def test_a_chain_of_tasks_that_take_no_time_has_a_path():
    graph = {"a": (), "b": ("a",), "c": ("b",), "d": ()}
    found = estimates_of(graph, {"a": 0, "b": 5, "c": 0, "d": 5})
    assert found.path == ["a", "b", "c"]
    assert found.total == 5
    assert estimates_of({}, {}).path == []


async def test_a_person_moves_a_task(tmp_path):
    agent = ScriptedAgent()
    world = World(tmp_path, agent=agent, parallelism=1)
    await world.start(*(task(f"t{n}") for n in range(4)))
    before = await world.ask("task.prioritize", task_id="t3", before="t1")
    assert before.priority == (await world.ask("task.show", task_id="t0")).task.priority
    assert (await world.ask("task.prioritize", task_id="t2", priority=-1, run_id="r")).priority == -1
    await world.drive()
    assert [one.spec.task_id for one in agent.seen] == ["t0", "t3", "t1", "t2"]
    with pytest.raises(Refused, match="no place among those that wait"):
        await world.ask("task.prioritize", task_id="t0", priority=3)
    with pytest.raises(InputError, match="cannot be put there"):
        await world.ask("task.prioritize", task_id="t0")
    with pytest.raises(NotFound):
        await world.ask("task.prioritize", task_id="nowhere", priority=3)
    event = next(one for one in await world.storage.events(run_id="r") if one.kind == "task.prioritized")
    assert event.by == "tester"
    assert event.at >= EPOCH


async def test_others_have_their_turn_while_ten_thousand_tasks_are_scheduled(tmp_path):
    world = World(tmp_path)
    tasks = [task(f"t{n}", *([f"t{n - 1}"] if n % 9 else []), minutes=5) for n in range(10_000)]
    await world.command(StartRun(run=RunSpec(run_id="r"), tasks=tasks))
    async with turns_of_others() as turns:
        found = await world.ask("run.schedule", limit=2000)
    assert (found.total, len(found.items)) == (10_000, 2000)
    assert turns.count > 40 + 8, "once a slice of what is read, and of what is answered"
