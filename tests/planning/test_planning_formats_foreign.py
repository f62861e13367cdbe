"""Documents of other tools: what is read from them, and what goes back."""

import json
import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import Plan, PlanNode, topological_order
from mosaic_upp.formats import FORMATS, recognise
from mosaic_upp.formats.tree_builder import Item, build_tree
from mosaic_upp.lint import Linter

WORKFLOWS = Path(__file__).parents[3] / "shared" / "fixtures" / "wfformat"


def read(name, text):
    assert recognise(text, "file") is FORMATS[name]
    return FORMATS[name].read(text, "file")


def by_origin(plan):
    return {node.origin: node for node in plan.nodes if node.origin}


def structural(plan):
    return [finding for finding in Linter().check(plan) if finding.code < "UPP105"]


TASKS = [
    {
        "id": 1,
        "title": "Set up",
        "description": "Make the repository.",
        "details": "Use git.\n\nAnd tox.",
        "testStrategy": "tox passes",
        "status": "done",
        "priority": "high",
        "dependencies": [],
        "subtasks": [
            {"id": 1, "title": "git", "dependencies": []},
            {"id": 2, "title": "tox", "dependencies": [1], "status": "in-progress"},
        ],
    },
    {
        "id": 2,
        "title": "Model",
        "dependencies": [1],
        "subtasks": [{"id": 1, "title": "fields", "dependencies": ["1.2"]}],
    },
    {"id": 3, "title": "Page", "dependencies": [2, "9"]},
]


@pytest.mark.parametrize("document", [{"tasks": TASKS}, {"master": {"tasks": TASKS}}, {"x": {"tasks": TASKS}}])
def test_task_master_is_read_tagged_and_legacy(document):
    nodes = by_origin(read("taskmaster", json.dumps(document)))
    assert (
        nodes["1"].description
        == "Make the repository.\n\nDetails:\nUse git.\n\nAnd tox.\n\nTest strategy:\ntox passes"
    )
    assert (nodes["1"].done, nodes["1"].work) == (True, {"priority": "high"})
    assert nodes["1.2"].parent_id == nodes["1"].node_id
    assert nodes["1.2"].depends_on == (nodes["1.1"].node_id,)
    assert nodes["1.2"].work == {"status": "in-progress"}
    assert nodes["2.1"].depends_on == (nodes["1.2"].node_id,)
    assert nodes["3"].depends_on == (nodes["2"].node_id, "9")


def test_task_master_goes_back_as_it_came():
    plan = read("taskmaster", json.dumps({"master": {"tasks": TASKS}}))
    written = json.loads(FORMATS["taskmaster"].write(plan))["master"]["tasks"]
    for task, original in zip(written, TASKS, strict=True):
        for key in ("id", "title", "description", "details", "testStrategy", "status", "priority"):
            assert original.get(key, task[key]) == task[key]
        assert [sub["title"] for sub in task["subtasks"]] == [
            sub["title"] for sub in original.get("subtasks", [])
        ]
    assert written[0]["subtasks"][1]["dependencies"] == [1]
    assert written[1]["subtasks"][0]["dependencies"] == ["1.2"]
    assert [task["dependencies"] for task in written] == [[], [1], [2]]


def test_a_plan_becomes_two_levels_for_task_master():
    plan = Plan(
        title="t",
        nodes=(
            PlanNode(node_id="E.001", title="e"),
            PlanNode(node_id="F.001.01", title="a"),
            PlanNode(node_id="S.001.01.01", title="a1"),
            PlanNode(node_id="F.001.02", title="b", depends_on=("F.001.01",)),
            PlanNode(node_id="S.001.02.01", title="b1"),
            PlanNode(node_id="T.001.02.01.01", title="b11"),
            PlanNode(node_id="T.001.02.01.02", title="b12", depends_on=("T.001.02.01.01", "F.001.01")),
        ),
    )
    tasks = json.loads(FORMATS["taskmaster"].write(plan))["master"]["tasks"]
    assert [(task["title"], task["dependencies"]) for task in tasks] == [("a", []), ("b1", [1])]
    assert [sub["dependencies"] for sub in tasks[1]["subtasks"]] == [[], [1]]


def edge(own, other, kind):
    return {"issue_id": own, "depends_on_id": other, "type": kind}


ISSUES = [
    {"id": "bd-1", "title": "Shop", "issue_type": "epic"},
    {"id": "bd-1.1", "title": "Cart", "priority": 0, "estimated_minutes": 20, "labels": ["web"]},
    {
        "id": "bd-7",
        "title": "Till",
        "status": "closed",
        "description": "d",
        "acceptance_criteria": "ok",
        "dependencies": [
            edge("bd-7", "bd-1", "parent-child"),
            edge("bd-7", "bd-1.1", "blocks"),
            edge("bd-7", "bd-1", "discovered-from"),
        ],
    },
    {"id": "bd-8", "title": "gone", "status": "tombstone"},
]


