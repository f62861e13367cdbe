"""The plugin in a kernel: agents come from the configuration alone."""

import pytest

from mosaic_headless.plugin import HeadlessPlugin
from mosaic_hookspecs import InputError, NotFound, Unavailable

LOCAL = """
title: Local
argv: [{program}, "{{prompt}}"]
version: [{program}, --version]
stream: {{format: text}}
"""


@pytest.fixture
def program(tmp_path):
    """A program of one's own with its preset."""
    folder = tmp_path / "bin"
    folder.mkdir()
    file = folder / "local-agent"
    script = (
        'if [ "$1" = --version ]; then echo 1.2.3; else printf "%s" "$1" > told.txt; echo "all is done"; fi'
    )
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    (tmp_path / "local.yaml").write_text(LOCAL.format(program="local-agent"))
    return {"PATH": f"{folder}:/usr/bin:/bin"}


async def test_without_configuration_it_has_no_agents_and_looks_at_nothing(mosaic_kernel):
    async with mosaic_kernel(HeadlessPlugin) as kernel:
        assert kernel.port("agents").names() == ()
        found = await kernel.dispatch("headless.presets", {"versions": True})
    assert {view.version for view in found.items} == {""}
    assert [view.program for view in found.items if view.name == "cursor"] == ["cursor-agent"]


async def test_an_agent_of_a_preset_of_ones_own(mosaic_kernel, tmp_path, program):
    agents = {"mine": {"preset": "local", "environment": program}}
    settings = {"plugins.headless.presets": ["local.yaml"], "plugins.headless.agents": agents}
    async with mosaic_kernel(HeadlessPlugin, "workspaces", settings=settings) as kernel:
        assert kernel.port("agents").names() == ("mine",)
        found = await kernel.dispatch("headless.presets", {"versions": True})
        [view] = [view for view in found.items if view.name == "local"]
        assert (view.agents, view.version) == (["mine"], "1.2.3")
        assert view.path == str(tmp_path / "bin" / "local-agent")
        [told] = [view for view in (await kernel.dispatch("headless.presets")).items if view.agents]
        assert told.version == ""


async def test_a_reload_reads_the_presets_anew(mosaic_kernel, tmp_path, program):
    agents = {"mine": {"preset": "local", "environment": program}}
    settings = {"plugins.headless.presets": ["local.yaml"], "plugins.headless.agents": agents}
    async with mosaic_kernel("headless", "control", "workspaces", settings=settings) as kernel:
        (tmp_path / "local.yaml").write_text(LOCAL.format(program="no-such-agent"))
        with pytest.raises(Unavailable, match="headless") as raised:
            await kernel.dispatch("plugins.reload", {"name": "headless"})
        assert "'no-such-agent', which is not on the PATH" in raised.value.got
        (tmp_path / "local.yaml").write_text(LOCAL.format(program="env"))
        await kernel.dispatch("plugins.reload", {"name": "headless"})
        found = await kernel.dispatch("headless.presets", {})
        [view] = [view for view in found.items if view.agents]
        assert view.program == "env"
        assert kernel.port("agents").get("mine").offer.name == "mine"


async def test_doctor_names_the_program_that_is_missing(mosaic_kernel):
    agents = {"mine": {"preset": "cursor", "environment": {"PATH": "/nowhere"}}}
    async with mosaic_kernel(HeadlessPlugin, "control", settings={"plugins.headless.agents": agents}) as kernel:
        found = await kernel.dispatch("doctor.check", {})
    assert "the agent 'mine' needs the program 'cursor-agent'" in str(found)


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"agents": {"mine": {"preset": "claud"}}}, NotFound, "plugins.headless.agents.mine.preset"),
        ({"agents": {"mine": {"preset": "bad"}}, "presets": ["bad.yaml"]}, InputError, "bad.yaml:2:1"),
        ({"agents": {"mine": {"preset": "claude", "turns": 0}}}, InputError, "turns"),
        ({"agents": {"mine": {"preset": "claude", "modle": "x"}}}, InputError, "modle"),
    ],
)
async def test_a_wrong_configuration_is_told_at_the_start(mosaic_kernel, tmp_path, settings, kind, words):
    (tmp_path / "bad.yaml").write_text("title: Bad\nargf: [x]\n")
    settings = {f"plugins.headless.{key}": value for key, value in settings.items()}
    with pytest.raises(kind) as raised:
        async with mosaic_kernel(HeadlessPlugin, settings=settings):
            pass
    assert words in str(raised.value)
