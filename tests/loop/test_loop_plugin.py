"""The plugin in a kernel: what is configured is there; without configuration it does nothing."""

import subprocess
import sys

import pytest

from mosaic_hookspecs import InputError


async def test_each_agent_is_a_provider(mosaic_kernel, mosaic_leaks):
    settings = {"plugins.loop.agents": {"fast": {"model": "it"}, "web": {"model": "it", "labels": ["web"]}}}
    async with mosaic_kernel("loop", settings=settings) as kernel:
        port = kernel.port("agents")
        assert set(port.names()) == {"fast", "web", "check:review"}
        assert port.get("web").offer.labels == {"web"}
    assert not mosaic_kernel.log.complaints


async def test_without_configuration_there_is_the_check_alone(mosaic_kernel, mosaic_leaks):
    async with mosaic_kernel("loop") as kernel:
        assert kernel.port("agents").names() == ("check:review",)


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        ({"check:evil": {"model": "it"}}, "expected a name without :"),
        ({"fast": {}}, "model"),
        ({"fast": {"model": "it", "max_turns": 0}}, "'max_turns' must be >= 1"),
        ({"fast": {"model": "it", "context_bytes": 5}}, "'context_bytes' must be >= 1024"),
        ({"fast": {"model": "it", "turns": 5}}, "turns"),
    ],
)
async def test_what_makes_no_sense_is_refused(mosaic_kernel, agents, words):
    with pytest.raises(InputError) as caught:
        async with mosaic_kernel("loop", settings={"plugins.loop.agents": agents}):
            pass
    assert words in str(caught.value)


@pytest.mark.parametrize(("model", "state"), [("it", "well"), ("other", "ill")])
async def test_health_says_whose_model_is_not_there(mosaic_kernel, model, state):
    settings = {
        "plugins.models.endpoints": {"it": {"kind": "openai", "model": "m"}},
        "plugins.loop.agents": {"fast": {"model": model}},
        "plugins.loop.reviewers": {"careful": {"model": "it"}},
    }
    async with mosaic_kernel("loop", "models", settings=settings) as kernel:
        report = await kernel.dispatch("doctor.check", {})
    [told] = [check for check in report.checks if check.name.endswith("loop")]
    assert (told.state, "fast: there is no model 'other'" in told.detail) == (state, state == "ill")


def test_the_plugin_loads_no_tools():
    code = "import sys, mosaic_loop.plugin; print([one for one in sys.modules if one[:11] == 'mosaic_loop'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['mosaic_loop', 'mosaic_loop.configuration', 'mosaic_loop.plugin']"
