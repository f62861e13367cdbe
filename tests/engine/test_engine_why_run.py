"""run.why: what waits in a run and why, in the words of task.why, at a bounded cost."""

from __future__ import annotations

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_hookspecs import AgentResult, Need, NotFound, TaskSpec, Usage
from mosaic_hookspecs.tasks import Budget


def outline(view):
    return [(one.code, one.count, list(one.task_ids), one.is_for_person) for one in view.items]


async def fail(assignment):
    return AgentResult(outcome="failed", summary="it does not compile")


async def test_what_needs_a_person_comes_first_and_plain_dependencies_last(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(1000)

    world = World(
        tmp_path,
        agent=ScriptedAgent(scripts={"bad": fail, "again": fail, "slow": nap}),
        quotas={"gpu": 1, "db": 1},
    )
    await world.start(
        task("slow", resources={"gpu": 1}, priority=9, title="Bake slowly"),
        task("other", resources={"gpu": 1}),
        task("huge", resources={"db": 2}),
        task("bad"),
        task("fine", attempts=1, tolerates_failure=True),
        task("again", attempts=3, delay=500.0),
        task("gate", approval="Deploy?"),
        task("second", approval="Really?"),
        task("odd", runtime="robot"),
        *(task(f"w{n}", "slow") for n in range(20)),
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(10)
        view = await world.ask("run.why")
        assert (view.run_id, view.state.value) == ("r", "active")
        assert outline(view) == [
            ("approval", 2, ["gate", "second"], True),
            ("failed", 1, ["bad"], True),
            ("no-runtime", 1, ["odd"], True),
            ("quota", 1, ["huge"], True),  # which can never fit
            ("quota", 1, ["other"], False),
            ("back-off", 1, ["again"], False),
            ("unmet-dependency", 20, ["w0", "w1", "w2", "w3", "w4"], False),
        ]
        for one in view.items:
            said = await world.ask("task.why", task_id=one.task_ids[0])
            assert (one.code, one.text, one.hint) in [(it.code, it.text, it.hint) for it in said.blockers]
        # For pages: no command lines among the sentences, and what tasks are called where they are named.
        assert not any("`" in one.text for one in view.items)
        assert (view.items[-1].task_id, view.titles["slow"]) == ("slow", "Bake slowly")
        assert said.titles == {"slow": "Bake slowly"}
        nursery.cancel_scope.cancel()


async def test_what_holds_for_the_whole_run(tmp_path):
    async def spend(assignment):
        assignment.journal.usage(Usage(input_tokens=1000))

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spend}))
    await world.start(task("a"), task("b", "a"), budget=Budget(tokens=10))
    assert outline(await world.ask("run.why")) == [
        ("ready", 1, ["a"], False),
        ("unmet-dependency", 1, ["b"], False),
    ]
    await world.drive()
    view = await world.ask("run.why")
    assert view.state.value == "exhausted"
    assert (view.items[0].code, view.items[0].is_for_person) == ("budget", True)
    await world.start(task("a"), task("b"), run_id="p")
    await world.ask("run.pause", run_id="p")
    assert outline(await world.ask("run.why", run_id="p")) == [("paused", 2, [], True)]
    await world.ask("run.resume", run_id="p")
    await world.drive("p")
    assert (await world.ask("run.why", run_id="p")).items == []
    with pytest.raises(NotFound):
        await world.ask("run.why", run_id="none")


async def test_what_a_person_has_in_hand_waits_for_a_person(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(1000)

    world = World(tmp_path, agent=ScriptedAgent(name="person", scripts={"*": nap}))
    await world.start(*(task(f"t{n}") for n in range(3)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(10)
        view = await world.ask("run.why")
        assert outline(view) == [("running", 3, ["t0", "t1", "t2"], True)]
        assert "mosaic inbox" in view.items[0].hint
        nursery.cancel_scope.cancel()


async def test_tolerated_failures_are_nobodys_business(tmp_path):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": fail}))
    await world.start(task("a", tolerates_failure=True), task("b", "a", approval="Sure?"))
    await world.drive()
    assert outline(await world.ask("run.why")) == [("approval", 1, ["b"], True)]


async def test_any_number_that_wait_costs_no_more_than_five(tmp_path):
    async def cost(size):
        world = World(tmp_path)
        gate = TaskSpec(task_id="gate", approval="Sure?")
        waiting = [TaskSpec(task_id=f"t{n}", needs=(Need(task_id="gate"),)) for n in range(size)]
        await world.start(gate, *waiting)
        world.storage.calls.clear()
        view = await world.ask("run.why")
        assert [one.count for one in view.items] == [1, size]
        return dict(world.storage.calls)

    assert await cost(5) == await cost(2000)


async def test_without_a_run_it_is_that_of_one_that_waits_for_somebody_then_of_one_that_goes_on(tmp_path):
    world = World(tmp_path)
    await world.start(task("a", approval="Sure?"), run_id="old")
    await world.start(task("b"), run_id="going")
    await world.start(task("c"), run_id="over")
    await world.drive("over")
    assert (await world.ask("run.why")).run_id == "old"
    await world.ask("run.cancel", run_id="old")
    assert (await world.ask("run.why")).run_id == "going"
    await world.drive("going")
    assert (await world.ask("run.why")).run_id == "over"
