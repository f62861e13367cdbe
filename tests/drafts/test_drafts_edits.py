"""Each kind of edit does what it says, or is refused with words and place."""

from __future__ import annotations

import pytest
import trio
from drafting import features, leaf, small

from mosaic_drafts.editing import edited
from mosaic_drafts.edits import Edit
from mosaic_hookspecs import Check, InputError, NotFound, PlanNode, Refused
from mosaic_upp.lint import Linter


async def repair(plan):
    return Linter().fix(plan)


def do(plan, *edits):
    return trio.run(edited, plan, [Edit(**one) for one in edits], repair)


def shape(plan):
    return {node.node_id: (node.title, *node.depends_on) for node in plan.nodes}


def test_words_figures_and_lists():
    done = do(
        features(),
        {"kind": "rename", "node": "F.001.01", "title": " First "},
        {"kind": "rename", "title": "Other"},
        {"kind": "describe", "node": "F.001.01", "text": "Long"},
        {"kind": "set_minutes", "node": "F.001.01", "minutes": 5},
        {"kind": "set_minutes", "node": "F.001.02"},
        {"kind": "set_labels", "node": "F.001.01", "labels": ["python", "python"]},
        {"kind": "set_runtime", "node": "F.001.01", "runtime": "command"},
        {"kind": "set_serves", "node": "F.001.01", "serves": []},
        {"kind": "set_checks", "node": "F.001.01", "checks": ["pytest", "pytest -q"]},
    )
    node = done.plan.nodes[1]
    assert (done.plan.title, node.title, node.description, node.minutes) == ("Other", "First", "Long", 5)
    assert (node.labels, node.runtime, node.serves) == (("python",), "command", ())
    assert node.checks == (
        Check(name="pytest", parameters={"run": "pytest"}),
        Check(name="pytest -q", parameters={"run": "pytest -q"}),
    )
    assert done.plan.nodes[2].minutes is None
    assert done.words == "rename “One” to “First”, and 8 more"
    assert (done.renumbered, done.added) == ({}, [])


def test_a_check_that_is_more_than_a_command_is_kept_by_its_name():
    served = Check(name="it answers", uses="http", parameters={"path": "/"}, timeout_seconds=5.0)
    plan = small(leaf("E.001", "One", checks=(served,)))
    done = do(plan, {"kind": "set_checks", "node": "E.001", "checks": ["it answers", "make test"]})
    assert [check.uses for check in done.plan.nodes[0].checks] == ["http", "command"]
    assert done.plan.nodes[0].checks[0] == served


def test_dependencies_even_a_cycle():
    done = do(
        features(),
        {"kind": "add_dependency", "node": "F.001.01", "on": "F.001.03"},
        {"kind": "remove_dependency", "node": "F.001.02", "on": "F.001.01"},
    )
    assert shape(done.plan)["F.001.01"] == ("One", "F.001.03")
    assert shape(done.plan)["F.001.02"] == ("Two",)
    again = do(done.plan, {"kind": "add_dependency", "node": "F.001.02", "on": "F.001.01"})
    assert "UPP102" in {finding.code for finding in Linter().check(again.plan)}


def test_added_in_the_middle_those_behind_are_renumbered_and_still_meant():
    done = do(features(), {"kind": "add_node", "parent": "E.001", "position": 1, "title": "New", "minutes": 9})
    assert shape(done.plan) == {
        "E.001": ("All",),
        "F.001.01": ("One",),
        "F.001.02": ("New",),
        "F.001.03": ("Two", "F.001.01"),
        "F.001.04": ("Three", "F.001.03"),
    }
    assert done.renumbered == {"F.001.02": "F.001.03", "F.001.03": "F.001.04"}
    assert done.added == ["F.001.02"]


def test_an_epic_is_added_and_a_child_of_it_in_one_go():
    done = do(
        features(),
        {"kind": "add_node", "title": "Second"},
        {"kind": "add_node", "title": "Below", "parent": "E.002"},
    )
    assert done.added == ["E.002", "F.002.01"]


def test_removed_who_waited_waits_for_what_it_waited_for():
    done = do(features(), {"kind": "remove_node", "node": "F.001.02"})
    assert shape(done.plan) == {
        "E.001": ("All",),
        "F.001.01": ("One",),
        "F.001.02": ("Three", "F.001.01"),
    }
    assert done.renumbered == {"F.001.03": "F.001.02"}


