"""Writing a plan and reading it again, for the formats that can say everything."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import Assumption, Check, InputError, Plan, PlanNode, Requirement, Span, make_identifier
from mosaic_upp.formats import FORMATS, recognise
from mosaic_upp.formats.upp_summary import count_summary

FIXTURE = Path(__file__).parents[3] / "shared" / "fixtures" / "taskmaster" / "E.001-upp-tree.md"

text = st.text(max_size=30) | st.sampled_from(
    [
        "```",
        "a [20 min]",
        "b [x]",
        "c (depends on: E.001)",
        "**d**",
        "TASK (T.001.01.01.01): e",
        "f\ng",
        "# h",
        " i ",
        "  ",
    ]
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=3,
)
objects = st.dictionaries(text, json_values, max_size=3)
texts = st.lists(text, max_size=3).map(tuple)
checks = st.builds(Check, name=text, uses=text, parameters=objects, timeout_seconds=st.floats(0.1, 1e6))


@st.composite
def plans(draw):
    """Make valid plans: identifiers in tree order, everything else at random."""
    nodes = []
    keys = [(number,) for number in range(1, draw(st.integers(1, 2)) + 1)]
    while keys:
        key = keys.pop(0)
        depends_on = (
            draw(st.lists(st.sampled_from([node.node_id for node in nodes]), max_size=2)) if nodes else []
        )
        nodes.append(
            draw(
                st.builds(
                    PlanNode,
                    node_id=st.just(make_identifier(key)),
                    title=text,
                    description=text,
                    minutes=st.none() | st.integers(-5, 10_000_000),
                    depends_on=st.just(tuple(depends_on)),
                    serves=texts,
                    checks=st.lists(checks, max_size=2).map(tuple),
                    owns=texts,
                    runtime=text,
                    labels=texts,
                    work=objects,
                    assumptions=st.lists(st.builds(Assumption, text=text, rationale=text), max_size=2).map(
                        tuple
                    ),
                    origin=text,
                    done=st.booleans(),
                    line=st.integers(0, 9999),
                )
            )
        )
        if len(key) < 6 and len(nodes) < 4:
            keys = [(*key, number) for number in range(1, draw(st.integers(0, 2)) + 1)] + keys
    spans = st.none() | st.integers(1, 99).map(lambda line: Span(start=line, end=line + 1))
    requirement = st.builds(Requirement, requirement_id=text, kind=text, text=text, span=spans, data=objects)
    return draw(
        st.builds(
            Plan,
            title=text,
            goal=text,
            source=text,
            source_digest=text,
            requirements=st.lists(requirement, max_size=2).map(tuple),
            nodes=st.just(tuple(nodes)),
            summary=objects,
            blueprint=objects,
        )
    )


@pytest.mark.parametrize("name", ["json", "upp"])
@settings(max_examples=25, deadline=None)
@example(plan=Plan(title="", nodes=()))
@given(plan=plans())
def test_reading_what_was_written_gives_the_plan_back(name, plan):
    written = FORMATS[name].write(plan)
    assert FORMATS[name].read(written, "somewhere") == plan
    assert FORMATS[name].write(FORMATS[name].read(written, "")) == written


@settings(max_examples=15, deadline=None)
@given(plan=plans())
def test_what_was_written_is_recognised(plan):
    assert recognise(FORMATS["json"].write(plan), "plan.json") is FORMATS["json"]
    assert FORMATS["mermaid"].write(plan).startswith("flowchart LR\n")


def fixture():
    if not FIXTURE.parents[2].exists():
        pytest.skip("the shared fixtures are not here")
    return FIXTURE.read_text()


def test_the_shared_tree_is_read_whole_and_round_trips():
    document = fixture()
    upp = recognise(document, "tree.md")
    assert upp is FORMATS["upp"]
    plan = upp.read(document, "tree.md")
    assert plan.title == "TaskMaster Web Application"
    assert count_summary(plan) == {
        "epics": 1,
        "features": 4,
        "stories": 10,
        "tasks": 21,
        "subtasks": 39,
        "atomics": 75,
        "minutes": 1480,
    }
    assert plan.summary == {
        "epics": 1,
        "features": 4,
        "stories": 10,
        "tasks": 20,
        "subtasks": 40,
        "atomics": 72,
        "minutes": 2160,
    }
    lines = document.split("\n")
    assert all(node.node_id in lines[node.line - 1] for node in plan.nodes)
    for name in ("upp", "json"):
        assert FORMATS[name].read(FORMATS[name].write(plan), "elsewhere") == plan


def test_the_written_tree_is_drawn_for_people_and_follows_their_edits():
    plan = Plan(
        title="Shop",
        nodes=(
            PlanNode(node_id="E.001", title="Shop", labels=("python",)),
            PlanNode(node_id="F.001.01", title="Cart", minutes=20),
            PlanNode(node_id="F.001.02", title="Till", minutes=10, done=True, depends_on=("F.001.01",)),
        ),
    )
    written = FORMATS["upp"].write(plan)
    assert (
        "└── EPIC (E.001): Shop\n"
        "    ├── FEATURE (F.001.01): Cart [20 min]\n"
        "    └── FEATURE (F.001.02): Till [10 min] [x]\n"
    ) in written
    edited = FORMATS["upp"].read(written.replace("Cart [20 min]", "Basket [25 min]"), "")
    assert (edited.nodes[1].title, edited.nodes[1].minutes) == ("Basket", 25)
    assert edited.nodes[2] == plan.nodes[2]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- **F.001.01** Cart", PlanNode(node_id="F.001.01", title="Cart")),
        (
            "* [x] **F.001.01**: Cart (20 min)",
            PlanNode(node_id="F.001.01", title="Cart", minutes=20, done=True),
        ),
        ("- [ ] F.001.01 - Cart [1.5 h]", PlanNode(node_id="F.001.01", title="Cart", minutes=90)),
        (
            "  1. `F.001.01` Cart — depends on: E.001, E.002",
            PlanNode(node_id="F.001.01", title="Cart", depends_on=("E.001", "E.002")),
        ),
        ("## FEATURE (F.001.01): Cart [x]", PlanNode(node_id="F.001.01", title="Cart", done=True)),
        ("- **F.001.01 Cart**", PlanNode(node_id="F.001.01", title="Cart")),
        (
            "- F.001.01: Cart\n  - Depends on: E.001",
            PlanNode(node_id="F.001.01", title="Cart", depends_on=("E.001",)),
        ),
    ],
)
def test_variants_of_nested_lists(line, expected):
    plan = FORMATS["upp"].read(f"# Shop\n\n- **E.001** Shop\n{line}\n", "")
    found = plan.nodes[1]
    assert found.line == 4
    assert (
        PlanNode(**{**{f: getattr(found, f) for f in found.__slots__ if f != "__weakref__"}, "line": 0})
        == expected
    )


def test_json_leaves_defaults_out_and_is_stable():
    plan = Plan(title="Ünï", nodes=(PlanNode(node_id="E.001", title="x"),))
    written = FORMATS["json"].write(plan)
    assert json.loads(written) == {
        "mosaic_plan": 1,
        "title": "Ünï",
        "nodes": [{"node_id": "E.001", "title": "x"}],
    }
    assert "Ünï" in written


def test_a_tree_with_an_identifier_twice_cannot_be_exported():
    node = PlanNode(node_id="E.001", title="x")
    with pytest.raises(InputError, match=r"two nodes are called E\.001"):
        FORMATS["upp"].write(Plan(title="x", nodes=(node, node)))


def test_mermaid_escapes_labels_and_is_never_read():
    plan = Plan(
        title="x",
        nodes=(
            PlanNode(node_id="E.001", title="Shop"),
            PlanNode(node_id="F.001.01", title='say "hi"] <b>'),
            PlanNode(node_id="F.001.02", title="b", depends_on=("F.001.01", "F.009.09")),
        ),
    )
    assert FORMATS["mermaid"].write(plan) == (
        "flowchart LR\n"
        '  subgraph n1 ["E.001 Shop"]\n'
        '    n2["F.001.01 say #34;hi#34;#93; #60;b#62;"]\n'
        '    n3["F.001.02 b"]\n'
        "  end\n"
        "  n2 --> n3\n"
    )
    with pytest.raises(InputError, match="cannot be read from Mermaid"):
        FORMATS["mermaid"].read("flowchart LR", "x.mmd")


def test_names_are_keys_and_unknown_text_is_no_plan():
    assert {name: each.name for name, each in FORMATS.items()} == {name: name for name in FORMATS}
    assert recognise("Just prose.\n", "x.md") is None
    assert recognise("", "") is None
    assert recognise(string.punctuation, "x.json") is None
