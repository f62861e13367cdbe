"""Plans to change, and edits of them."""

from hypothesis import strategies as st

from mosaic_drafts.edits import Edit
from mosaic_hookspecs import Check, Plan, PlanNode, Requirement, Span, make_identifier

PRD = """# Notes

A service that keeps notes.

## Features

- Users can write a note.
- Users can read a note.
- Users can delete a note.
"""


def leaf(node_id, title, *needs, **fields):
    values = {"minutes": 20, "serves": ("R1",), "checks": (Check(name="pytest", parameters={"run": "pytest"}),)}
    return PlanNode(node_id=node_id, title=title, depends_on=needs, **{**values, **fields})


def small(*nodes):
    requirement = Requirement(requirement_id="R1", kind="story", text="Notes", span=Span(start=3, end=4))
    return Plan(title="Small", requirements=(requirement,), nodes=nodes)


def features():
    """Two features with three atomics' worth of stories: `E.001` over `F.001.01` to `F.001.03`."""
    return small(
        PlanNode(node_id="E.001", title="All"),
        leaf("F.001.01", "One"),
        leaf("F.001.02", "Two", "F.001.01"),
        leaf("F.001.03", "Three", "F.001.02"),
    )


@st.composite
def plans(draw):
    """Sound trees, counted with or without gaps, with dependencies between any two nodes."""
    names = []

    def grow(above):
        if len(names) >= 14 or len(above) >= 6:
            return
        number = 0
        for _ in range(draw(st.integers(0 if above else 1, 3))):
            number += draw(st.integers(1, 2))
            names.append((*above, number))
            grow((*above, number))

    grow(())
    ids = [make_identifier(key) for key in names]
    nodes = [
        PlanNode(
            node_id=node_id,
            title=draw(st.sampled_from(["One", "Two", "Three"])),
            minutes=draw(st.none() | st.integers(1, 90)),
            depends_on=tuple(draw(st.lists(st.sampled_from(ids), max_size=2, unique=True))),
            serves=draw(st.sampled_from([(), ("R1",)])),
            work=draw(st.sampled_from([{}, {}, {"kind": "general"}, {"run": "true"}])),
        )
        for node_id in ids
    ]
    return small(*nodes)


def edits(ids):
    """Edits of nodes that are mostly there."""
    node = st.sampled_from([*ids, "E.999"])
    parent = st.sampled_from([*ids, ""])
    position = st.none() | st.integers(0, 3)
    return st.one_of(
        st.builds(lambda a, b: Edit(kind="add_dependency", node=a, on=b), node, node),
        st.builds(lambda a, b: Edit(kind="remove_dependency", node=a, on=b), node, node),
        st.builds(lambda a, b: Edit(kind="rename", node=a, title=b), node | st.just(""), st.text(max_size=4)),
        st.builds(
            lambda a, b: Edit(kind="set_minutes", node=a, minutes=b), node, st.none() | st.integers(0, 40)
        ),
        st.builds(lambda a, b: Edit(kind="add_node", title="New", parent=a, position=b), parent, position),
        st.builds(lambda a: Edit(kind="remove_node", node=a), node),
        st.builds(lambda a, b, c: Edit(kind="move_node", node=a, parent=b, position=c), node, parent, position),
        st.builds(lambda a, b: Edit(kind="split_node", node=a, parts=b), node, st.integers(2, 4)),
        st.just(Edit(kind="fix")),
    )
