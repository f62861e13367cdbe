from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from engine_fakes import FakeChecks, ScriptedAgent, World, task

from mosaic_hookspecs import (
    AgentResult,
    CancelRun,
    CancelTask,
    InputError,
    Unavailable,
    Usage,
)


async def crash(assignment):
    raise ZeroDivisionError("division by zero")


async def hang(assignment):
    await trio.sleep_forever()


async def fail(assignment):
    return AgentResult(outcome="failed", summary="I could not", exit_code=3)


async def test_a_crashing_agent_fails_its_task_only(tmp_path):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": crash}))
    await world.start(task("a"), task("b"), task("c", "a"))
    view = await world.drive()
    assert (view.result, view.counts) == ("failed", {"failed": 1, "accepted": 1, "skipped": 1})
    detail = await world.ask("task.show", run_id="r", task_id="a")
    assert detail.task.reason == "worker crashed: ZeroDivisionError: division by zero"
    assert detail.attempts[0].outcome == "refused"


async def test_an_error_of_an_agent_inside_a_nursery_is_named(tmp_path):
    async def crash_inside(assignment):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(crash, assignment)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": crash_inside}))
    await world.start(task("a"))
    await world.drive()
    assert "ZeroDivisionError" in (await world.storage.task("r", "a")).reason


async def test_a_hanging_agent_is_cancelled_at_its_timeout(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": hang}))
    await world.start(task("a", timeout_seconds=30.0))
    began = trio.current_time()
    view = await world.drive()
    assert view.result == "failed"
    assert trio.current_time() - began == pytest.approx(30, abs=1)
    assert (await world.storage.task("r", "a")).reason == "timed out after 30 s"


async def test_an_agent_that_cannot_begin_says_so(tmp_path):
    async def missing(assignment):
        raise InputError("no-program", "there is no such program", got="nosuch")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": missing}))
    await world.start(task("a"))
    await world.drive()
    assert "no such program" in (await world.storage.task("r", "a")).reason


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (AgentResult(outcome="done"), "an outcome that there is not"),
        (AgentResult(outcome="succeeded", outputs={"x": {1, 2}}), "outputs that are not JSON"),
        (AgentResult(outcome="succeeded", outputs={"x": float("nan")}), "outputs that are not JSON"),
        (AgentResult(outcome="succeeded", outputs={"x": "\ud800"}), "outputs that are not JSON"),
        (AgentResult(outcome="succeeded", usage=Usage(money=float("inf"))), "usage that is not a number"),
        (None, "answered with NoneType"),
    ],
)
async def test_nonsense_from_an_agent_harms_nobody_else(tmp_path, result, words):
    class Liar(ScriptedAgent):
        async def run(self, assignment):
            return result if assignment.spec.task_id == "a" else AgentResult(outcome="succeeded")

    world = World(tmp_path, agent=Liar())
    await world.start(task("a"), task("b"))
    view = await world.drive()
    assert view.counts == {"failed": 1, "accepted": 1}
    assert words in (await world.storage.task("r", "a")).reason


async def test_a_surrogate_in_a_summary_is_replaced(tmp_path):
    async def answer(assignment):
        return AgentResult(outcome="failed", summary="bad \ud800 text")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": answer}))
    await world.start(task("a"))
    await world.drive()
    assert (await world.storage.task("r", "a")).reason == "bad ? text"


async def test_retries_wait_longer_each_time(tmp_path, autojump_clock):
    times = []

    async def note(assignment):
        times.append(trio.current_time())
        return await fail(assignment)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": note}))
    await world.start(task("a", attempts=4, delay=10.0))
    assert (await world.drive()).result == "failed"
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([10, 20, 40], abs=0.2)
    reasons = [one.last_reason for one in world.agent.seen]
    assert reasons == ["", "I could not", "I could not", "I could not"]
    assert [one.attempt for one in world.agent.seen] == [1, 2, 3, 4]


async def test_a_failure_without_words_names_the_exit_code(tmp_path):
    async def answer(assignment):
        return AgentResult(outcome="failed", exit_code=7)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": answer}))
    await world.start(task("a"))
    await world.drive()
    assert (await world.storage.task("r", "a")).reason == "worker failed with exit code 7"


