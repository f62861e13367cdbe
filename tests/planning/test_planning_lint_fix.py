"""Repairs: what they change, that they are idempotent, and that they never add a finding."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import Check, Plan, PlanNode, Requirement, make_identifier
from mosaic_upp.formats import FORMATS
from mosaic_upp.lint import Linter

CHECK = Check(name="c", parameters={"run": "pytest"})
FIXTURE = Path(__file__).parents[3] / "shared" / "fixtures" / "taskmaster" / "E.001-upp-tree.md"
PATH = ("E.001", "F.001.01", "S.001.01.01", "T.001.01.01.01", "ST.001.01.01.01.01")
STEM = "A.001.01.01.01.01."


def node(node_id, **fields):
    return PlanNode(**{"node_id": node_id, "title": node_id, **fields})


def below(*nodes, **fields):
    return Plan(title="t", nodes=(*(node(each) for each in PATH), *nodes), **fields)


def fix(plan):
    return Linter().fix(plan)


@pytest.mark.parametrize(
    ("work", "parts"),
    [
        ({}, 3),
        ({"kind": "general"}, 3),
        ({"kind": "service.model"}, 1),
        ({"run": "make"}, 1),
        ({"kind": "general", "argv": ["make"]}, 1),
    ],
)
def test_what_people_are_told_in_words_is_split_and_what_machines_are_told_is_not(work, parts):
    plan = below(node(STEM + "01", minutes=90, work=work), node(STEM + "02", minutes=5))
    [before] = [finding for finding in Linter().check(plan) if finding.code == "UPP202"]
    assert before.is_fixable is (parts > 1)
    fixed = fix(plan)
    assert len(fixed.nodes) == len(plan.nodes) + parts - 1
    assert len([finding for finding in Linter().check(fixed) if finding.code == "UPP202"]) == (parts == 1)


def test_a_good_plan_comes_back_as_it_was():
    plan = below(node(STEM + "01", minutes=30), node(STEM + "05", minutes=5, depends_on=(STEM + "01",)))
    assert fix(plan) == plan


def test_an_oversized_atomic_becomes_a_chain_of_parts():
    plan = below(
        node(STEM + "01", minutes=10),
        node(
            STEM + "02",
            title="Write",
            minutes=65,
            depends_on=(STEM + "01",),
            checks=(CHECK,),
            owns=("f",),
            serves=("R",),
        ),
        node(STEM + "03", minutes=5, depends_on=(STEM + "02",)),
        requirements=(Requirement(requirement_id="R", kind="story", text="x"),),
    )
    parts = fix(plan).nodes[len(PATH) :]
    assert [part.node_id[-2:] for part in parts] == ["01", "02", "03", "04", "05"]
    assert [part.title for part in parts[1:4]] == [f"Write (part {n} of 3)" for n in (1, 2, 3)]
    assert [part.minutes for part in parts] == [10, 21, 22, 22, 5]
    assert [part.depends_on for part in parts[1:]] == [(STEM + f"0{n}",) for n in (1, 2, 3, 4)]
    assert [part.checks for part in parts[1:4]] == [(), (), (CHECK,)]
    assert [part.owns for part in parts[1:4]] == [(), (), ("f",)]
    assert [part.serves for part in parts[1:4]] == [("R",)] * 3
    assert not [f for f in Linter().check(fix(plan)) if f.code == "UPP202"]


def test_an_oversized_subtask_gets_atomics():
    plan = Plan(
        title="t", nodes=(*(node(each) for each in PATH[:4]), node(PATH[4], minutes=60, checks=(CHECK,)))
    )
    fixed = fix(plan).nodes[4:]
    assert [each.node_id for each in fixed] == [PATH[4], STEM + "01", STEM + "02"]
    assert [each.minutes for each in fixed] == [None, 30, 30]
    assert fixed[2].depends_on == (STEM + "01",)
    assert (fixed[0].checks, fixed[1].checks, fixed[2].checks) == ((), (), (CHECK,))


@pytest.mark.parametrize(
    "plan",
    [
        below(*(node(f"{STEM}0{n}", minutes=60 if n == 1 else 5) for n in range(1, 8))),
        below(node(STEM + "01", minutes=60, work={"run": "make"}), node(STEM + "02", minutes=5)),
        below(node(STEM + "01", minutes=9999), node(STEM + "02", minutes=5)),
        Plan(title="t", nodes=(node("E.001", minutes=90),)),
    ],
)
def test_what_cannot_be_split_mechanically_stays_and_is_not_called_fixable(plan):
    assert fix(plan) == plan
    found = [finding for finding in Linter().check(plan) if finding.code == "UPP202"]
    assert found
    assert not any(finding.is_fixable for finding in found)


def test_identifiers_are_rewritten_with_their_references_and_sorted():
    plan = Plan(
        title="t",
        nodes=(
            node("f.1.2", depends_on=("T.001.01",)),
            node("E.001"),
            node("T.001.01"),
            node("F.001.02", title="again", depends_on=("f.1.2",)),
            node("S.001.02.01"),
        ),
    )
    fixed = fix(plan)
    assert [each.node_id for each in fixed.nodes] == [
        "E.001",
        "F.001.01",
        "F.001.02",
        "F.001.03",
        "S.001.03.01",
    ]
    assert fixed.nodes[2].depends_on == ("F.001.01",)
    assert fixed.nodes[3].depends_on == ("F.001.02",)
    assert [each.origin for each in fixed.nodes] == ["", "T.001.01", "f.1.2", "F.001.02", "S.001.02.01"]
    assert not [f for f in Linter().check(fixed) if f.code < "UPP2"]


def test_a_new_number_never_revives_a_dangling_reference():
    plan = Plan(
        title="t",
        nodes=(node("E.001"), node("F.001.01"), node("F.001.01", title="b", depends_on=("F.001.02",))),
    )
    fixed = fix(plan)
    assert [each.node_id for each in fixed.nodes] == ["E.001", "F.001.01", "F.001.03"]
    assert fixed.nodes[2].depends_on == ("F.001.02",)


def test_orphans_wait_for_their_parent_and_the_summary_is_corrected():
    plan = Plan(title="t", nodes=(node("E.001"), node("S.001.01.01")), summary={"stories": 9, "note": "x"})
    fixed = fix(plan)
    assert fixed.nodes == plan.nodes
    assert fixed.summary == {"stories": 1, "note": "x"}


def test_the_shared_tree():
    if not FIXTURE.parents[2].exists():
        pytest.skip("the shared fixtures are not here")
    plan = FORMATS["upp"].read(FIXTURE.read_text(), "tree.md")
    found = Linter().check(plan, path="tree.md")
    messages = [finding.message for finding in found if finding.code == "UPP701"]
    assert messages == [
        "the summary says 20 tasks, the tree has 21",
        "the summary says 40 subtasks, the tree has 39",
        "the summary says 72 atomics, the tree has 75",
        "the summary says 2160 minutes (36 h 0 min), the leaves add up to 1480 minutes (24 h 40 min)",
    ]
    single = [finding for finding in found if finding.code == "UPP301"]
    assert "ST.001.01.02.03.02" in {finding.subject for finding in single}
    children = plan.children()
    assert len(single) == sum(len(each) == 1 for parent, each in children.items() if parent)
    assert all(finding.location is not None and finding.location.line > 0 for finding in single)
    assert not [finding for finding in found if finding.severity.value == "error"]
    assert not [f for f in Linter().check(fix(plan)) if f.code == "UPP701"]


keys = st.lists(st.integers(1, 2), min_size=1, max_size=6).map(tuple)
identifiers = keys.map(make_identifier) | keys.map(lambda key: "T." + ".".join(map(str, key))) | st.just("junk")
# Deep and narrow, so that nodes meet: parents, repeats and references are common.
deep = st.tuples(st.just(STEM), st.integers(1, 9)).map(lambda pair: f"{pair[0]}0{pair[1]}") | st.sampled_from(
    PATH
)
names = identifiers | deep


@st.composite
def nodes(draw):
    return PlanNode(
        node_id=draw(names),
        title=draw(st.sampled_from(["", "a", "A ", "b", "c", "a (part 1 of 2)", "b (part 2 of 2)"])),
        minutes=draw(st.sampled_from([None, 0, 10, 30, 31, 60, 200, 10**6])),
        depends_on=tuple(draw(st.lists(names, max_size=3))),
        serves=tuple(draw(st.lists(st.sampled_from(["R1", "R2"]), max_size=2))),
        checks=tuple(
            draw(st.lists(st.just(CHECK) | st.just(Check(name="t", parameters={"run": "true"})), max_size=1))
        ),
        owns=tuple(draw(st.lists(st.sampled_from(["f", "g"]), max_size=1))),
        work=draw(st.sampled_from([{}, {}, {"run": "x"}, {"priority": 1}])),
    )


plans = st.builds(
    Plan,
    title=st.just("t"),
    nodes=st.lists(nodes(), max_size=14).map(tuple),
    requirements=st.sampled_from([(), (Requirement(requirement_id="R1", kind="story", text="x"),)]),
    summary=st.dictionaries(
        st.sampled_from(["atomics", "tasks", "minutes", "x"]), st.integers(0, 90), max_size=3
    ),
)


@settings(max_examples=80, deadline=None)
@given(plan=plans)
def test_fixing_is_idempotent_and_never_adds_a_finding(plan):
    fixed = fix(plan)
    assert fix(fixed) == fixed
    before = Counter(finding.code for finding in Linter().check(plan))
    after = Counter(finding.code for finding in Linter().check(fixed))
    assert not after - before
    assert not [finding for finding in Linter().check(fixed) if finding.is_fixable]


def test_a_full_epic_of_19608_nodes_and_a_chain_through_all_of_them():
    found, number = [], 0
    stack = [(epic,) for epic in range(1, 0, -1)]
    while stack:
        key = stack.pop()
        name = make_identifier(key)
        leaf = len(key) == 6
        found.append(
            PlanNode(node_id=name, title=name, depends_on=(found[number].node_id,) if leaf and number else ())
        )
        if leaf:
            number = len(found) - 1
        else:
            stack += [(*key, each) for each in range(7, 0, -1)]
    plan = Plan(title="t", nodes=tuple(found))
    codes = Counter(finding.code for finding in Linter().check(plan))
    assert "UPP102" not in codes
    assert codes["UPP201"] == len(plan.leaves())
