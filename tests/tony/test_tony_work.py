"""Python functions as workers: what they return, raise, and leave behind."""

import threading

import pytest
import trio
from tony_plans import greetings

from mosaic_hookspecs import MosaicError
from mosaic_testing.scripted import ScriptedAgent
from mosaic_tony import Tony
from mosaic_tony.packs import GiveBack
from mosaic_tony.working import _reported

DIRECTORY = {"workspace": "directory"}


def plan_for(name, *words, **fields):
    return greetings(*words, checks=False, runtime=name, **fields)


def nothing(work):
    """Do what takes nothing."""


async def spawned(mcp, *words, name="ada", **fields):
    tony = Tony(mcp=mcp, name=name)
    return tony, await tony.spawn(plan_for(name, *words, **fields), run_id="r-1", settings=DIRECTORY)


async def attempts(mcp, task="F.001.01"):
    return (await mcp.call("task.show", run_id="r-1", task_id=task))["attempts"]


async def test_a_function_does_the_tasks_in_order_and_the_checks_decide(connected):
    async with connected("command") as mcp:
        tony = Tony(mcp=mcp, name="ada")
        plan = greetings("Hello", "Bye", "Servus")
        run = await tony.spawn(plan, agents="ada", run_id="r-1", settings=DIRECTORY)
        lies, texts = ["F.001.02"], []

        def write(work):
            texts.append(work.text)
            if work.task_id in lies:
                lies.remove(work.task_id)
                return "I did it, really"
            (work.workspace / f"{work.title.split()[1]}").write_text(work.title.split()[1].partition(".")[0])
            return {"wrote": work.task_id}

        async with trio.open_nursery() as nursery:
            tallies = []

            async def work():
                tallies.append(await tony.work(write, most=4))

            nursery.start_soon(work)
            result = await run.result(for_others=True)
        assert result.is_accepted
        assert (tallies[0].accepted, tallies[0].refused, tallies[0].total) == (3, 1, 4)
        assert [one["outcome"] for one in await attempts(mcp, "F.001.02")] == ["refused", "accepted"]
        assert "Write Bye.txt" in texts[1]
        assert "attempt 2" in texts[2].lower()
        assert "ada" not in [one.name for one in await tony.agents()]


async def test_what_a_function_raises_is_a_failure(connected):
    async with connected() as mcp:
        tony, run = await spawned(mcp, "Hello")

        async def broken(work):
            raise ValueError("no idea")

        tally = await tony.work(broken, most=1)
        assert (tally.refused + tally.failed, tally.total) == (1, 1)
        assert [one["reason"] for one in await attempts(mcp)] == ["ValueError: no idea"]
        assert not (await run.show()).is_final


def test_what_a_function_returns_is_reported():
    assert _reported(None) == _reported({}) == {"outputs": {}}
    assert _reported({"a": 1}) == {"outputs": {"a": 1}}
    assert _reported("it is done") == {"summary": "it is done"}
    assert "returned int" in _reported(42)["summary"]
    assert _reported(42)["outcome"] == "failed"


async def test_giving_back_leaves_notes_for_the_next(connected):
    async with connected() as mcp:
        tony, run = await spawned(mcp, "Hello")
        texts = []

        def shy(work):
            texts.append(work.text)
            if len(texts) == 1:
                raise GiveBack("not my trade", handover="look into the cellar")

        tally = await tony.work(shy, most=2)
        assert (tally.other, tally.accepted) == (1, 1)
        assert "look into the cellar" in texts[1]
        assert (await run.result()).is_accepted


async def test_nobody_has_work_and_it_returns_when_idle(connected):
    async with connected() as mcp:
        assert (await Tony(mcp=mcp).work(nothing, until_idle=True)).total == 0


async def test_the_lease_is_kept_while_a_slow_function_works(connected):
    async with connected(**{"plugins.fleet.lease_seconds": 1.0}) as mcp:
        tony, _ = await spawned(mcp, "Hello")
        threads = set()

        def slow(work):
            threads.add(threading.current_thread())
            threading.Event().wait(1.5)

        assert (await tony.work(slow, most=1)).accepted == 1
        assert threads.isdisjoint({threading.main_thread()})
        assert len(await attempts(mcp)) == 1


async def test_a_task_that_nobody_wants_any_more_is_left(connected):
    async with connected(**{"plugins.fleet.lease_seconds": 0.6}) as mcp:
        tony, run = await spawned(mcp, "Hello")
        begun, over = trio.Event(), trio.Event()

        async def endless(work):
            begun.set()
            try:
                await trio.sleep_forever()
            finally:
                over.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: tony.work(endless))
            await begun.wait()
            await run.cancel()
            with trio.fail_after(10):
                await over.wait()
            nursery.cancel_scope.cancel()
        assert (await run.result()).result == "cancelled"


async def test_who_is_stopped_gives_back_what_it_holds(connected):
    async with connected() as mcp:
        tony, _ = await spawned(mcp, "Hello", name="ada")
        begun = trio.Event()

        async def endless(work):
            begun.set()
            await trio.sleep_forever()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: tony.work(endless))
            await begun.wait()
            nursery.cancel_scope.cancel()
        assert (await tony.work(nothing, most=1)).accepted == 1
        assert [one["outcome"] for one in await attempts(mcp)] == ["released", "accepted"]


async def test_progress_and_usage_are_told(connected):
    async with connected() as mcp:
        tony, run = await spawned(mcp, "Hello")

        async def careful(work):
            assert await work.progress("half of it", percent=50)
            await work.spent(input_tokens=10, output_tokens=5)

        await tony.work(careful, most=1)
        assert (await run.show()).spent["input_tokens"] == 10
        logs = await mcp.call("task.logs", run_id="r-1", task_id="F.001.01")
        assert "half of it" in logs["text"]


async def test_a_name_that_is_taken_is_refused(connected):
    async with connected(ScriptedAgent().plugin()) as mcp:
        with pytest.raises(MosaicError) as raised:
            await Tony(mcp=mcp, name="scripted").work(nothing)
        assert raised.value.code == "name-taken"