def test_removed_nobody_comes_to_wait_for_itself_or_for_what_it_is_part_of():
    plan = small(
        PlanNode(node_id="E.001", title="All"),
        leaf("F.001.01", "One"),
        leaf("S.001.01.01", "Story", "F.001.02"),
        leaf("F.001.02", "Two", "F.001.01", "S.001.01.01", "F.001.03"),
        leaf("F.001.03", "Three"),
    )
    done = do(plan, {"kind": "remove_node", "node": "F.001.02"})
    assert shape(done.plan)["S.001.01.01"] == ("Story", "F.001.02")
    assert shape(done.plan)["F.001.02"] == ("Three",)


def test_moved_to_the_front_and_to_another_level():
    done = do(features(), {"kind": "move_node", "node": "F.001.03", "parent": "E.001", "position": 0})
    assert list(shape(done.plan).values()) == [
        ("All",),
        ("Three", "F.001.03"),
        ("One",),
        ("Two", "F.001.02"),
    ]
    done = do(features(), {"kind": "move_node", "node": "F.001.03", "parent": "F.001.01"})
    assert shape(done.plan)["S.001.01.01"] == ("Three", "F.001.02")


def test_a_group_with_gaps_keeps_its_numbers_as_far_as_it_can():
    plan = small(
        PlanNode(node_id="E.001", title="All"), leaf("F.001.02", "One"), leaf("F.001.07", "Two", "F.001.02")
    )
    done = do(plan, {"kind": "add_node", "parent": "E.001", "title": "New", "position": 1})
    assert list(shape(done.plan)) == ["E.001", "F.001.02", "F.001.03", "F.001.07"]
    assert done.renumbered == {}


def test_a_number_that_a_dangling_dependency_names_is_not_given():
    plan = small(PlanNode(node_id="E.001", title="All"), leaf("F.001.01", "One", "F.001.02"))
    done = do(plan, {"kind": "add_node", "parent": "E.001", "title": "New"})
    assert done.added == ["F.001.03"]


def test_an_orphan_stays_and_can_be_brought_home():
    plan = small(PlanNode(node_id="E.001", title="All"), leaf("S.001.01.01", "Lost", "E.001"))
    done = do(plan, {"kind": "add_node", "parent": "E.001", "title": "New"})
    assert list(shape(done.plan)) == ["E.001", "S.001.01.01", "F.001.02"]
    done = do(plan, {"kind": "move_node", "node": "S.001.01.01", "parent": "E.001"})
    assert list(shape(done.plan)) == ["E.001", "F.001.01"]
    assert done.renumbered == {"S.001.01.01": "F.001.01"}


def test_a_leaf_is_split_below_itself():
    done = do(features(), {"kind": "split_node", "node": "F.001.02", "parts": 3})
    found = shape(done.plan)
    assert found["F.001.02"] == ("Two", "F.001.01")
    assert found["S.001.02.02"] == ("Two (part 2 of 3)", "S.001.02.01")
    assert found["F.001.03"] == ("Three", "F.001.02")
    parts = {node.node_id: node for node in done.plan.nodes if node.node_id.startswith("S.")}
    assert [node.minutes for node in parts.values()] == [6, 7, 7]
    assert [len(node.checks) for node in parts.values()] == [0, 0, 1]
    assert not {finding.code for finding in Linter().check(done.plan)} & {"UPP401", "UPP501"}


def test_an_atomic_is_split_beside_itself_and_its_last_part_is_waited_for():
    above = [
        PlanNode(node_id=name, title=name)
        for name in ("E.001", "F.001.01", "S.001.01.01", "T.001.01.01.01", "ST.001.01.01.01.01")
    ]
    first, second = "A.001.01.01.01.01.01", "A.001.01.01.01.01.02"
    plan = small(*above, leaf(first, "One", owns=("a.py",)), leaf(second, "Two", first))
    done = do(plan, {"kind": "split_node", "node": first, "parts": 2})
    found = list(shape(done.plan).items())[5:]
    assert found == [
        (first, ("One (part 1 of 2)",)),
        (second, ("One (part 2 of 2)", first)),
        ("A.001.01.01.01.01.03", ("Two", second)),
    ]
    assert [node.owns for node in done.plan.nodes[5:7]] == [(), ("a.py",)]


