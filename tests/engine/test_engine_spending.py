"""Usage is neither lost nor nonsense, and a budget that is spent stops what spends, at once."""

from __future__ import annotations

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_hookspecs import AgentResult, Budget, CancelRun, ExhaustRun, PauseRun, Refused, ResumeRun, Usage

NONSENSE = {
    "surrogate": Usage(input_tokens=1, model="\ud800"),
    "long name": Usage(input_tokens=1, model="x" * 5_000_000),
    "no name": Usage(input_tokens=1, model=None),
    "bytes": Usage(input_tokens=1, model=b"x"),
    "beyond floats": Usage(money=1e308),
    "beyond text": Usage(input_tokens=10**5000),
    "text": Usage(input_tokens="3"),
    "a part": Usage(input_tokens=1.5),
    "a mark": Usage(input_tokens=1, is_subscription=object()),
    "below": Usage(input_tokens=1, cached_tokens=-1),
    "nothing": None,
}


def spending(tokens, seconds, times=1000):
    async def spend(assignment):
        for _ in range(times):
            assignment.journal.usage(Usage(output_tokens=tokens))
            await trio.sleep(seconds)

    return spend


@pytest.mark.parametrize("usage", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("is_told", [False, True])
async def test_usage_that_is_nonsense_is_not_stored(tmp_path, autojump_clock, usage, is_told):
    async def work(assignment):
        if not is_told:
            return AgentResult(outcome="succeeded", usage=usage)
        for _ in range(2):
            assignment.journal.usage(usage)
            await trio.sleep(0.2)
        return AgentResult(outcome="succeeded")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": work}))
    await world.start(task("a"), task("b"))
    run = await world.drive()
    assert run.spent == Usage()
    assert await world.state("a") == ("accepted" if is_told else "failed")
    assert await world.state("b") == "accepted"


async def test_an_answer_that_cannot_be_used_has_spent_all_the_same(tmp_path):
    async def work(assignment):
        return AgentResult(outcome="finished", usage=Usage(output_tokens=7))

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": work}))
    await world.start(task("a"))
    assert (await world.drive()).spent.output_tokens == 7


@pytest.mark.parametrize("workspace", ["", "git"])
async def test_what_was_spent_counts_though_the_run_was_cancelled(tmp_path, autojump_clock, workspace):
    async def work(assignment):
        await world.command(CancelRun(run_id="r"))
        return AgentResult(outcome="succeeded", usage=Usage(output_tokens=7))

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": work}))
    await world.start(task("a", workspace=workspace))
    assert (await world.drive()).spent.output_tokens == 7
    assert (await world.kinds("a")).count("task.spent") == 1


async def test_a_budget_stops_an_agent_before_its_next_call_but_one(tmp_path):
    calls = []

    async def work(assignment):
        while True:
            calls.append(trio.current_time())
            assignment.journal.usage(Usage(output_tokens=60))
            await trio.sleep(0.01)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": work}))
    await world.start(task("a"), budget=Budget(tokens=100))
    assert (await world.drive()).state == "exhausted"
    assert len(calls) <= 3


async def test_a_budget_around_the_run_stops_it_as_fast(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spending(1, 0.01)}))
    await world.start(task("a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(0.2)
        before = (await world.ask("run.show", run_id="r")).spent.output_tokens
        await world.engine.command(ExhaustRun(run_id="r", reason="the project's budget is spent"))
        await trio.sleep(5)
        run = await world.ask("run.show", run_id="r")
        assert run.state == "exhausted"
        assert run.spent.output_tokens <= before + 1
        assert world.agent.running == 0
        nursery.cancel_scope.cancel()


async def test_a_budget_stops_what_a_paused_run_still_has_in_flight(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spending(10, 1)}))
    await world.start(task("a"), budget=Budget(tokens=100))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(2.5)
        await world.command(PauseRun(run_id="r"))
        await trio.sleep(100)
        run = await world.ask("run.show", run_id="r")
        assert (run.state.value, run.spent.output_tokens) == ("exhausted", 110)
        nursery.cancel_scope.cancel()


async def test_a_spent_run_goes_on_with_a_larger_budget_only(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spending(60, 1, times=3)}))
    await world.start(task("a"), budget=Budget(tokens=100))
    assert (await world.drive()).state == "exhausted"
    for budget in (None, Budget(tokens=110)):
        with pytest.raises(Refused, match="budget-spent"):
            await world.command(ResumeRun(run_id="r", budget=budget))
    await world.command(ResumeRun(run_id="r", budget=Budget(tokens=1000)))
    assert (await world.drive()).result == "accepted"
