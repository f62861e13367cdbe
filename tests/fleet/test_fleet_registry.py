"""Who comes, is heard, falls silent and goes; and what is remembered of them."""

import json

import pytest
import trio
from fleet_team import refused, task

from mosaic_hookspecs import AgentOffer, Claim


async def test_an_agent_comes_and_goes(make_team, autojump_clock):
    async with make_team() as team:
        view = await team.register("ada", kind="claude", labels=["python"], is_general=False, capacity=3)
        assert (view.name, view.kind, view.labels, view.is_general) == ("ada", "claude", ["python"], False)
        assert (view.capacity, view.state, view.is_pull) == (3, "idle", True)
        assert (await team.register("ada", labels=["css"])).labels == ["css"]
        assert "has left" in (await team.ask("agent.leave", name="ada")).words
        assert (await refused(team.agent("ada"))).code == "no-agent"
        events = [event for event in await team.storage.events() if event.kind.startswith("fleet.")]
        assert [event.kind for event in events] == ["fleet.agent-registered", "fleet.agent-left"]
        assert json.loads(events[0].body)["labels"] == ["python"]


async def test_what_is_held_is_told(make_team, autojump_clock):
    async with make_team(lease_seconds=60) as team:
        await team.start(task("a", title="Write"))
        work = await team.work("ada")
        await trio.sleep(10)
        view = await team.agent("ada")
        assert view.state == "working"
        [holding] = view.holding
        assert (holding.run_id, holding.task_id, holding.token, holding.title) == ("r", "a", 1, "Write")
        assert (holding.lease_until - holding.since, work.lease_until) == (60_000, holding.lease_until)


@pytest.mark.parametrize("how", ["progress", "heartbeat", "take", "register"])
async def test_whoever_is_heard_keeps_its_work(make_team, autojump_clock, how):
    async with make_team(lease_seconds=10) as team:
        await team.start(task("a"))
        work = await team.work("ada")
        for _ in range(10):
            await trio.sleep(9)
            if how == "progress":
                told = await team.progress(work)
                assert told.lease_until == (await team.agent("ada")).holding[0].lease_until
            elif how == "take":
                await team.take("ada")
            else:
                await team.ask(f"agent.{how}", name="ada")
        assert (await team.report(work)).verdict == "accepted"


async def test_one_of_several_things_is_lost_when_nobody_speaks_of_it(make_team, autojump_clock):
    async with make_team(lease_seconds=10) as team:
        await team.register("ada", capacity=2)
        await team.start(task("a"), task("b"))
        kept, lost = await team.work("ada"), await team.work("ada")
        for _ in range(3):
            await trio.sleep(6)
            assert (await team.progress(kept)).go_on
        assert not (await team.progress(lost)).go_on
        assert (await team.report(kept)).verdict == "accepted"


async def test_silence_is_seen_and_ends(make_team, autojump_clock):
    async with make_team(lease_seconds=10, gone_seconds=100) as team:
        await team.start(task("a"), task("b"))
        await team.work("ada")
        await trio.sleep(11)
        assert ((await team.agent("ada")).state, (await team.agent("ada")).holding) == ("silent", [])
        assert not team.kernel.port("agents").get("pull").offers
        await team.ask("agent.heartbeat", name="ada")
        assert (await team.agent("ada")).state == "idle"
        assert (await team.work("ada")).task_id in ("a", "b")
        await trio.sleep(200)
        view = await team.agent("ada")
        assert (view.state, view.released) == ("gone", 2)
        assert (await team.ask("agent.list", gone=False)).items == []
        assert (await team.kinds("fleet."))[-1] == "fleet.agent-left"


async def test_who_waits_is_never_silent(make_team, autojump_clock):
    async with make_team(lease_seconds=10, gone_seconds=100) as team, team.taking("ada", wait=3000):
        await trio.sleep(2000)
        assert (await team.agent("ada")).state == "waiting"