def test_a_repair_is_the_linters():
    plan = small(PlanNode(node_id="E.001", title="All"), leaf("F.001.01", "One"), leaf("F.001.01", "Two"))
    with pytest.raises(Refused, match="2 nodes"):
        do(plan, {"kind": "set_minutes", "node": "F.001.01", "minutes": 3})
    with pytest.raises(Refused, match="two nodes"):
        do(plan, {"kind": "add_node", "parent": "E.001", "title": "New"})
    done = do(plan, {"kind": "fix"}, {"kind": "set_minutes", "node": "F.001.02", "minutes": 3})
    assert [node.node_id for node in done.plan.nodes] == ["E.001", "F.001.01", "F.001.02"]


@pytest.mark.parametrize(
    ("edit", "kind", "code", "where"),
    [
        ({"kind": "rename", "node": "F.001.01"}, InputError, "bad-edit", "title"),
        ({"kind": "rename", "node": "F.001.01", "title": "a", "minutes": 3}, InputError, "bad-edit", "minutes"),
        ({"kind": "rename", "node": "F.001.01", "title": "a" * 501}, InputError, "bad-edit", "title"),
        ({"kind": "set_minutes", "node": "F.001.01", "minutes": 0}, InputError, "bad-edit", "minutes"),
        ({"kind": "set_labels", "node": "F.001.01", "labels": [" "]}, InputError, "bad-edit", "labels"),
        ({"kind": "split_node", "node": "F.001.01", "parts": 8}, InputError, "bad-edit", "parts"),
        ({"kind": "set_minutes", "minutes": 3}, InputError, "bad-edit", "node"),
        ({"kind": "set_minutes", "node": "F.001.09", "minutes": 3}, NotFound, "unknown-node", "node"),
        ({"kind": "add_dependency", "node": "F.001.01", "on": "F.9"}, NotFound, "unknown-node", "on"),
        ({"kind": "add_dependency", "node": "F.001.02", "on": "F.001.01"}, Refused, "already-there", "on"),
        ({"kind": "remove_dependency", "node": "F.001.01", "on": "E.001"}, NotFound, "no-dependency", "on"),
        (
            {"kind": "set_serves", "node": "F.001.01", "serves": ["R2"]},
            NotFound,
            "unknown-requirement",
            "serves",
        ),
        ({"kind": "add_node", "title": "a", "parent": "E.009"}, NotFound, "unknown-node", "parent"),
        ({"kind": "add_node", "title": "a", "position": 7}, InputError, "bad-edit", "position"),
        ({"kind": "move_node", "node": "E.001", "parent": "F.001.01"}, Refused, "within-itself", "parent"),
        ({"kind": "split_node", "node": "E.001"}, Refused, "not-a-leaf", "node"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(edit, kind, code, where):
    with pytest.raises(kind) as refused:
        do(features(), {"kind": "set_minutes", "node": "F.001.01", "minutes": 1}, edit)
    assert (refused.value.code, refused.value.where) == (code, f"edits[1].{where}")


def test_what_would_be_too_deep_too_many_or_done_twice_is_refused():
    names = ("E.001", "F.001.01", "S.001.01.01", "T.001.01.01.01", "E.002", "F.002.01", "S.002.01.01")
    chain = small(*[PlanNode(node_id=name, title=name) for name in names])
    with pytest.raises(Refused, match="more levels") as refused:
        do(chain, {"kind": "move_node", "node": "E.002", "parent": "T.001.01.01.01"})
    assert refused.value.got == "7"
    crowd = small(
        PlanNode(node_id="E.001", title="All"), *[leaf(f"F.001.{n:02d}", f"{n}") for n in range(1, 100)]
    )
    with pytest.raises(Refused, match="more nodes beside each other"):
        do(crowd, {"kind": "add_node", "parent": "E.001", "title": "New"})
    with pytest.raises(Refused, match="a machine's"):
        do(small(leaf("E.001", "x", work={"run": "make"})), {"kind": "split_node", "node": "E.001"})
    with pytest.raises(InputError, match="nothing to do"):
        do(features())
