"""Pure rules over task graphs: cycles, order, longest paths, dependants.

All of them are iterative, so that a chain of a million tasks is no deeper than one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
"""Maps each node to the nodes that it depends on; every node that is named is a key."""


def topological_order(graph: Graph) -> Sequence[str]:
    """Order the nodes so that each stands after what it depends on, keeping the given order where it is
    free. Nodes on or behind a cycle are left out: compare lengths, then ask `find_cycle`.
    """
    unmet = {node: len(set(needs)) for node, needs in graph.items()}
    dependants = dependants_of(graph)
    queue = deque(node for node, count in unmet.items() if count == 0)
    order: list[str] = []
    while queue:
        node = queue.popleft()
        order.append(node)
        for dependant in dependants[node]:
            unmet[dependant] -= 1
            if unmet[dependant] == 0:
                queue.append(dependant)
    return order


def dependants_of(graph: Graph) -> dict[str, list[str]]:
    """Turn the graph around: map each node to the nodes that depend on it."""
    dependants: dict[str, list[str]] = {node: [] for node in graph}
    for node, needs in graph.items():
        for need in dict.fromkeys(needs):
            dependants[need].append(node)
    return dependants


def find_cycle(graph: Graph) -> Sequence[str]:
    """Return one cycle, each node depending on the next and the last on the first; empty if none."""
    acyclic = set(topological_order(graph))
    left = [node for node in graph if node not in acyclic]
    if not left:
        return []
    path: list[str] = []
    seen: dict[str, int] = {}
    node = left[0]
    while node not in seen:
        seen[node] = len(path)
        path.append(node)
        node = next(need for need in graph[node] if need not in acyclic)
    return path[seen[node] :]


def longest_to_end(graph: Graph, weights: Mapping[str, int]) -> dict[str, int]:
    """Map each node to the largest sum of weights on a path from it, itself included, to an end that
    nothing depends on. The graph must have no cycle.
    """
    lengths: dict[str, int] = {}
    dependants = dependants_of(graph)
    for node in reversed(topological_order(graph)):
        lengths[node] = weights[node] + max((lengths[other] for other in dependants[node]), default=0)
    return lengths


def critical_path(graph: Graph, weights: Mapping[str, int]) -> Sequence[str]:
    """Return the path with the largest sum of weights, from a start to an end; empty for no nodes."""
    if not graph:
        return []
    lengths = longest_to_end(graph, weights)
    dependants = dependants_of(graph)
    node = max((node for node, needs in graph.items() if not needs), key=lambda name: lengths[name])
    path = [node]
    while dependants[node]:
        node = max(dependants[node], key=lambda name: lengths[name])
        path.append(node)
    return path
