from __future__ import annotations

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_hookspecs import AgentResult, NotFound, Refused


async def codes(world, task_id, run_id="r"):
    view = await world.ask("task.why", run_id=run_id, task_id=task_id)
    return [blocker.code for blocker in view.blockers]


async def text(world, task_id):
    view = await world.ask("task.why", run_id="r", task_id=task_id)
    return " | ".join(f"{blocker.text}; {blocker.hint}" for blocker in view.blockers)


async def nap(assignment):
    await trio.sleep(10)


async def fail(assignment):
    return AgentResult(outcome="failed", summary="it does not compile")


async def test_approval_gates_and_says_how_to_grant_it(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"), task("b", "a", approval="Deploy to production?"), task("c", "b"))
    view = await world.drive()
    assert (view.result, view.counts) == ("waiting", {"accepted": 1, "gated": 1, "blocked": 1})
    assert await codes(world, "b") == ["approval"]
    assert "Deploy to production?" in await text(world, "b")
    assert "mosaic approve --run r b" in await text(world, "b")
    answered = await world.ask("task.approve", task_id="b", comment="go")
    assert answered.is_approved
    assert (await world.drive()).result == "accepted"


async def test_a_denied_approval_fails_the_task(tmp_path):
    world = World(tmp_path)
    await world.start(task("a", approval="Sure?"))
    await world.ask("task.approve", run_id="r", task_id="a", is_granted=False, comment="no")
    assert (await world.drive()).result == "failed"
    assert await codes(world, "a") == ["failed"]
    assert "approval was denied: no" in await text(world, "a")


async def test_an_approval_is_noticed_by_a_drive_that_goes_on(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"long": nap}))
    await world.start(task("long"), task("b", approval="Sure?"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(3)
        await world.ask("task.approve", run_id="r", task_id="b")
        await trio.sleep(1)
        assert await world.state("b") == "accepted"
        assert await world.state("long") == "leased"


async def test_pausing_lets_attempts_end_and_starts_no_more(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), parallelism=1)
    await world.start(task("a"), task("b"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(3)
        paused = await world.ask("run.pause", run_id="r", reason="lunch")
        assert (paused.state.value, paused.result) == ("paused", "running")
    view = await world.ask("run.show", run_id="r")
    assert (view.result, view.counts) == ("waiting", {"accepted": 1, "ready": 1})
    assert await codes(world, "b") == ["paused"]
    resumed = await world.ask("run.resume", run_id="r")
    assert resumed.result == "running"
    assert (await world.drive()).result == "accepted"


async def test_a_cancelled_run_can_be_resumed(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"))
    assert (await world.ask("run.cancel", run_id="r")).result == "cancelled"
    assert (await world.drive()).result == "cancelled"
    assert await codes(world, "a") == ["cancelled"]
    await world.ask("run.resume", run_id="r")
    assert (await world.drive()).result == "accepted"
    with pytest.raises(Refused):
        await world.ask("run.cancel", run_id="r")


async def test_a_failed_task_can_be_tried_again(tmp_path):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": fail}))
    await world.start(task("a"), task("b", "a"), task("c", "b"))
    assert (await world.drive()).result == "failed"
    assert await codes(world, "c") == ["failed-dependency"]
    assert "because a was not accepted" in await text(world, "c")
    assert "it does not compile" in await text(world, "a")
    world.agent.scripts.clear()
    again = await world.ask("task.retry", run_id="r", task_id="a")
    assert again.state.value == "ready"
    assert (await world.drive()).result == "accepted"


async def test_back_off_is_explained_and_skipped_by_retry(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": fail}))
    await world.start(task("a", attempts=3, delay=1000.0))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        assert await codes(world, "a") == ["back-off"]
        assert "attempt 1 of 3 ended: it does not compile" in await text(world, "a")
        world.agent.scripts.clear()
        await world.ask("task.retry", run_id="r", task_id="a")
    assert await world.state("a") == "accepted"
    assert trio.current_time() < 10


@pytest.mark.parametrize(("quotas", "most"), [({"tasks": 2}, 2), ({"project:shop": 3}, 3), ({"gpu": 2}, 1)])
async def test_quotas_are_never_exceeded(tmp_path, autojump_clock, quotas, most):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), quotas=quotas, parallelism=8)
    await world.start(*(task(f"t{n}", resources={"gpu": 2}) for n in range(9)), project="shop")
    assert (await world.drive()).result == "accepted"
    assert world.agent.most == most


async def test_two_engines_keep_one_quota(tmp_path, autojump_clock):
    one = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), quotas={"tasks": 3})
    two = World(tmp_path, storage=one.storage, agent=one.agent, quotas={"tasks": 3})
    await one.start(*(task(f"t{n}") for n in range(12)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(one.drive)
        nursery.start_soon(two.drive)
    assert one.agent.most == 3


async def test_a_concurrency_group_runs_one_task_at_a_time(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}))
    await world.start(*(task(f"t{n}", group="deploy") for n in range(3)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        waiting = [n for n in range(3) if await world.state(f"t{n}") == "ready"]
        assert len(waiting) == 2
        assert await codes(world, f"t{waiting[0]}") == ["group"]
        assert "held by t" in await text(world, f"t{waiting[0]}")
    assert world.agent.most == 1


async def test_a_full_quota_is_explained(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}), quotas={"gpu": 3})
    await world.start(task("a", resources={"gpu": 2}), task("b", resources={"gpu": 2}))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        await trio.sleep(5)
        assert await codes(world, "b") == ["quota"]
        assert "2 of 'gpu', of which 2 of 3 are held" in await text(world, "b")


async def test_what_can_never_fit_does_not_keep_the_drive(tmp_path):
    world = World(tmp_path, quotas={"gpu": 1})
    await world.start(task("a", resources={"gpu": 2}))
    assert (await world.drive()).result == "waiting"
    assert "it can never fit" in await text(world, "a")


async def test_no_runtime_names_what_is_needed_and_what_is_here(tmp_path):
    world = World(
        tmp_path, agent=ScriptedAgent(name="scaffold", labels=frozenset({"python"}), is_general=False)
    )
    await world.start(task("a", labels=("python",)), task("b", labels=("rust",)), task("c", runtime="codex"))
    view = await world.drive()
    assert (view.result, view.counts) == ("waiting", {"accepted": 1, "ready": 2})
    assert await codes(world, "b") == ["no-runtime"]
    words = await text(world, "b")
    assert "rust" in words
    assert "scaffold (python)" in words
    assert "mosaic run --resume r" in words
    assert "'codex'" in await text(world, "c")


async def test_no_agents_at_all_waits_too(tmp_path):
    world = World(tmp_path)
    del world.context.port("agents").providers["worker"]
    await world.start(task("a"))
    assert (await world.drive()).result == "waiting"
    assert "here: none" in await text(world, "a")


async def test_the_most_urgent_goes_first(tmp_path):
    world = World(tmp_path, parallelism=1, prefetch=0)
    await world.start(
        task("short"),
        task("long", minutes=30),
        task("tail", "long", minutes=30),
        task("now", priority=1000),
        task("middle", minutes=45),
    )
    await world.drive()
    order = [one.spec.task_id for one in world.agent.seen]
    assert order == ["now", "long", "middle", "tail", "short"]


async def test_every_state_in_flight_is_explained(tmp_path, autojump_clock):
    async def slow(*_):
        await trio.sleep(10)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": nap}))
    world.checks.script = slow
    world.provider.on_publish = slow
    await world.start(task("a", check="unit"), task("b", "a"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.drive)
        seen = []
        for _ in range(3):
            await trio.sleep(8)
            seen += await codes(world, "a")
        assert await codes(world, "b") == ["unmet-dependency"]
        assert "needs a to be accepted, which is being published" in await text(world, "b")
    assert seen == ["running", "verifying", "merging"]
    assert await codes(world, "a") == ["accepted"]
    assert "commit a@1on(base)" in await text(world, "a")


async def test_a_task_that_nothing_holds_up_says_so(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"))
    assert await codes(world, "a") == ["ready"]


async def test_what_does_not_exist_is_said(tmp_path):
    world = World(tmp_path)
    with pytest.raises(NotFound, match="no runs yet"):
        await world.ask("run.show")
    with pytest.raises(NotFound):
        await world.engine.drive("nope")
    await world.start(task("a"))
    with pytest.raises(NotFound, match="no task 'b'"):
        await world.ask("task.why", task_id="b")


async def test_lists_and_details(tmp_path):
    world = World(tmp_path)
    await world.start(task("a", title="First"), task("b", "a"), run_id="one")
    await world.start(task("c"), run_id="two")
    assert {one.run_id for one in (await world.ask("run.list")).items} == {"one", "two"}
    page = await world.ask("task.list", run_id="one", limit=1)
    assert [one.title for one in page.items] == ["First"]
    rest = await world.ask("task.list", run_id="one", after=page.items[-1].position)
    assert [(one.task_id, list(one.needs)) for one in rest.items] == [("b", ["a"])]
    detail = await world.ask("task.show", run_id="one", task_id="a")
    assert (detail.spec.title, list(detail.attempts)) == ("First", [])


async def test_why_names_the_agent_and_sends_to_the_inbox_for_a_persons_task(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(100)

    world = World(tmp_path, agent=ScriptedAgent(name="person", scripts={"*": nap}))
    other = ScriptedAgent(name="claude", is_general=False, scripts={"*": nap})
    world.context.port("agents").providers["claude"] = other
    await world.start(task("a"), task("b", runtime="claude"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(10)
        (first,) = (await world.ask("task.why", run_id="r", task_id="a")).blockers
        (second,) = (await world.ask("task.why", run_id="r", task_id="b")).blockers
        nursery.cancel_scope.cancel()
    assert first.text.startswith("it waits for a person: attempt 1, by person (")
    assert first.hint == "`mosaic inbox` shows it"
    assert second.text.startswith("it is running: attempt 1, by claude (")
