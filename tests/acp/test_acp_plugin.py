"""The plugin: presets are sound, mistakes are told by their place, and without agents nothing happens."""

import json
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from acp_bench import FAKE

from fake_context import FakeContext
from mosaic_acp.agent import AcpAgent
from mosaic_acp.configuration import AgentSettings, Config
from mosaic_acp.plugin import AcpPlugin
from mosaic_acp.presets import launch_of, missing_programs, preset_names
from mosaic_hookspecs import Assignment, InputError, TaskSpec, Unavailable
from mosaic_testing.agents import RecordingJournal, TestAgents, TestContract  # noqa: F401 - collected here

NAMES = ("claude-agent-acp", "codex-acp", "copilot", "gemini", "goose", "opencode", "qwen", "vibe")


@pytest.fixture
def mosaic_provider(tmp_path):
    @asynccontextmanager
    async def opened(directory):
        environment = {"FAKE_LOG": str(tmp_path / "said.jsonl"), "FAKE_STEPS": json.dumps([{"say": "Done."}])}
        settings = AgentSettings(command=(sys.executable, str(FAKE)), environment=environment)
        yield AcpAgent(launch_of("fake", settings), Config(), FakeContext({}, tmp_path / "state"))

    return opened


@pytest.fixture
def mosaic_work():
    return {"description": "Write it."}


def test_every_preset_says_how_to_start_and_get_it():
    assert preset_names() == NAMES
    for name in NAMES:
        launch = launch_of("mine", AgentSettings(preset=name))
        assert launch.command
        assert launch.preset.install
        assert launch.capabilities["terminal"] is True
    assert launch_of("gemini", AgentSettings()).capabilities["fs"] == {
        "readTextFile": False,
        "writeTextFile": False,
    }
    forced = AgentSettings(read_files=True, write_files=True, terminal=False)
    assert launch_of("gemini", forced).capabilities == {
        "fs": {"readTextFile": True, "writeTextFile": True},
        "terminal": False,
    }
    assert not launch_of("copilot", AgentSettings()).preset.lends


def test_settings_stand_over_the_preset():
    settings = AgentSettings(
        preset="opencode",
        command=("npx", "opencode", "acp"),
        environment={"A": "1"},
        inherit=("B",),
        mode="plan",
    )
    launch = launch_of("mine", settings)
    assert launch.command == ("npx", "opencode", "acp")
    assert launch.environment["A"] == "1"
    assert launch.environment["OPENCODE_DISABLE_AUTOUPDATE"] == "1"
    assert launch.inherit[-1] == "B"
    assert "OPENAI_API_KEY" in launch.inherit
    assert launch.mode == "plan"


def test_programs_that_are_not_here_are_named_with_the_cure():
    launches = [launch_of("qwen", AgentSettings(environment={"PATH": "/nowhere"}))]
    assert list(missing_programs(launches)) == [
        "qwen: qwen is not installed: npm install -g @qwen-code/qwen-code."
    ]
    assert list(missing_programs([launch_of("sh", AgentSettings(command=("sh",)))])) == []


@pytest.mark.parametrize(
    ("agents", "code", "where"),
    [
        ({"mine": {}}, "no-command", "plugins.acp.agents.mine"),
        ({"mine": {"preset": "nobody"}}, "no-preset", "plugins.acp.agents.mine.preset"),
        ({"qwen": {"permissions": {"edits": "sometimes"}}}, "bad-config", "edits"),
        ({"qwen": {"limit": {"money": 0}}}, "bad-config", "money"),
        ({"qwen": {"wishes": []}}, "bad-config", "wishes"),
    ],
)
async def test_mistakes_in_the_configuration_name_their_place(tmp_path, agents, code, where):
    from mosaic_kernel import Kernel

    with pytest.raises(InputError) as caught:
        async with Kernel(profile="local", directory=tmp_path, settings={"plugins.acp.agents": agents}):
            pass
    assert caught.value.code == code
    assert where in str(caught.value)


async def test_without_agents_nothing_is_provided():
    class Context:
        config = None

    assert await AcpPlugin().mosaic_provide(Context()) == []


def test_the_plugin_itself_is_light():
    code = (
        "import sys, mosaic_acp.plugin; print([m for m in sys.modules if m in ('yaml', 'mosaic_acp.policy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_what_it_offers_and_what_it_needs(tmp_path):
    context = FakeContext({}, tmp_path)
    agent = AcpAgent(launch_of("qwen", AgentSettings()), Config(), context)
    assert agent.offer.takes("", frozenset({"anything"}))
    narrow = AcpAgent(launch_of("qwen", AgentSettings(labels=("web",))), Config(), context)
    assert narrow.offer.takes("", frozenset({"web"}))
    assert not narrow.offer.takes("", frozenset())

    class OldWorkspace:
        path = tmp_path

    def assignment(workspace):
        spec = TaskSpec(task_id="t")
        journal = RecordingJournal()
        return Assignment(run_id="r", spec=spec, token=1, attempt=1, journal=journal, workspace=workspace)

    with pytest.raises(InputError) as caught:
        await agent.run(assignment(None))
    assert caught.value.code == "no-workspace"
    with pytest.raises(Unavailable) as caught:
        await agent.run(assignment(OldWorkspace()))
    assert caught.value.code == "old-workspace"