def test_beads_are_read_and_go_back():
    plan = read("beads", "\n".join(json.dumps(issue) for issue in ISSUES) + "\n")
    assert [(node.node_id, node.origin, node.line) for node in plan.nodes] == [
        ("E.001", "bd-1", 1),
        ("F.001.01", "bd-1.1", 2),
        ("F.001.02", "bd-7", 3),
    ]
    cart, till = plan.nodes[1:]
    assert (cart.minutes, cart.labels, cart.work["labels"], cart.work["priority"]) == (20, (), ["web"], 0)
    assert (till.done, till.depends_on) == (True, ("F.001.01",))
    assert till.description == "d\n\nAcceptance criteria:\nok"
    written = FORMATS["beads"].write(plan)
    again = FORMATS["beads"].read(written, "file")
    assert again.nodes == plan.nodes
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["id"] for line in lines] == ["bd-1", "bd-1.1", "bd-7"]
    assert {(e["depends_on_id"], e["type"]) for e in lines[2]["dependencies"]} == {
        ("bd-1", "parent-child"),
        ("bd-1.1", "blocks"),
    }


LIST = """# Trip

## Pack
- [ ] Clothes [20 min]
  - [x] Socks (5 min)
  - [ ] Shirts (depends on: Socks)
- [ ] Books

## Go
| # | Task | Estimate | Depends |
|---|:-----|---------:|---------|
| 1 | Drive | 1 h | Books |
| 2 | **Arrive** | 10 | 1 |

## Nothing to do here
"""


def test_checklists_and_tables_are_read_and_go_back():
    plan = read("checklist", LIST)
    shape = [(node.node_id, node.title, node.minutes, node.done, node.depends_on) for node in plan.nodes]
    assert shape == [
        ("E.001", "Trip", None, False, ()),
        ("F.001.01", "Pack", None, False, ()),
        ("S.001.01.01", "Clothes", 20, False, ()),
        ("T.001.01.01.01", "Socks", 5, True, ()),
        ("T.001.01.01.02", "Shirts", None, False, ("T.001.01.01.01",)),
        ("S.001.01.02", "Books", None, False, ()),
        ("F.001.02", "Go", None, False, ()),
        ("S.001.02.01", "Drive", 60, False, ("S.001.01.02",)),
        ("S.001.02.02", "Arrive", 10, False, ("S.001.02.01",)),
    ]
    assert [node.line for node in plan.nodes] == [1, 3, 4, 5, 6, 7, 9, 12, 13]
    again = read("checklist", FORMATS["checklist"].write(plan))
    assert [
        (node.node_id, node.title, node.minutes, node.done, node.depends_on) for node in again.nodes
    ] == shape


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_workflows_keep_their_tasks_and_their_order(path):
    text = path.read_text()
    workflow = json.loads(text)["workflow"]
    tasks = {task["id"]: task for task in workflow["specification"]["tasks"]}
    recorded = {task["id"]: task for task in workflow["execution"]["tasks"]}
    plan = read("wfformat", text)
    nodes = by_origin(plan)
    assert set(nodes) == set(tasks)
    assert {node.node_id for node in plan.leaves()} == {node.node_id for node in nodes.values()}
    for name, node in nodes.items():
        assert set(node.depends_on) == {nodes[parent].node_id for parent in tasks[name]["parents"]}
        assert (node.runtime, node.work) == ("command", {"run": "true"})
        program = recorded[name]["command"]["program"]
        assert node.description.startswith(f"Recorded command: {program}")
        assert node.minutes == max(1, math.ceil(recorded[name]["runtimeInSeconds"] / 60))
    assert not [finding for finding in Linter().check(plan) if finding.severity.value == "error"]
    again = FORMATS["wfformat"].read(FORMATS["wfformat"].write(plan), "")
    assert len(again.leaves()) == len(tasks)
    assert sum(len(node.depends_on) for node in again.nodes) == sum(len(t["parents"]) for t in tasks.values())


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 3000))
def test_any_number_of_items_gets_a_well_formed_tree(count):
    items = [Item(title=str(n), origin=str(n), depends_on=(str(n - 1),) if n else ()) for n in range(count)]
    plan = Plan(title="t", nodes=tuple(build_tree("t", items, "file")))
    assert not structural(plan)
    widths = Counter(node.parent_id for node in plan.nodes if node.parent_id)
    assert max(widths.values()) <= 7
    assert count == 1 or min(widths.values()) >= 2
    leaves = [node for node in plan.leaves() if node.origin]
    assert [node.origin for node in leaves] == [str(n) for n in range(count)]
    graph = {node.node_id: node.depends_on for node in plan.nodes}
    assert len(topological_order(graph)) == len(graph)
