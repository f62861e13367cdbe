"""What makes a plan sound, whoever made it: checked here without any linter."""

from __future__ import annotations

from mosaic_hookspecs import Plan
from mosaic_hookspecs.graph import topological_order

GOAL = "Build a REST API for a bookshop with books, authors and orders"
DOCUMENT = """# Notes

## Features

- Users can write a note
- Users can search notes

## Data models

```
Note {
  id: INTEGER (Primary Key)
  title: STRING (Required)
}
```

## Endpoints

- `GET /notes` lists them
- `POST /notes` adds one

## Testing

- Every endpoint is tested
"""
_MOST_MINUTES, _MOST_CHILDREN = 30, 7


def require_sound(plan: Plan) -> None:
    """Fail unless the plan is whole: a tree, without cycles, small leaves, checked, covering, owned once."""
    leaves = plan.leaves()
    assert leaves
    names = [node.node_id for node in plan.nodes]
    assert len(set(names)) == len(names)
    seen: set[str] = set()
    for node in plan.nodes:
        assert node.title.strip()
        assert node.parent_id is None or node.parent_id in seen, node.node_id
        seen.add(node.node_id)
    assert all(len(children) <= _MOST_CHILDREN for parent, children in plan.children().items() if parent)
    graph = {node.node_id: tuple(node.depends_on) for node in plan.nodes}
    assert all(need in graph for needs in graph.values() for need in needs)
    assert len(topological_order(graph)) == len(graph)
    for leaf in leaves:
        assert leaf.minutes is not None
        assert 0 < leaf.minutes <= _MOST_MINUTES
        assert leaf.checks, leaf.node_id
    known = {requirement.requirement_id for requirement in plan.requirements}
    served = {name for leaf in leaves for name in leaf.serves}
    assert served == known
    owned = [contract for node in plan.nodes for contract in node.owns]
    assert len(set(owned)) == len(owned)
    assert Plan.from_data(plan.to_data()) == plan
    assert all(guess.text and guess.rationale for node in plan.nodes for guess in node.assumptions)
