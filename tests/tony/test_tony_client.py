"""Tony over HTTP, on a system in this process: planning, spawning, following, the rest of a system."""

import json

import pytest
import trio
from tony_plans import greetings
from tony_systems import start

from mosaic_hookspecs import InputError, MosaicError, NotFound, Plan, Unavailable
from mosaic_testing.scripted import ScriptedAgent, hang, succeed
from mosaic_tony import MosaicCore, Tony, create_mcp_server
from mosaic_tony.failures import error_of
from mosaic_tony.tony import with_agents

DIRECTORY = {"workspace": "directory"}


def nothing(work):
    """Do what takes nothing."""


async def test_a_goal_is_planned_and_a_file_is_read(connected, tmp_path):
    async with connected() as mcp:
        tony = Tony(mcp=mcp)
        plan = await tony.plan("Build a REST API for notes")
        assert isinstance(plan, Plan)
        assert len(plan.leaves()) > 5
        (tmp_path / "plan.json").write_text(json.dumps(plan.to_data()))
        assert await tony.plan(tmp_path / "plan.json") == plan
        (tmp_path / "PRD.md").write_text("# Notes\n\n## Features\n\n- [ ] Write the greeting into hello.txt\n")
        assert (await tony.plan(str(tmp_path / "PRD.md"))).source.endswith("PRD.md")
        with pytest.raises(InputError) as raised:
            await tony.plan("Build a REST API")
        assert (raised.value.code, bool(raised.value.hint)) == ("goal-too-vague", True)
        with pytest.raises(InputError, match="cannot be read"):
            await tony.plan(tmp_path / "none.md")


async def test_a_plan_is_spawned_followed_and_done(connected):
    agent = ScriptedAgent({"F.001.01": succeed(word="Hello")})
    async with connected(agent.plugin()) as mcp:
        tony = Tony(mcp=mcp)
        plan = greetings("Hello", "Bye", checks=False, runtime="scripted")
        run = await tony.spawn(plan, project="greetings", run_id="r-1", settings=DIRECTORY)
        assert run.plan is plan
        seen = [one async for one in run]
        assert [one.sequence for one in seen] == sorted({one.sequence for one in seen})
        assert (seen[0].kind, seen[-1].kind) == ("run.created", "run.finished")
        claimed = [(one.task_id, one.about["agent"]) for one in seen if one.kind == "task.claimed"]
        assert claimed == [("F.001.01", "scripted"), ("F.001.02", "scripted")]
        result = await run.result()
        assert (result.is_accepted, result.counts) == (True, {"accepted": 2})
        pack = await tony.context("r-1", "F.001.02")
        assert "Write Bye.txt" in pack
        later = tony.follow("r-1")  # as another program would
        assert (await later.result()).result == "accepted"
        [project] = await tony.orchestrator.projects()
        assert (project.name, project.runs, project.open, project.counts) == (
            "greetings",
            1,
            0,
            {"accepted": 2},
        )


async def test_a_run_that_waits_for_somebody_says_so_and_goes_on_with_them(connected):
    agent = ScriptedAgent()
    async with connected(agent.plugin()) as mcp:
        tony = Tony(mcp=mcp)
        plan = greetings("Hello", checks=False)
        run = await tony.spawn(plan, agents="nobody-here", settings=DIRECTORY)
        assert (await run.result()).result == "waiting"
        done = []

        async def wait():
            done.append(await run.result(for_others=True))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            tally = await Tony(mcp=mcp, name="nobody-here").work(nothing, most=1)
        assert (tally.accepted, done[0].result) == (1, "accepted")


async def test_cancelling(connected):
    agent = ScriptedAgent({"F.001.01": hang()})
    async with connected(agent.plugin()) as mcp:
        run = await Tony(mcp=mcp).spawn(
            greetings("Hello", checks=False, runtime="scripted"), settings=DIRECTORY
        )
        async for one in run:
            if one.kind == "task.claimed":
                break  # following may be left at any time
        assert (await run.cancel("changed my mind")).result == "cancelled"
        assert (await run.result()).is_final


async def test_who_does_what():
    plan = greetings("Hello", "Bye", labels=("python",))
    assert with_agents(plan, {"": ""}) is plan
    everything = with_agents(plan, {"": "ada"})
    assert [(node.runtime, tuple(node.labels)) for node in everything.leaves()] == [("ada", ())] * 2
    assert everything.nodes[0].runtime == ""
    mixed = with_agents(plan, {"E.001": "ada", "F.001.02": "bob"})
    assert [node.runtime for node in mixed.leaves()] == ["ada", "bob"]
    one = with_agents(plan, {"F.001.02": "bob"})
    assert [(node.runtime, tuple(node.labels)) for node in one.leaves()] == [("", ("python",)), ("bob", ())]
    with pytest.raises(InputError, match="no such node"):
        with_agents(plan, {"F.009.09": "bob"})


