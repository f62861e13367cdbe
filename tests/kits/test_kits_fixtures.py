"""The fixtures for plugin authors, used as an author would."""

from __future__ import annotations

import attrs
import pytest
import trio
import trio.testing

from mosaic_hookspecs import (
    AgentResult,
    Assignment,
    Claim,
    InputError,
    Manifest,
    NotFound,
    Operation,
    OperationKind,
    RunSpec,
    StartRun,
    TaskSpec,
    Tick,
    Unavailable,
    Usage,
    hookimpl,
)
from mosaic_kernel import Kernel
from mosaic_testing.agents import PlainWorkspace, RecordingJournal
from mosaic_testing.manifests import manifest_of_class
from mosaic_testing.providing import providing
from mosaic_testing.scripted import (
    ScriptedAgent,
    crash,
    fail,
    hang,
    refuse,
    say,
    skip,
    spend,
    succeed,
    write,
)


@attrs.frozen(kw_only=True)
class Greet:
    """Whom to greet."""

    name: str


@attrs.frozen(kw_only=True)
class Greeting:
    """What to say."""

    text: str
    at: int


class GreeterPlugin:
    """Greets."""

    @attrs.frozen(kw_only=True)
    class Config:
        """Its configuration."""

        word: str = "Hello"

    @hookimpl
    def mosaic_operations(self, context):
        async def greet(data, call):
            context.log.debug("greeter.greeted", name=data.name)
            return Greeting(text=f"{context.config.word}, {data.name}!", at=context.clock.now())

        return [
            Operation(
                name="greeter.greet",
                kind=OperationKind.QUERY,
                input=Greet,
                output=Greeting,
                handler=greet,
                permission="greeter:read",
                summary="Greet somebody.",
            )
        ]


async def test_a_kernel_has_only_what_is_named(mosaic_kernel, tmp_path, monkeypatch):
    monkeypatch.setenv("MOSAIC_PLUGINS__GREETER__WORD", "From the environment")
    async with mosaic_kernel("memory", GreeterPlugin, settings={"plugins.greeter.word": "Hi"}) as kernel:
        assert isinstance(kernel, Kernel)
        assert (await kernel.dispatch("greeter.greet", {"name": "Ada"})).text == "Hi, Ada!"
        assert kernel.port("storage").names() == ("memory",)
        assert kernel.project_directory == tmp_path
        plugins = (await kernel.dispatch("plugins.list")).plugins
        assert {one.name for one in plugins if one.state == "running"} == {"greeter", "memory"}
    [line] = mosaic_kernel.log.events("greeter.greeted", name="Ada")
    assert (line["plugin"], line["level"]) == ("greeter", "debug")
    assert mosaic_kernel.log.complaints == []


async def test_a_kernel_tells_the_time_by_the_clock_of_the_test(mosaic_kernel, mosaic_clock):
    async with mosaic_kernel(GreeterPlugin) as kernel:
        first = await kernel.dispatch("greeter.greet", {"name": "Ada"})
        mosaic_clock.advance(5)
        second = await kernel.dispatch("greeter.greet", {"name": "Ada"})
        assert second.at - first.at == 5000


async def test_two_kernels_of_a_test_share_the_directory(mosaic_kernel, tmp_path):
    async with mosaic_kernel("sqlite") as kernel:
        await kernel.port("storage").get().put_document("test.a", "key", {"n": 1})
    async with mosaic_kernel("sqlite") as kernel:
        document = await kernel.port("storage").get().get_document("test.a", "key")
        assert document.body == {"n": 1}
    other = tmp_path / "other"
    other.mkdir()
    async with mosaic_kernel("sqlite", directory=other) as kernel:
        assert await kernel.port("storage").get().get_document("test.a", "key") is None


async def test_what_a_kernel_raises_is_what_it_raised(mosaic_kernel):
    with pytest.raises(InputError, match="no-such-key"):
        async with mosaic_kernel(GreeterPlugin, settings={"plugins.greeter.no-such-key": 1}):
            pass


async def test_the_store_is_empty_and_keeps_the_time_of_the_test(mosaic_storage, mosaic_clock):
    assert await mosaic_storage.head() == 0
    start = StartRun(run=RunSpec(run_id="r"), tasks=[TaskSpec(task_id="a")])
    claim = Claim(holder="me", offers=[ScriptedAgent().offer], lease_seconds=60.0)
    _, [lease] = await mosaic_storage.apply([start, claim], by="test")
    assert lease.until == mosaic_clock.now() + 60_000
    assert await mosaic_storage.apply([Tick()], by="test") == [0]
    mosaic_clock.advance(61)
    assert await mosaic_storage.apply([Tick()], by="test") == [1]


def test_a_clock_stands_still_until_it_is_advanced(mosaic_clock):
    before = mosaic_clock.now()
    assert mosaic_clock.now() == before
    mosaic_clock.advance(1.5)
    assert mosaic_clock.now() == before + 1500
    with pytest.raises(ValueError, match="time does not go back"):
        mosaic_clock.advance(-1)


