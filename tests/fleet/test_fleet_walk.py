"""Random walks of workers beside the real engine: every task is accepted exactly once, whatever they do."""

import functools
import os

import pytest
import trio
from fleet_team import task
from fleet_walk import Ledger, Walker, layered, require_once, until_final

from mosaic_hookspecs import to_json_data

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))


async def walk(team, count, workers, seed, lease_seconds):
    make = functools.partial(task, attempts=50, delay=lease_seconds / 20)
    await team.start(*layered(count, 8, seed, make))
    ledger, is_over = Ledger(), False

    async def call(operation, data):
        return to_json_data(await team.ask(operation, **data))

    async with trio.open_nursery() as nursery:
        for number in range(workers):
            walker = Walker(f"w{number}", call, ledger, f"{seed}/{number}", lease_seconds, lambda: is_over)
            nursery.start_soon(walker.run)
        await until_final(team.storage, "r")
        is_over = True
    await require_once(team.storage, ledger, count)
    assert set(ledger.refused) <= {"stale-token"}
    return ledger


@pytest.mark.parametrize("seed", range(4 * CHAOS))
async def test_in_memory(make_team, autojump_clock, seed):
    async with make_team(lease_seconds=30, wait_seconds=20, verdict_seconds=10) as team:
        ledger = await walk(team, 60, 6, seed, 30)
        assert ledger.late
        assert ledger.twice
        assert ledger.killed


@pytest.mark.parametrize("seed", range(CHAOS))
async def test_in_sqlite(make_team, tmp_path, seed):
    async with make_team(
        "sqlite", storage="sqlite", directory=tmp_path, lease_seconds=0.3, wait_seconds=0.3
    ) as team:
        with trio.fail_after(60):
            await walk(team, 40, 6, seed, 0.3)
