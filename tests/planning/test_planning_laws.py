"""Laws over random documents: a sound plan, or a located refusal; the tree's shape at any size."""

import os

import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import InputError, Plan, PlanRequest, Severity
from mosaic_hookspecs.errors import Location
from mosaic_hookspecs.graph import topological_order
from mosaic_testing.planning_laws import require_sound
from mosaic_upp.lint import Linter
from mosaic_upp.planner.certification import reduce_graph
from mosaic_upp.planner.outline import Outline, Section, WorkItem
from mosaic_upp.planner.rules import RulesPlanner
from mosaic_upp.planner.tree import grow
from mosaic_upp.reading.dialects import to_markdown

COUNT = int(60 * float(os.environ.get("MOSAIC_CHAOS", "1")))
HEADINGS = [
    "Features",
    "User stories",
    "Data models",
    "API",
    "Pages",
    "Testing",
    "Quality",
    "Out of scope",
    "Milestones",
    "Docs",
    "Overview",
    "Acceptance criteria",
    "Book",
    "Tech stack",
]
LINES = [
    "- As a user, I want to read so that I learn",
    "- `GET /books/:id` one book",
    "- title: string, required",
    "- [ ] it works",
    "Book: title, price, author",
    "| Field | Type |\n|---|---|\n| id | int |\n| name | text |",
    "```\nUser {\n  id: INTEGER (Primary Key)\n  book: Book\n}\n```",
    "```sql\nCREATE TABLE a (id int,\n```",
    "An author has many books.",
    "The system must not fail.",
    "1. **Phase 1**: begin",
    "**Models:**",
    "  - nested thing",
    "> quoted must",
    "<div>must</div>",
    "---",
]
document = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 6), st.sampled_from(HEADINGS)).map(lambda pair: "#" * pair[0] + " " + pair[1]),
        st.sampled_from(LINES),
        st.text(max_size=60),
        st.text(alphabet="#-*|`{}[]()<>:/ \nab1\t>_~", max_size=40),
    ),
    max_size=25,
).map("\n\n".join)


def require_located(error):
    assert isinstance(error.where, Location)
    assert error.where.line >= 1


@settings(max_examples=COUNT, deadline=None)
@example("# A\n\n" + "- must do\n" * 40)
@given(document)
def test_a_document_gives_a_sound_plan_or_a_located_refusal(text):
    planner = RulesPlanner(Linter())
    try:
        plan = trio.run(planner.plan, PlanRequest(text=text, source="d.md"))
    except InputError as error:
        require_located(error)
        return
    require_sound(plan)
    assert not [found for found in Linter().check(plan) if found.severity is Severity.ERROR]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= each.span.start <= each.span.end <= lines for each in plan.requirements)
    assert trio.run(planner.plan, PlanRequest(text=text, source="d.md")) == plan


@settings(max_examples=COUNT, deadline=None)
@given(st.text(max_size=200))
def test_a_goal_gives_a_sound_plan_or_a_located_refusal(goal):
    try:
        plan = trio.run(RulesPlanner(Linter()).plan, PlanRequest(goal=goal))
    except InputError as error:
        require_located(error)
        return
    require_sound(plan)


def sections(depth):
    if depth == 0:
        return st.just(None)
    return st.lists(sections(depth - 1), min_size=0, max_size=9)


def outline(tree, path=()):
    if tree is None:
        return WorkItem(key=str(path), title=f"item {path}")
    return Section(
        title=f"section {path}", parts=tuple(outline(each, (*path, index)) for index, each in enumerate(tree))
    )


@settings(max_examples=COUNT, deadline=None)
@given(st.integers(1, 4).flatmap(sections))
def test_any_outline_becomes_a_tree_of_two_to_seven(tree):
    root = outline(tree)
    keys = [item.title for item in root.items()]
    if not keys:
        return
    nodes = grow(Outline(title="t", sections=root.parts))
    plan = Plan(title="t", nodes=nodes)
    leaves = plan.leaves()
    assert [leaf.title.casefold() for leaf in leaves] == [key.casefold() for key in keys]
    assert {leaf.node_id.split(".")[0] for leaf in leaves} == {"A"}
    sizes = [len(children) for parent, children in plan.children().items() if parent]
    assert max(sizes) <= 7
    if len(keys) >= 32:
        assert min(sizes) >= 2


@given(st.lists(st.sets(st.integers(0, 30)), max_size=30))
def test_reduction_keeps_what_waits_for_what(needs):
    graph = {
        str(index): [str(need) for need in sorted(each) if need < index] for index, each in enumerate(needs)
    }

    def closure(edges):
        above = {}
        for name in topological_order(edges):
            above[name] = set(edges[name]).union(*(above[need] for need in edges[name]))
        return above

    reduced = reduce_graph(graph)
    assert closure(reduced) == closure(graph)
    for kept in reduced.values():
        for need in kept:
            assert not any(need in closure(graph)[other] for other in kept)


@given(
    st.lists(
        st.sampled_from(
            [
                *LINES,
                "= Title",
                "|===",
                "|a |b",
                "1. SCOPE",
                "3.1.2 It works.",
                "  goes on",
                "**Bold**",
                "• x",
                "---",
                "",
            ]
        ),
        max_size=40,
    ).map("\n".join)
)
def test_a_dialect_keeps_its_lines(text):
    assert to_markdown(text).count("\n") == text.count("\n")