async def test_a_draining_agent_finishes_and_gets_nothing_more(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"), task("b"))
        work = await team.work("ada")
        assert (await team.ask("agent.drain", name="ada")).state == "draining"
        reported = await team.report(work, next=True)
        assert (reported.verdict, reported.next) == ("accepted", None)
        assert "You are draining" in reported.words
        await trio.sleep(10)
        assert await team.state("b") == "ready"
        await team.register("ada")
        assert (await team.work("ada")).task_id == "b"


async def test_draining_ends_the_wait(make_team, autojump_clock):
    async with make_team() as team, team.taking("ada") as got:
        await team.ask("agent.drain", name="ada")
        await trio.sleep(1)
        assert "You are draining" in got["ada"].words


async def test_who_leaves_gives_back_what_it_holds(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"))
        late = await team.work("ada")
        assert "What you held (1) goes to others" in (await team.ask("agent.leave", name="ada")).words
        assert (await team.work("bob")).token == 2
        assert "the worker 'ada' left" in (await refused(team.report(late))).got


async def test_names_are_checked(make_team, autojump_clock):
    async with make_team("command", most_workers=2) as team:
        for name in ("", "a b", "../x", "-a", "a" * 65, "ä"):
            assert (await refused_or_told(team.register(name))) == "bad-name", name
            assert (await refused_or_told(team.take(name, 0))) == "bad-name", name
        for name in ("pull", "command", "check:command"):
            assert await refused_or_told(team.register(name)) in ("name-taken", "bad-name")
        await team.register("ada")
        await team.register("bob")
        assert (await refused(team.register("cat"))).code == "too-many-agents"
        for operation in ("heartbeat", "drain", "leave", "show"):
            assert (await refused(team.ask(f"agent.{operation}", name="nobody"))).code == "no-agent"


async def refused_or_told(call):
    try:
        await call
    except Exception as error:  # noqa: BLE001 - its code is what is asked
        return error.code
    return ""


async def test_those_of_before_are_remembered_for_a_while(make_team, tmp_path):
    async with make_team("sqlite", storage="sqlite", directory=tmp_path) as first:
        await first.register("ada", kind="codex", labels=["python"], is_general=False)
        await first.register("bob")
        await first.ask("agent.leave", name="bob")
    async with make_team("sqlite", storage="sqlite", directory=tmp_path) as second:
        [view] = (await second.ask("agent.list")).items
        assert (view.name, view.kind, view.state) == ("ada", "codex", "gone")
        await second.take("ada", 0)
        view = await second.agent("ada")
        assert (view.kind, view.labels, view.is_general, view.state) == ("codex", ["python"], False, "idle")
    async with make_team("sqlite", storage="sqlite", directory=tmp_path, keep_days=1e-9) as third:
        assert (await third.ask("agent.list")).items == []


async def test_other_agents_are_listed_too(make_team, autojump_clock):
    async with make_team("command") as team:
        await team.register("ada")
        views = {view.name: view for view in (await team.ask("agent.list")).items}
        assert set(views) == {"ada", "command"}
        assert (views["command"].state, views["command"].is_pull) == ("here", False)


async def test_what_other_agents_hold_is_told_too(make_team, autojump_clock):
    async with make_team("command") as team:  # nobody is registered, so nothing drives
        await team.start(task("a", runtime="command", title="Build it"))
        claim = Claim(holder="elsewhere", offers=[AgentOffer(name="command")], limit=1, lease_seconds=60)
        await team.storage.apply([claim], by="test")
        view = await team.agent("command")
        assert (view.state, view.since) == ("working", view.holding[0].since)
        assert [(one.run_id, one.task_id, one.token, one.title) for one in view.holding] == [
            ("r", "a", 1, "Build it")
        ]


async def test_a_reload_gives_back_what_is_held_and_forgets_nobody(make_team):
    async with make_team() as team:
        await team.start(task("a"))
        await team.register("ada", labels=["python"])
        work = await team.work("ada")
        async with trio.open_nursery() as nursery:
            got = []

            async def take():
                got.append(await team.take("bob", 60))

            nursery.start_soon(take)
            await trio.sleep(0.1)
            await team.ask("plugins.reload", name="fleet")
        assert (got[0].work.task_id, got[0].work.token) == ("a", 2)
        assert "fleet reloaded" in got[0].work.text
        assert (await refused(team.report(work))).code == "stale-token"
        assert (await team.report(got[0].work)).verdict == "accepted"
        view = await team.agent("ada")
        assert (view.state, list(view.labels)) == ("gone", ["python"])
        await team.take("ada", 0)
        view = await team.agent("ada")
        assert (view.state, view.labels) == ("idle", ["python"])
