from __future__ import annotations

import os
import subprocess
import sys

import pytest
import trio
from engine_fakes import FakeProvider, ScriptedAgent, World, task

from mosaic_engine.holder import is_dead, make_holder
from mosaic_engine.recover import reap
from mosaic_hookspecs import AgentOffer, Claim, Refused, Tick

ANY = [AgentOffer(name="worker", is_general=True)]


async def hang(assignment):
    await trio.sleep_forever()


async def test_leases_are_renewed_in_one_call(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(95)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), lease_seconds=30.0, parallelism=4)
    await world.start(*(task(f"t{n}") for n in range(4)))
    assert (await world.drive()).result == "accepted"
    kinds = await world.kinds()
    assert kinds.count("task.renewed") == 4 * 9
    assert kinds.count("task.claimed") == 4
    assert world.storage.calls["apply"] < 30


async def test_a_lost_lease_ends_the_attempt_and_drops_its_result(tmp_path, autojump_clock):
    async def stubborn(assignment):
        await trio.sleep(30)

    agent = ScriptedAgent(scripts={"a": stubborn})
    world = World(tmp_path, agent=agent)
    await world.start(task("a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        record = await world.storage.task("r", "a")
        from mosaic_hookspecs import Release

        await world.command(Release(run_id="r", task_id="a", token=record.token))
        agent.scripts.clear()
    assert await world.state("a") == "accepted"
    assert [one.token for one in agent.attempts("a")] == [1, 2]
    assert trio.current_time() < 10


async def test_a_worker_that_slept_past_its_lease_changes_nothing(tmp_path, autojump_clock):
    """The same as SIGSTOP: nothing of the worker runs while its lease runs out and is taken."""
    world = World(tmp_path)
    await world.start(task("a", check="unit"))
    taken = []

    async def sleeps_through(check):
        if not taken:
            taken.append(True)
            # another process: the lease ran out meanwhile, and somebody else has the task
            record = await world.storage.task("r", "a")
            from mosaic_hookspecs import Release

            await world.command(Release(run_id="r", task_id="a", token=record.token, reason="ran out"))
            leases = await world.command(Claim(holder="other:1:1:x", offers=ANY, lease_seconds=20.0))
            assert leases[0].token == record.token + 1

    world.checks.script = sleeps_through
    view = await world.drive()
    assert view.result == "accepted"
    tokens = [one.token for one in world.agent.attempts("a")]
    assert tokens == [1, 3]
    assert world.provider.branch.commits == ["base", "a@3on(base)"]


async def test_interrupting_releases_everything_at_once(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": hang}), parallelism=2)
    await world.start(*(task(f"t{n}") for n in range(5)))
    with trio.move_on_after(5):
        await world.drive()
    view = await world.ask("run.show", run_id="r")
    assert view.counts == {"ready": 5}
    assert (await world.storage.task("r", "t0")).token == 1
    world.agent.scripts.clear()
    assert (await world.drive()).result == "accepted"


async def test_draining_ends_a_drive_in_order(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": hang}))
    await world.start(task("a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        await world.engine.drain()
        assert await world.state("a") == "ready"
    assert world.agent.running == 0


async def test_serving_every_run_takes_up_what_comes(tmp_path, autojump_clock):
    world = World(tmp_path)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(100)
        await world.start(task("a"), run_id="one")
        await world.start(task("b"), run_id="two")
        await trio.sleep(1)
        assert await world.state("a", "one") == "accepted"
        assert await world.state("b", "two") == "accepted"
        nursery.cancel_scope.cancel()


async def test_two_engines_share_a_run_without_sharing_a_task(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(0.1)

    one = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}))
    two = World(tmp_path, storage=one.storage, agent=ScriptedAgent(scripts={"*": nap}))
    await one.start(*(task(f"t{n}") for n in range(40)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(one.drive)
        nursery.start_soon(two.drive)
    names = [seen.spec.task_id for world in (one, two) for seen in world.agent.seen]
    assert sorted(names) == sorted(f"t{n}" for n in range(40))
    assert min(len(one.agent.seen), len(two.agent.seen)) > 5


async def test_what_another_process_finishes_is_waited_for(tmp_path, autojump_clock):
    """The drive does not end while somebody else holds a lease of the run."""
    from mosaic_hookspecs import Accept, Report

    world = World(tmp_path)
    await world.start(task("a"), task("b", "a"))
    lease = (await world.command(Claim(holder="other:1:1:x", offers=ANY)))[0]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(20)
        names = {"run_id": "r", "task_id": "a", "token": lease.token}
        await world.command(Report(**names, outcome="succeeded"))
        await world.command(Accept(**names))
    assert await world.state("b") == "accepted"


async def test_a_foreign_lease_runs_out_and_is_taken_over(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a"))
    await world.command(Claim(holder="other:1:1:x", offers=ANY, lease_seconds=60.0))
    assert (await world.drive()).result == "accepted"
    assert 60 <= trio.current_time() < 62


def dead_holder():
    code = "from mosaic_engine.holder import make_holder; print(make_holder())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def test_a_dead_local_holder_is_released_at_once(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a"))
    await world.command(Claim(holder=dead_holder(), offers=ANY, lease_seconds=3600.0))
    assert (await world.drive()).result == "accepted"
    assert trio.current_time() < 1


async def test_a_living_local_holder_keeps_its_lease(tmp_path, autojump_clock):
    world = World(tmp_path)
    await world.start(task("a"))
    await world.command(Claim(holder=make_holder(), offers=ANY, lease_seconds=50.0))
    await world.drive()
    assert trio.current_time() >= 50


def test_who_is_dead():
    mine = make_holder()
    host, pid, ticks, chance = mine.rsplit(":", 3)
    assert int(pid) == os.getpid()
    assert not is_dead(mine)
    assert is_dead(f"{host}:{pid}:{int(ticks) + 1}:{chance}")
    assert is_dead(dead_holder())
    assert not is_dead(f"elsewhere:{pid}:1:{chance}")
    assert not is_dead("")
    assert not is_dead("somebody")
    assert not is_dead(f"{host}:x:y:z")


async def test_leftovers_of_dead_attempts_are_reaped_and_live_ones_are_not(tmp_path):
    provider = FakeProvider()
    world = World(tmp_path, provider=provider)
    await world.start(task("a"), task("b"))
    leases = await world.command(Claim(holder="other:1:1:x", offers=ANY, limit=2, lease_seconds=3600.0))
    live = {("r", lease.task_id, lease.token) for lease in leases}
    provider.leftovers = live | {("r", "a", 0), ("unknown", "a", 1)}
    assert await reap(world.context, world.storage) == 1
    assert provider.leftovers == live | {("unknown", "a", 1)}


async def test_a_stale_token_is_refused_by_the_store(tmp_path, autojump_clock):
    from mosaic_hookspecs import Report

    world = World(tmp_path)
    await world.start(task("a"))
    lease = (await world.command(Claim(holder="x", offers=ANY, lease_seconds=1.0)))[0]
    await trio.sleep(2)
    await world.command(Tick())
    with pytest.raises(Refused):
        await world.command(Report(run_id="r", task_id="a", token=lease.token, outcome="succeeded"))
