"""A repository does not configure the agents that work in it over ACP."""

import os

import pytest
import trio
from acp_real import git, make_plan, serving, settings_of
from hostile_repository import plant
from scripted_hands import write_file
from scripted_model import say, scripted_model

from mosaic_acp.configuration import AgentSettings
try:
    from mosaic_acp.obedience import require_harmless
except ImportError: require_harmless=None
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


async def test_what_the_preset_says_of_a_session_is_sent_with_it(place):
    def opened():
        [params] = place.asked("session/new")
        return params

    await place.attempt({"say": "Done."}, session={"claudeCode": {"options": {"settingSources": []}}})
    assert opened()["_meta"] == {"claudeCode": {"options": {"settingSources": []}}}
    place.log.unlink()
    await place.attempt({"say": "Done."})
    assert "_meta" not in opened(), "the program of no preset is told nothing"


def _script(turn):
    if not turn.tools:
        return say("A title")
    return say("done") if turn.results else write_file(turn, "greeting-1.txt", "hello")


async def _driven(bench, name, traces, endpoint):
    plant(bench.repository, traces, endpoint)
    git(bench.repository, "add", "-f", ".")
    git(bench.repository, "commit", "-qm", "hostile")
    with trio.fail_after(120):
        view = await bench.drive(make_plan(name))
    return view, (await bench.show(view, 1))[0]


async def test_a_real_agent_leaves_a_hostile_repository_alone(tmp_path):
    name = "claude-agent-acp"
    traces = tmp_path / "traces"
    traces.mkdir()
    async with scripted_model(_script) as model, scripted_model(_script) as other:
        async with serving(tmp_path, {name: settings_of(name, model.url)}) as bench:
            view, detail = await _driven(bench, name, traces, other.url)
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