async def test_a_clock_moves_with_the_mock_clock(mosaic_clock, mock_clock):
    before, woken = mosaic_clock.now(), []

    async def sleep():
        await trio.sleep(60)
        woken.append(mosaic_clock.now())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleep)
        await trio.testing.wait_all_tasks_blocked()
        mosaic_clock.advance(59)
        await trio.testing.wait_all_tasks_blocked()
        assert woken == []
        mosaic_clock.advance(1)
    assert woken == [before + 60_000]


def assignment(task_id="a", workspace=None):
    return Assignment(
        run_id="r",
        spec=TaskSpec(task_id=task_id),
        token=1,
        attempt=1,
        journal=RecordingJournal(),
        workspace=workspace,
    )


async def test_an_agent_does_what_its_script_says(mosaic_agent, tmp_path):
    mosaic_agent.scripts = {
        "good": succeed(number=1),
        "bad": fail("no"),
        "none": skip("why"),
        "broken": crash(KeyError("k")),
        "away": refuse(),
        "twice": (fail("first"), succeed()),
        "loud": say("words"),
        "dear": spend(7, 0.5),
        "file": write("deep/a.txt", "text"),
    }
    run = mosaic_agent.run
    assert await run(assignment("good")) == AgentResult(outcome="succeeded", outputs={"number": 1})
    assert (await run(assignment("bad"))).summary == "no"
    assert (await run(assignment("none"))).outcome == "skipped"
    with pytest.raises(KeyError):
        await run(assignment("broken"))
    with pytest.raises(Unavailable, match="program is not here"):
        await run(assignment("away"))
    assert [(await run(assignment("twice"))).outcome for _ in range(3)] == ["failed", "succeeded", "succeeded"]
    told = assignment("loud")
    assert (await run(told)).outcome == "succeeded"
    assert told.journal.written == b"words"
    told = assignment("dear")
    await run(told)
    assert told.journal.spent == Usage(output_tokens=7, money=0.5)
    await run(assignment("file", PlainWorkspace(tmp_path)))
    assert (tmp_path / "deep" / "a.txt").read_text() == "text"
    with pytest.raises(Unavailable, match="asks for no workspace"):
        await run(assignment("file"))
    assert (await run(assignment("anything"))).outcome == "succeeded"
    assert len(mosaic_agent.attempts("twice")) == 3
    assert (mosaic_agent.running, mosaic_agent.most_at_once) == (0, 1)


async def test_an_agent_writes_only_in_its_workspace(mosaic_agent, tmp_path):
    mosaic_agent.otherwise = write("/etc/passwd", "")
    with pytest.raises(ValueError, match="takes a path in the workspace"):
        await mosaic_agent.run(assignment("a", PlainWorkspace(tmp_path)))


async def test_an_agent_that_hangs_can_be_waited_for(mosaic_agent):
    mosaic_agent.otherwise = hang()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mosaic_agent.run, assignment("a"))
        with trio.fail_after(5):
            await mosaic_agent.wait_begun("a")
        assert mosaic_agent.running == 1
        nursery.cancel_scope.cancel()
    assert mosaic_agent.running == 0


async def test_an_agent_works_in_a_kernel(mosaic_kernel, mosaic_leaks):
    agent = ScriptedAgent({"b": fail("no")}, name="worker", labels=["python"], is_general=False)
    async with mosaic_leaks, mosaic_kernel("memory", "engine", agent.plugin()) as kernel:
        engine = kernel.port("scheduling").get()
        tasks = [TaskSpec(task_id=name, labels=labels) for name, labels in (("a", ["python"]), ("c", ["go"]))]
        await engine.create(RunSpec(run_id="r"), tasks)
        await engine.drive("r")
        states = {one.task_id: one.state.value for one in await kernel.port("storage").get().tasks("r")}
    assert states == {"a": "accepted", "c": "ready"}


async def test_a_provider_is_put_into_a_port(mosaic_kernel):
    class Silent:
        async def observe(self, events):
            return None

    one = Silent()
    async with mosaic_kernel(providing("mine", {("observe", "silent"): one})) as kernel:
        assert kernel.port("observe").names() == ("silent",)
        assert await kernel.port("observe").get("silent").observe(()) is None


def test_a_class_has_the_manifest_of_its_package():
    from mosaic_engine.plugin import EnginePlugin
    from mosaic_memory.plugin import MemoryPlugin

    name, manifest = manifest_of_class(MemoryPlugin)
    assert name == "memory"
    assert [(one.port, one.name) for one in manifest.provides] == [("storage", "memory")]
    assert manifest_of_class(EnginePlugin)[1].needs == ["storage"]
    assert manifest_of_class(GreeterPlugin) == ("greeter", Manifest())

    class TwoWordsPlugin:
        pass

    assert manifest_of_class(TwoWordsPlugin)[0] == "two-words"


def test_a_plugin_that_is_not_installed_is_told():
    from mosaic_testing.manifests import fields_of

    with pytest.raises(NotFound, match="no plugin is named 'nobody'; there are "):
        fields_of("nobody")
