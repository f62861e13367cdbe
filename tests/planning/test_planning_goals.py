"""Goals in a sentence, archetypes, services, compiled tasks, and the sources of runs."""

import json
from pathlib import Path

import pytest

from mosaic_hookspecs import InputError, Plan, PlanNode, PlanRequest, RunRequest, Unavailable
from mosaic_hookspecs.blueprint import WORK_KINDS, Blueprint
from mosaic_testing.planning_laws import GOAL, require_sound
from mosaic_upp.archetypes.goal import read_goal
from mosaic_upp.compile import compile_plan
from mosaic_upp.desk import Desk
from mosaic_upp.formats import FORMATS
from mosaic_upp.keeping import Keeping
from mosaic_upp.lint import Linter
from mosaic_upp.planner.rules import RulesPlanner
from mosaic_upp.sources import DocumentSource, GoalSource, PlanSource

PRD = Path(__file__).parents[2] / "examples" / "bookshop" / "PRD.md"


async def plan_of(goal, **more):
    return await RulesPlanner(Linter()).plan(PlanRequest(goal=goal, **more))


async def test_the_bookshop_is_understood():
    plan = await plan_of(GOAL)
    require_sound(plan)
    blueprint = Blueprint.from_data(plan.blueprint)
    assert blueprint.package == "bookshop"
    assert [entity.name for entity in blueprint.entities] == ["Author", "Book", "Order"]
    assert {field.name for field in blueprint.entities[1].fields} >= {"title", "isbn", "price", "author_id"}
    assert len(blueprint.endpoints) == 15
    assert 25 <= len(plan.leaves()) <= 40
    assert {leaf.work["kind"] for leaf in plan.leaves()} == set(WORK_KINDS)
    assert all(leaf.labels == (leaf.work["kind"],) for leaf in plan.leaves())
    guesses = {guess.text for leaf in plan.leaves() for guess in leaf.assumptions}
    assert "Book refers to one Author" in guesses
    again = FORMATS["json"].read(FORMATS["json"].write(plan), "plan.json")
    assert again.to_data() == plan.to_data()


async def test_our_own_document_needs_no_agent():
    plan = await RulesPlanner(Linter()).plan(PlanRequest(text=PRD.read_text(), source="PRD.md"))
    require_sound(plan)
    assert {leaf.work["kind"] for leaf in plan.leaves()} == set(WORK_KINDS)
    assert all(requirement.span for requirement in plan.requirements)


async def test_what_a_service_lacks_waits_for_an_agent():
    text = PRD.read_text().replace("## 5. Non", "## 5. Pages\n\n- Login page with a password\n\n## 5. Non")
    plan = await RulesPlanner(Linter()).plan(PlanRequest(text=text, source="PRD.md"))
    require_sound(plan)
    general = [leaf for leaf in plan.leaves() if leaf.work["kind"] == "general"]
    assert any("Login page" in leaf.title for leaf in general)
    assert not any(leaf.labels or leaf.runtime for leaf in general)


@pytest.mark.parametrize(
    ("goal", "archetype", "nouns"),
    [
        ("Create a REST service for a zoo with animals and keepers", "rest-api", ["Animal", "Keeper"]),
        ("Write a command-line tool that renames photos", "command-line", None),
        ("Build a Python library for parsing invoices", "library", None),
        ("Make a web app to track habits", "web-application", ["Habit"]),
        ("An ETL pipeline for sensor readings", "data-pipeline", None),
        ("Build a todo app", "web-application", ["Todo"]),
        ("Build an API for a blog", "rest-api", ["Author", "Post", "Comment"]),
    ],
)
async def test_archetypes_are_chosen_by_words(goal, archetype, nouns):
    read = read_goal(goal)
    assert read.archetype.name == archetype
    assert nouns is None or list(read.nouns) == nouns
    require_sound(await plan_of(goal))


@pytest.mark.parametrize(
    "goal", ["", " ", "x", "do stuff", "build an app", "make something nice", "???", "api", "a" * 3000]
)
async def test_a_goal_that_says_nothing_is_refused(goal):
    with pytest.raises(InputError) as refused:
        await plan_of(goal)
    assert refused.value.hint
    assert refused.value.where


@pytest.mark.parametrize("goal", [GOAL + " in Go", GOAL + " with Node.js", GOAL + " using Django"])
async def test_another_stack_is_not_scaffolded(goal):
    plan = await plan_of(goal)
    require_sound(plan)
    assert not plan.blueprint


