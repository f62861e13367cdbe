"""The graph of a plan's leaves: what each really waits for."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import InputError, Plan

_MAX_EDGES = 1_000_000


def leaf_graph(plan: Plan) -> dict[str, Sequence[str]]:
    """Map each leaf to the leaves that it waits for, its ancestors' dependencies included.

    Dependencies on nodes that are not there are left out.

    Raises:
        InputError: the graph has more than a million edges (code ``plan-too-large``).
    """
    tree = plan.children()
    leaves: dict[str, list[str]] = {node.node_id: [] for node in plan.nodes}
    waits: dict[str, dict[str, None]] = {}
    for node in plan.nodes:
        waits[node.node_id] = {**waits.get(node.parent_id or "", {}), **dict.fromkeys(node.depends_on)}
    for node in reversed(plan.nodes):
        children = tree.get(node.node_id, ())
        below = [leaf for child in children for leaf in leaves[child.node_id]] if children else [node.node_id]
        leaves[node.node_id] = below
    graph: dict[str, Sequence[str]] = {}
    edges = 0
    for leaf in plan.leaves():
        names = waits[leaf.node_id]
        edges += sum(len(leaves.get(name, ())) for name in names)
        if edges > _MAX_EDGES:
            raise InputError(
                "plan-too-large",
                "the plan has too many dependencies between leaves",
                expected=f"at most {_MAX_EDGES:,}",
            )
        found = dict.fromkeys(other for name in names for other in leaves.get(name, ()))
        found.pop(leaf.node_id, None)
        graph[leaf.node_id] = tuple(found)
    return graph
