from __future__ import annotations

import attrs
import pytest
from engine_fakes import World, task

from mosaic_engine.plugin import EnginePlugin
from mosaic_hookspecs import Budget, InputError, Refused, RunSpec, Unavailable


@attrs.define
class Source:
    """Reads targets with one suffix."""

    name: str
    suffix: str
    tasks: tuple = ()
    asked: list = attrs.field(factory=list)

    def recognises(self, request):
        return request.target.endswith(self.suffix) if self.suffix else bool(request.goal)

    async def compile(self, request, run_id):
        self.asked.append(request)
        return RunSpec(run_id=run_id, title="made", settings=dict(request.settings)), self.tasks


def world_with(tmp_path, *sources):
    world = World(tmp_path)
    for source in sources:
        world.context.port("planning").providers[f"source:{source.name}"] = source
    world.context.port("planning").providers["rules"] = object()
    return world


async def test_the_source_that_recognises_the_target_makes_the_run(tmp_path):
    yaml = Source("workflow", ".yaml", (task("a", check="unit"), task("b", "a")))
    world = world_with(tmp_path, yaml, Source("goal", ""))
    view = await world.ask(
        "run.create",
        target="x.yaml",
        text="jobs:",
        inputs={"n": 1},
        settings={"repository": "shop"},
        project="shop",
        budget=Budget(tokens=9),
    )
    assert (view.title, view.project, view.total, view.budget.tokens) == ("made", "shop", 2, 9)
    assert view.result == "running"
    assert yaml.asked[0].inputs == {"n": 1}
    assert view.settings == {"repository": "shop", "branch": f"mosaic/{view.run_id}"}
    assert world.provider.prepared == [view.run_id]
    assert view.sequence == await world.storage.head()
    assert (await world.drive(view.run_id)).result == "accepted"


async def test_a_goal_is_told_to_every_agent(tmp_path):
    world = world_with(tmp_path, Source("goal", "", (task("a"),)))
    view = await world.ask("run.create", goal="Build a shop")
    await world.drive(view.run_id)
    assert world.agent.seen[0].goal == "Build a shop"


async def test_nothing_that_recognises_it_lists_the_kinds(tmp_path):
    world = world_with(tmp_path, Source("workflow", ".yaml"), Source("plan", ".json"))
    with pytest.raises(InputError) as caught:
        await world.ask("run.create", target="x.docx")
    assert caught.value.code == "unknown-target"
    assert "plan, workflow" in caught.value.expected
    assert await world.storage.head() == 0


async def test_two_that_recognise_it_are_ambiguous(tmp_path):
    world = world_with(tmp_path, Source("one", ".md"), Source("two", ".md"))
    with pytest.raises(InputError) as caught:
        await world.ask("run.create", target="x.md")
    assert caught.value.code == "ambiguous-target"
    assert caught.value.got == "one, two"


@pytest.mark.parametrize("run_id", ["../x", ".hidden", "a b", "x" * 65, "a/b", "ü"])
async def test_a_run_cannot_be_named_anything(tmp_path, run_id):
    world = world_with(tmp_path, Source("goal", ""))
    with pytest.raises(InputError, match="cannot be named so"):
        await world.ask("run.create", goal="x", run_id=run_id)


async def test_checks_need_a_workspace(tmp_path):
    world = world_with(tmp_path, Source("goal", "", (task("a", check="unit", workspace=""),)))
    with pytest.raises(InputError, match="no workspace for them"):
        await world.ask("run.create", goal="x")


async def test_a_workspace_that_is_not_here_is_named(tmp_path):
    world = world_with(tmp_path, Source("goal", "", (task("a", workspace="cloud"),)))
    with pytest.raises(Unavailable, match="'cloud'"):
        await world.ask("run.create", goal="x")


async def test_a_name_is_taken_once(tmp_path):
    world = world_with(tmp_path, Source("goal", "", (task("a"),)))
    await world.ask("run.create", goal="x", run_id="mine")
    with pytest.raises(InputError, match="exists already"):
        await world.ask("run.create", goal="x", run_id="mine")


async def test_an_empty_run_is_finished_at_once(tmp_path):
    world = world_with(tmp_path, Source("goal", ""))
    view = await world.ask("run.create", goal="x")
    assert (view.result, view.total) == ("accepted", 0)


async def test_who_ordered_it_is_in_the_log(tmp_path):
    world = world_with(tmp_path, Source("goal", "", (task("a"),)))
    view = await world.ask("run.create", goal="x")
    await world.ask("run.pause", run_id=view.run_id)
    events = await world.storage.events(run_id=view.run_id)
    assert {event.by for event in events} == {"tester"}
    with pytest.raises(Refused):
        await world.ask("run.pause", run_id=view.run_id)


async def test_the_plugin_provides_the_port_and_declares_the_operations(tmp_path):
    world = World(tmp_path)
    plugin = EnginePlugin()
    provisions = await plugin.mosaic_provide(world.context)
    assert [(one.port, one.name) for one in provisions] == [("scheduling", "engine")]
    names = [one.name for one in plugin.mosaic_operations(world.context)]
    assert len(names) == len(set(names)) == 24
    await plugin.mosaic_drain(world.context)
    await world.start(task("a"))
    await provisions[0].provider.drive("r")
    assert await world.state("a") == "ready"
