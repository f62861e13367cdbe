"""Costs, as runs of a real engine leave them in the log."""

from __future__ import annotations

import pytest
import trio

from mosaic_hookspecs import InputError, NotFound, Retry, RunSpec, TaskSpec, Usage
from mosaic_testing.scripted import ScriptedAgent, fail

DAY = 86_400_000


def spend(*usages, seconds=0.0):
    async def step(assignment):
        for usage in usages:
            assignment.journal.usage(usage)
            await trio.sleep(seconds)

    return step


def using(tokens, model="m", **more):
    return Usage(input_tokens=tokens, model=model, **more)


async def create(kernel, run_id, *names, **fields):
    tasks = [TaskSpec(task_id=name, retry=Retry(delay_seconds=0.0)) for name in names]
    await kernel.port("scheduling").get().create(RunSpec(run_id=run_id, **fields), tasks)


def lines(view):
    return {line.name: (line.attempts, line.input_tokens, round(line.money, 6)) for line in view.lines}


async def test_every_attempt_counts_by_whatever_one_asks(mosaic_kernel):
    agent = ScriptedAgent(
        {
            "a": [_then(spend(using(10, money=1.0)), fail()), spend(using(5, model="n", money=0.5))],
            "b": spend(using(3), using(1_000_000, model="n", is_subscription=True)),
        }
    )
    async with mosaic_kernel("memory", "engine", "costs", agent.plugin()) as kernel:
        await create(kernel, "one", "a", "b", project="shop")
        await kernel.dispatch("run.drive", {"run_id": "one"})
        await create(kernel, "two", "c", project="blog")

        async def ask(**request):
            return await kernel.dispatch("costs.show", request)

        assert lines(await ask(by="run")) == {"one": (3, 1_000_018, 1.5)}
        assert lines(await ask(by="task")) == {"one/a": (2, 15, 1.5), "one/b": (1, 1_000_003, 0.0)}
        assert lines(await ask(by="attempt", run_id="one"))["one/a@2"] == (1, 5, 0.5)
        assert lines(await ask(by="model")) == {"m": (2, 13, 1.0), "n": (2, 1_000_005, 0.5)}
        assert lines(await ask(by="agent")) == {"scripted": (3, 1_000_018, 1.5)}
        assert lines(await ask(by="project", project="blog")) == {}
        total = (await ask(by="day", limit=1)).total
        assert (total.attempts, total.subscription_tokens) == (3, 1_000_000)
        assert lines(await ask(since="2999-01-01")) == {}
        assert lines(await ask(run_id="two")) == {}
        with pytest.raises(NotFound, match="no run 'three'"):
            await ask(run_id="three")
        with pytest.raises(InputError, match="no day"):
            await ask(since="yesterday")


def _then(first, last):
    async def step(assignment):
        await first(assignment)
        return await last(assignment)

    return step


async def test_what_was_read_is_not_read_again_and_another_store_is(mosaic_kernel):
    agent = ScriptedAgent(otherwise=spend(using(7)))
    async with mosaic_kernel("memory", "engine", "costs", agent.plugin()) as kernel:
        for run_id in ("one", "two"):
            await create(kernel, run_id, "a")
            await kernel.dispatch("run.drive", {"run_id": run_id})
            view = await kernel.dispatch("costs.show", {})
        assert lines(view) == {"one": (1, 7, 0.0), "two": (1, 7, 0.0)}


async def test_a_spent_budget_stops_the_projects_runs_in_mid_flight_and_no_others(mosaic_kernel):
    agent = ScriptedAgent(
        {
            "spender": spend(*[using(100)] * 1000, seconds=0.01),
            "neighbour": spend(using(1), seconds=0.3),
        }
    )
    settings = {"plugins.costs.budgets": [{"project": "shop*", "tokens": 500}]}
    plugins = ("memory", "engine", "observers", "costs", agent.plugin())
    async with mosaic_kernel(*plugins, settings=settings, serves=True) as kernel:
        await create(kernel, "big", "spender", project="shop-1")
        await create(kernel, "small", "neighbour", project="blog")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(kernel.dispatch, "run.drive", {"run_id": "small"})
            with trio.fail_after(20):
                run = await kernel.dispatch("run.drive", {"run_id": "big"})
            assert run.state == "exhausted"
            assert 500 <= run.spent.input_tokens < 50_000
            why = await kernel.dispatch("task.why", {"run_id": "big", "task_id": "spender"})
            assert [(one.code, "mosaic costs" in one.hint) for one in why.blockers] == [("budget", True)]
        assert (await kernel.dispatch("run.show", {"run_id": "small"})).result == "accepted"
        (budget,) = (await kernel.dispatch("costs.show", {})).budgets
        assert budget.is_spent
        assert budget.spent_tokens >= 500
        await create(kernel, "late", "spender", project="shop-2")
        with trio.fail_after(20):
            late = await kernel.dispatch("run.drive", {"run_id": "late"})
        assert late.state == "exhausted"


async def test_a_budget_without_a_limit_is_refused(mosaic_kernel):
    with pytest.raises(Exception, match="a budget limits money or tokens"):
        async with mosaic_kernel("memory", "costs", settings={"plugins.costs.budgets": [{"project": "a"}]}):
            pass