async def test_a_skipped_task_skips_those_behind_it_and_the_run_is_accepted(tmp_path):
    async def skip(assignment):
        return AgentResult(outcome="skipped", summary="its condition was false")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": skip}))
    await world.start(task("a"), task("b", "a"), task("c"))
    view = await world.drive()
    assert (view.result, view.counts) == ("accepted", {"skipped": 2, "accepted": 1})


async def test_a_tolerated_failure_fails_nothing(tmp_path):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": fail}))
    await world.start(task("a", tolerates_failure=True), task("b", "a"))
    view = await world.drive()
    assert (view.result, view.counts) == ("accepted", {"failed": 1, "accepted": 1})
    assert world.agent.attempts("b")[0].needs["a"]["result"] == "failed"


async def test_cancelling_the_run_stops_attempts_from_outside(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": hang}))
    await world.start(task("a"), task("b", "a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        assert await world.state("a") == "leased"
        await world.command(CancelRun(run_id="r", reason="enough"))
    view = await world.ask("run.show", run_id="r")
    assert view.result == "cancelled"
    assert await world.state("a") == "ready"
    assert trio.current_time() < 6
    assert world.agent.running == 0


async def test_cancelling_a_task_stops_its_attempt_only(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(20)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": hang, "b": nap}))
    await world.start(task("a"), task("b"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        await world.command(CancelTask(run_id="r", task_id="a"))
        await trio.sleep(1)
        assert world.agent.running == 1
    view = await world.ask("run.show", run_id="r")
    assert view.counts == {"cancelled": 1, "accepted": 1}
    assert view.result == "cancelled"


async def test_a_spent_budget_stops_the_run_in_mid_flight(tmp_path, autojump_clock):
    async def spend(assignment):
        for _ in range(100):
            assignment.journal.usage(Usage(input_tokens=10))
            await trio.sleep(1)

    from mosaic_hookspecs import Budget, ResumeRun

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spend, "b": hang}))
    await world.start(task("a"), task("b"), budget=Budget(tokens=55))
    view = await world.drive()
    assert view.result == "waiting"
    assert view.state.value == "exhausted"
    assert view.spent.input_tokens == 60
    assert trio.current_time() < 8
    released = [one for one in await world.storage.events(run_id="r") if one.kind == "task.released"]
    assert len(released) == 2
    assert all("budget" in one.body for one in released)
    assert await world.state("a") == "ready"
    world.agent.scripts.clear()
    await world.command(ResumeRun(run_id="r", budget=Budget(tokens=1000)))
    assert (await world.drive()).result == "accepted"


async def test_usage_told_in_both_ways_counts_once_each(tmp_path):
    async def spend(assignment):
        assignment.journal.usage(Usage(input_tokens=5))
        return AgentResult(outcome="succeeded", usage=Usage(output_tokens=7, money=0.5))

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spend}))
    await world.start(task("a"))
    view = await world.drive()
    assert view.spent == Usage(input_tokens=5, output_tokens=7, money=0.5)


async def test_a_storage_that_fails_ends_the_drive_with_its_error(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"))

    async def full(commands, *, by):
        raise OSError(28, "No space left on device")

    world.storage.apply = full
    with pytest.raises(OSError, match="No space left"):
        await world.engine.drive("r")


async def test_a_storage_that_stalls_ends_the_drive(tmp_path, autojump_clock):
    world = World(tmp_path, storage_seconds=10.0, cleanup_seconds=5.0)
    await world.start(task("a"))

    async def stall(commands, *, by):
        await trio.sleep_forever()

    world.storage.apply = stall
    with pytest.raises(Unavailable, match="did not answer"):
        await world.engine.drive("r")


async def test_a_check_runner_that_is_not_here_is_named(tmp_path):
    world = World(tmp_path, checks=FakeChecks())
    del world.context.port("agents").providers["check:command"]
    await world.start(task("a", check="unit"))
    await world.drive()
    assert "runs checks of the kind 'command'" in (await world.storage.task("r", "a")).reason


async def test_checks_without_a_workspace_are_never_accepted(tmp_path):
    world = World(tmp_path)
    await world.start(task("a", attempts=3, check="unit", workspace=""))
    assert (await world.drive()).result == "failed"
    assert len(world.agent.seen) == 1