async def test_an_existing_repository_decides_the_checks(tmp_path):
    (tmp_path / "go.mod").write_text("module x\n")
    (tmp_path / "Makefile").write_text("test:\n\tgo test ./...\n")
    plan = await plan_of(GOAL, repository=str(tmp_path))
    require_sound(plan)
    assert not plan.blueprint


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 9000])
async def test_what_names_no_directory_is_a_new_one(name):
    require_sound(await plan_of(GOAL, repository=name))


async def test_dependencies_on_inner_nodes_become_edges_between_leaves():
    plan = await plan_of(GOAL)
    tasks = {task.task_id: task for task in compile_plan(plan, workspace="git")}
    assert set(tasks) == {leaf.node_id for leaf in plan.leaves()}
    nodes = [PlanNode(node_id="E.001", title="e")]
    for feature in ("01", "02"):
        nodes.append(
            PlanNode(
                node_id=f"F.001.{feature}", title=feature, depends_on=("F.001.01",) if feature == "02" else ()
            )
        )
        nodes += [
            PlanNode(node_id=f"S.001.{feature}.01", title="a"),
            PlanNode(node_id=f"S.001.{feature}.02", title="b", depends_on=(f"S.001.{feature}.01",)),
        ]
    small = {
        task.task_id: [need.task_id for need in task.needs]
        for task in compile_plan(Plan(title="p", nodes=nodes), workspace="")
    }
    assert small == {
        "S.001.01.01": [],
        "S.001.01.02": ["S.001.01.01"],
        "S.001.02.01": ["S.001.01.02"],
        "S.001.02.02": ["S.001.02.01"],
    }


def _sources(base):
    class NoPort:
        def port(self, name):
            raise Unavailable("empty-port", "nothing is here")

    linter, desk, keeping = Linter(), Desk(NoPort()), Keeping(NoPort())
    planner = RulesPlanner(linter)
    reads = (
        (DocumentSource, desk.read_tree),
        (GoalSource, desk.read_if_known),
        (PlanSource, desk.read_if_known),
    )
    return [kind(planner, linter, read, base, keeping) for kind, read in reads]


async def test_each_target_has_one_source(tmp_path):
    plan = await plan_of(GOAL)
    requests = {
        "prd": RunRequest(target="PRD.md", text=PRD.read_text()),
        "goal": RunRequest(goal=GOAL),
        "plan": RunRequest(target="plan.json", text=json.dumps(plan.to_data())),
    }
    for name, request in requests.items():
        [source] = [each for each in _sources(tmp_path) if each.recognises(request)]
        assert source.name == name
        run, tasks = await source.compile(request, "r1")
        assert run.settings["workspace"] == "git"
        assert run.settings["repository"] == str(tmp_path / "bookshop")
        assert run.settings["create"] is True
        assert all(task.workspace == "git" and task.checks and task.retry.attempts == 2 for task in tasks)


async def test_a_second_run_does_not_meet_the_first(tmp_path):
    (tmp_path / "bookshop").mkdir()
    (tmp_path / "bookshop" / "file").touch()
    run, _ = await _sources(tmp_path)[1].compile(RunRequest(goal=GOAL), "r1")
    assert run.settings["repository"] == str(tmp_path / "bookshop-2")


async def test_general_work_says_what_is_asked(tmp_path):
    request = RunRequest(target="p.md", text="## Features\n\n- Users can fly\n- Users can land\n")
    _, tasks = await _sources(tmp_path)[0].compile(request, "r1")
    work = next(task.work for task in tasks if "fly" in task.title)
    assert work["kind"] == "general"
    assert work["requirements"][0]["lines"] == [3, 3]
    assert work["acceptance"]


@pytest.mark.parametrize(
    ("target", "text"), [("x.json", "{}"), ("x.json", "[" * 5000), ("x.json", '{"mosaic_plan": 1, "what": 2}')]
)
async def test_bad_plan_files_are_located(tmp_path, target, text):
    with pytest.raises(InputError) as refused:
        await _sources(tmp_path)[2].compile(RunRequest(target=target, text=text), "r1")
    assert refused.value.where


async def test_a_plan_that_fails_a_gate_does_not_run(tmp_path):
    data = (await plan_of(GOAL)).to_data()
    leaf = next(node for node in data["nodes"] if node.get("checks"))
    del leaf["checks"]
    with pytest.raises(InputError, match="gate") as refused:
        await _sources(tmp_path)[2].compile(RunRequest(target="p.json", text=json.dumps(data)), "r1")
    assert "UPP401" in refused.value.got
