"""A repository does not configure the agents that work in it over ACP."""

import os

import pytest
import trio
from acp_real import git, make_plan, serving, settings_of
from hostile_repository import plant
from scripted_hands import write_file
from scripted_model import say, scripted_model

from mosaic_acp.configuration import AgentSettings
from mosaic_acp.obedience import require_harmless
from mosaic_acp.presets import launch_of
from mosaic_hookspecs import Refused

MULTIPLIER = float(os.environ.get("MOSAIC_CHAOS", "1"))
chaos = pytest.mark.skipif(MULTIPLIER <= 1, reason="slow; tox -e chaos runs it")
OBEDIENT = ["codex-acp", "copilot", "gemini", "opencode", "qwen", "vibe"]


@pytest.mark.parametrize("name", OBEDIENT)
def test_what_a_program_would_obey_keeps_it_from_starting(name, tmp_path):
    launch = launch_of("me", AgentSettings(preset=name))
    assert launch.preset.obeys
    trusting = launch_of("me", AgentSettings(preset=name, trusts_repository=True))
    for number, path in enumerate(launch.preset.obeys):
        place = tmp_path / str(number)
        file = place / path
        file.parent.mkdir(parents=True)
        require_harmless(launch, place)
        file.symlink_to("/nowhere")
        with pytest.raises(Refused) as raised:
            require_harmless(launch, place)
        assert (raised.value.code, raised.value.where) == ("repository-configuration", path)
        assert "plugins.acp.agents.me.trusts_repository" in raised.value.hint
        require_harmless(trusting, place)


async def test_the_adapter_of_claude_is_told_with_every_session_that_it_opens(place):
    told = {"claudeCode": {"options": {"settingSources": [], "extraArgs": {"strict-mcp-config": None}}}}
    mode = {"category": "mode", "type": "select", "id": "mode", "options": [{"value": "default"}]}
    able = {"agentCapabilities": {"loadSession": True}, "session": {"configOptions": [mode]}}
    for _ in range(2):
        await place.attempt({"say": "Done."}, preset="claude-agent-acp", hello=able, resume=True)
    [opened], [again] = place.asked("session/new"), place.asked("session/load")
    assert opened["_meta"] == again["_meta"] == told


async def test_an_agent_of_no_preset_is_told_nothing_beside_the_protocol(place):
    await place.attempt({"say": "Done."})
    [opened] = place.asked("session/new")
    assert "_meta" not in opened


async def test_nothing_is_started_or_lent_then(place):
    with pytest.raises(Refused, match="repository-configuration"):
        await place.attempt({"say": "Done."}, preset="codex-acp", files={".codex/config.toml": "x = 1"})
    assert not place.log.exists()
    assert place.context.asked == []


def _script(turn):
    if not turn.tools:
        return say("A title")
    return say("done") if turn.results else write_file(turn, "greeting-1.txt", "hello")


async def _driven(bench, name, traces, endpoint, *, without=()):
    plant(bench.repository, traces, endpoint)
    for path in without:
        git(bench.repository, "clean", "-fdxq", "--", path)
    git(bench.repository, "add", "-f", ".")
    git(bench.repository, "commit", "-qm", "hostile")
    with trio.fail_after(120):
        view = await bench.drive(make_plan(name))
    return view, (await bench.show(view, 1))[0]


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("claude-agent-acp", ()),
        pytest.param("codex-acp", (".codex",), marks=chaos),
        pytest.param("opencode", (".opencode", "opencode.json"), marks=chaos),
    ],
)
async def test_a_real_agent_leaves_a_hostile_repository_alone(name, without, tmp_path):
    """All of it, or what is there besides the files that keep it from starting."""
    traces = tmp_path / "traces"
    traces.mkdir()
    async with scripted_model(_script) as model, scripted_model(_script) as other:
        async with serving(tmp_path, {name: settings_of(name, model.url)}) as bench:
            view, detail = await _driven(bench, name, traces, other.url, without=without)
        assert (other.requests, other.others) == ([], []), "its key went elsewhere"
    assert [path.name for path in traces.iterdir()] == []
    assert view.result == "accepted", detail.attempts


@pytest.mark.parametrize("name", ["codex-acp", "opencode"])
async def test_one_that_obeys_is_not_started_in_a_hostile_repository(name, tmp_path):
    traces = tmp_path / "traces"
    traces.mkdir()
    async with (
        scripted_model(_script) as model,
        serving(tmp_path, {name: settings_of(name, model.url)}) as bench,
    ):
        view, detail = await _driven(bench, name, traces, model.url)
    assert [path.name for path in traces.iterdir()] == []
    assert view.result != "accepted"
    assert all("repository-configuration" in one.reason for one in detail.attempts), detail.attempts
    assert model.requests == []
