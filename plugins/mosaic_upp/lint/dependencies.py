"""Rules on dependencies (UPP1xx).

A cycle is looked for in what will really be scheduled: to depend on an inner node is to depend on all
its leaves, and what an inner node depends on, all its leaves depend on. So each node is two vertices,
its start and its end, which keeps the graph as small as the plan.
"""

from __future__ import annotations

from collections.abc import Sequence

from .collector import Collector
from .cycles import find_cycles
from .outline import Outline

_LONGEST_PATH_SHOWN = 12
_MOST_COMPARED = 64


def check_dependencies(outline: Outline, report: Collector) -> None:
    """Judge every dependency by itself, then all of them together."""
    resolved = [_resolve(outline, report, index) for index in range(len(outline.keys))]
    for index in range(len(outline.keys)):
        _check_implied(outline, report, index, resolved)
    _check_cycles(outline, report, resolved)


def _resolve(outline: Outline, report: Collector, index: int) -> list[int]:
    node = outline.plan.nodes[index]
    ancestors: frozenset[int] | None = None
    found: dict[int, None] = {}
    for reference in node.depends_on:
        target = outline.resolve(reference)
        if target is None:
            report.node(
                index,
                "UPP101",
                f"it depends on {reference[:80]!r}, which is not in the plan",
                hint="Name a node of this plan, or remove the dependency.",
            )
            continue
        ancestors = frozenset(outline.ancestors(index)) if ancestors is None else ancestors
        if target == index or target in ancestors or index in outline.ancestors(target):
            relation = (
                "itself" if target == index else "its own " + ("ancestor" if target in ancestors else "part")
            )
            name = "" if target == index else f" {outline.plan.nodes[target].node_id}"
            report.node(index, "UPP103", f"it depends on {relation}{name}", hint="Remove the dependency.")
        elif target in found:
            report.node(index, "UPP104", f"it names {reference} twice", hint="Name it once.")
        else:
            found[target] = None
    return list(found)


def _check_implied(outline: Outline, report: Collector, index: int, resolved: Sequence[Sequence[int]]) -> None:
    targets = resolved[index]
    if not targets or len(targets) > _MOST_COMPARED:
        return
    own = frozenset(targets)
    inherited = {target: above for above in outline.ancestors(index) for target in resolved[above]}
    behind = {further: target for target in targets for further in resolved[target] if further in own}
    for target in targets:
        above = next((other for other in outline.ancestors(target) if other in own), None)
        if target in inherited:
            reason = f"{outline.plan.nodes[inherited[target]].node_id}, which it is part of, depends on it"
        elif target in behind and index not in resolved[target]:
            reason = f"{outline.plan.nodes[behind[target]].node_id} depends on it already"
        elif above is not None:
            reason = f"it is part of {outline.plan.nodes[above].node_id}"
        else:
            continue
        name = outline.plan.nodes[target].node_id
        report.node(index, "UPP104", f"its dependency on {name} is implied: {reason}", hint=f"Remove {name}.")


def _check_cycles(outline: Outline, report: Collector, resolved: Sequence[Sequence[int]]) -> None:
    edges: list[list[int]] = []
    for index, targets in enumerate(resolved):
        parent = outline.parents[index]
        edges.append([2 * target + 1 for target in targets] + ([] if parent is None else [2 * parent]))
        edges.append([2 * index, *(2 * child + 1 for child in outline.children[index])])
    for cycle in find_cycles(edges):
        path: list[int] = []
        for vertex, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            if vertex % 2 == 0 and following % 2 == 1:
                path += [node for node in (vertex // 2, following // 2) if path[-1:] != [node]]
        if len(path) > 1 and path[0] == path[-1]:
            path.pop()
        first = path.index(min(path))
        path = path[first:] + path[:first]
        path = [node for node, before in zip(path, [-1, *path], strict=False) if node != before]
        names = [outline.plan.nodes[node].node_id for node in path]
        shown = [*names[:_LONGEST_PATH_SHOWN], f"… ({len(names) - _LONGEST_PATH_SHOWN} more)"]
        drawn = " → ".join([*(names if len(names) <= _LONGEST_PATH_SHOWN else shown), names[0]])
        report.node(
            path[0], "UPP102", f"nodes wait for one another: {drawn}", hint="Remove one of these dependencies."
        )