async def test_the_rest_of_a_system(connected):
    async with connected() as mcp:
        tony, bob = Tony(mcp=mcp, name="alice"), Tony(mcp=mcp, name="bob")
        assert {one.name for one in await tony.plugins.list()} >= {"tony", "engine", "mcp"}
        before = (await tony.plugins.show("fleet")).generation
        assert (await tony.plugins.reload("fleet")).generation == before + 1
        early = await tony.messages.send("Are you there?", to="bob")
        assert [one["why"] for one in early.dead] == ["unknown-recipient"]
        for one in (tony, bob):
            assert await one.messages.read() == []
        sent = await tony.messages.send("Is it done?", to="bob", subject="the run")
        assert (sent.boxes, sent.dead) == (["agent:bob"], [])
        [got] = await bob.messages.read()
        assert (got.id, got.sender, got.text, got.subject) == (sent.id, "alice", "Is it done?", "the run")
        await bob.messages.send("Yes.", in_reply_to=got.id)
        await bob.messages.acknowledge(got.id)
        [answer] = await tony.messages.read(wait_seconds=5)
        assert (answer.text, answer.thread) == ("Yes.", got.thread)
        assert await bob.messages.read(again=True) == []
        await mcp.call("agent.register", name="ada", labels=["python"])
        ada = next(one for one in await tony.agents() if one.name == "ada")
        assert (ada.labels, ada.is_pull) == (["python"], True)
        assert "bridge_events" in await mcp.tools()
        assert await mcp.read("mosaic://runs") == {"items": []}
        assert "Build a shop" in await mcp.prompt("plan_project", goal="Build a shop")


async def test_the_shared_side_sees_every_project(connected):
    agent = ScriptedAgent()
    async with connected(agent.plugin()) as mcp:
        core = MosaicCore(mcp=mcp)
        stream = core.orchestrator.follow()
        plan = greetings("Hello", checks=False, runtime="scripted")
        kinds = []

        async def listen(task_status=trio.TASK_STATUS_IGNORED):
            stream._after = await stream._head()
            task_status.started()
            async for one in stream:
                kinds.append((one.kind, one.run_id))
                if [kind for kind, _ in kinds].count("run.finished") == 2:
                    return

        async with trio.open_nursery() as nursery:
            await nursery.start(listen)
            one = await core.orchestrator.submit(plan, project="a", run_id="r-1", settings=DIRECTORY)
            other = await core.orchestrator.submit(plan, project="b", run_id="r-2", settings=DIRECTORY)
            assert [(await run.result()).result for run in (one, other)] == ["accepted", "accepted"]
        assert {run for _, run in kinds} == {"r-1", "r-2"}
        assert [run.run_id for run in await core.orchestrator.runs()] == ["r-2", "r-1"]
        assert [run.run_id for run in await core.orchestrator.runs("a")] == ["r-1"]
        assert [one.name for one in await core.orchestrator.projects()] == ["a", "b"]


async def test_runs_of_one_moment_are_all_listed(connected, monkeypatch):
    monkeypatch.setattr("mosaic_tony.orchestrator._PAGE", 3)
    async with connected() as mcp:
        for number in range(8):
            await start(mcp.kernel, f"r-{number}")
            await trio.sleep(0.002)  # no page is full of runs of one millisecond
        found = [run.run_id for run in await MosaicCore(mcp=mcp).orchestrator.runs()]
        assert sorted(found) == [f"r-{number}" for number in range(8)]


async def test_errors_are_what_they_were(connected):
    async with connected() as mcp:
        with pytest.raises(NotFound) as raised:
            await mcp.call("run.show", run_id="none")
        assert (raised.value.code, bool(raised.value.hint)) == ("no-run", True)
        with pytest.raises(NotFound, match="does not answer"):
            await mcp.call("no.such")
        with pytest.raises(NotFound, match="no run 'none'"):
            await mcp.read("mosaic://runs/none")
        with pytest.raises(InputError) as raised:
            await mcp.call("bridge.cursor", origin="a/b")
        assert raised.value.where == "origin"
        with pytest.raises(NotFound, match="no run"):
            await Tony(mcp=mcp).follow("none").result()


def test_errors_keep_every_field():
    fields = {"code": "x", "what": "w", "where": "a", "expected": "e", "got": "g", "next": "n"}
    error = error_of("t", json.dumps({"error": {"kind": "Denied", **fields}}))
    assert (type(error).__name__, str(error)) == ("Denied", "a: w; expected e; got g [x]. n")
    several = '{"error": {"code": "plan-gate", "what": "1", "others": [{"code": "bad-input", "what": "2"}]}}'
    error = error_of("t", several)
    assert [(type(one), one.what) for one in error.others] == [(InputError, "1"), (InputError, "2")]
    assert type(error_of("t", '{"error": {"code": "strange", "what": "w"}}')) is MosaicError
    assert error_of("t", "Traceback").got == "Traceback"


async def test_a_system_that_is_away_is_said_to_be_and_found_again(serving):
    async with serving() as (_, address, token):
        port = int(address.rpartition(":")[2].partition("/")[0])
        with pytest.raises(Unavailable) as raised:
            async with create_mcp_server(mode="team", url=address, token="wrong"):
                pass
        assert (raised.value.code, bool(raised.value.hint)) == ("not-connected", True)
    with pytest.raises(Unavailable, match="could not be reached"):
        async with create_mcp_server(mode="team", url=address, token=token):
            pass
    async with serving(port=port) as (_, _, _), create_mcp_server(mode="team", url=address, token=token) as mcp:
        assert await mcp.call("run.list") == {"items": []}
        await mcp.close()
        assert await mcp.call("run.list") == {"items": []}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"mode": "team"}, "bad-mode"),
        ({"mode": "local", "url": "http://127.0.0.1:1/mcp"}, "bad-mode"),
        ({"mode": "local", "directory": "/nowhere/at/all"}, "no-directory"),
    ],
)
async def test_what_does_not_say_where_to_connect_is_refused(arguments, code):
    with pytest.raises(InputError) as raised:
        async with create_mcp_server(**arguments):
            pass
    assert raised.value.code == code


async def test_what_the_body_raises_comes_out_as_it_is(connected):
    with pytest.raises(KeyError):
        async with connected():
            raise KeyError("mine")
