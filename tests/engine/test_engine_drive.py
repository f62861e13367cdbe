from __future__ import annotations

import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_hookspecs import AgentResult


async def test_a_graph_is_accepted_in_dependency_order(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c"))
    view = await world.drive()
    assert (view.result, view.counts) == ("accepted", {"accepted": 4})
    order = [one.spec.task_id for one in world.agent.seen]
    assert order[0] == "a"
    assert order[-1] == "d"


async def test_outputs_reach_those_who_need_them(tmp_path):
    async def answer(assignment):
        return AgentResult(outcome="succeeded", outputs={"number": 42})

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": answer}))
    await world.start(task("a"), task("b", "a"))
    await world.drive()
    assert world.agent.seen[1].needs == {"a": {"result": "accepted", "outputs": {"number": 42}}}


async def test_many_fast_tasks_share_writes(tmp_path):
    world = World(tmp_path, prefetch=128)
    await world.start(*(task(f"t{n}") for n in range(1000)))
    view = await world.drive()
    assert view.result == "accepted"
    assert world.storage.calls["apply"] < 60
    assert len(world.agent.seen) == 1000


async def test_parallelism_is_never_exceeded(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(1)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), parallelism=3)
    await world.start(*(task(f"t{n}") for n in range(20)))
    assert (await world.drive()).result == "accepted"
    assert world.agent.most == 3
