"""What usage costs, where the agent reports tokens and no money."""

from __future__ import annotations

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_engine.pricing import Price, Prices, listed
from mosaic_hookspecs import AgentResult, Budget, Usage


@pytest.mark.parametrize(
    ("usage", "money"),
    [
        (Usage(input_tokens=1_000_000, model="own-1"), 2.0),
        (Usage(input_tokens=1_000_000, output_tokens=500_000, model="provider/own-1"), 4.0),
        (Usage(input_tokens=1_000_000, cached_tokens=1_000_000, model="own-1"), 1.0),
        (Usage(input_tokens=1_000_000, cached_tokens=9_000_000, model="own-1"), 1.0),
        (Usage(input_tokens=1_000_000, cached_tokens=1_000_000, model="own-large"), 7.0),
    ],
)
def test_tokens_are_priced_by_the_pattern_that_fits_best(usage, money):
    prices = Prices(
        {"own-*": Price(input=2.0, output=4.0, cached=1.0), "own-large": Price(input=7.0, output=7.0)}
    )
    priced = prices.priced(usage)
    assert priced.money == pytest.approx(money)
    assert priced.is_estimated


@pytest.mark.parametrize(
    "usage",
    [
        Usage(input_tokens=10, model="nobody-knows-it"),
        Usage(input_tokens=10, money=3.0, model="own-1"),
        Usage(input_tokens=10, model="own-1", is_subscription=True),
        Usage(input_tokens=10),
        Usage(money=1.0),
    ],
)
def test_what_was_told_or_is_not_known_stays(usage):
    assert Prices({"own-*": Price(input=2.0, output=4.0)}).priced(usage) == usage


def test_the_list_is_sound():
    assert all(price.output >= price.input > (price.cached or 0) for price in listed().values())


async def test_an_estimate_stops_a_run_at_its_budget_of_money(tmp_path, autojump_clock):
    ended = []

    async def spend(assignment):
        try:
            while True:
                assignment.journal.usage(Usage(output_tokens=100_000, model="claude-sonnet-4-5"))
                await trio.sleep(1)
        finally:
            ended.append(trio.current_time())

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spend}))
    await world.start(task("a"), budget=Budget(money=10.0))
    run = await world.drive()
    assert run.state == "exhausted"
    assert run.spent.is_estimated
    assert 10.0 < run.spent.money < 12.0
    assert len(ended) == 1


async def test_a_skipped_task_has_spent_too(tmp_path):
    async def skip(assignment):
        return AgentResult(outcome="skipped", summary="not today", usage=Usage(input_tokens=5))

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": skip}))
    await world.start(task("a"))
    assert (await world.drive()).spent.input_tokens == 5
