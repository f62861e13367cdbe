"""Rules on what the leaves are for (UPP5xx), and on who defines what (UPP6xx)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mosaic_hookspecs import Plan

from .collector import Collector
from .outline import Outline
from .oversize import is_early_part

OUTLINE, GENERAL = "outline", "general"
"""In a leaf's `work`: the planner had no pattern for what it serves, and laid out general steps."""


def serving_leaves(outline: Outline) -> Mapping[str, Sequence[int]]:
    """Map each name that a leaf serves to the leaves that do, in document order."""
    served: dict[str, list[int]] = {}
    for index, node in enumerate(outline.plan.nodes):
        if outline.is_leaf(index):
            for name in dict.fromkeys(node.serves):
                served.setdefault(name, []).append(index)
    return served


def general_names(plan: Plan) -> frozenset[str]:
    """Return the names of what is served by general steps, since the planner had no pattern for it."""
    return frozenset(name for node in plan.nodes if node.work.get(OUTLINE) == GENERAL for name in node.serves)


def check_coverage(outline: Outline, report: Collector) -> None:
    """Judge that every requirement is served by a leaf, and every leaf serves one."""
    plan = outline.plan
    known = {requirement.requirement_id for requirement in plan.requirements}
    served = serving_leaves(outline)
    carrying = _carrying_leaves(outline, served) if known else frozenset()
    for index, node in enumerate(plan.nodes):
        is_traced = bool(node.serves) or index in carrying or is_early_part(node.title)
        if outline.is_leaf(index) and known and not is_traced:
            report.node(index, "UPP503", "it serves no requirement", hint="Say what it is for, or remove it.")
        for name in dict.fromkeys(node.serves):
            if name not in known:
                report.node(
                    index,
                    "UPP502",
                    f"it serves {name[:80]!r}, which is no requirement of the plan",
                    hint="Name a requirement of this plan.",
                )
    general = general_names(plan)
    for index, requirement in enumerate(plan.requirements):
        if requirement.requirement_id not in served:
            report.requirement(
                index,
                "UPP501",
                f"no leaf serves this {requirement.kind}: {' '.join(requirement.text.split())[:100]}",
                hint="Add a leaf that serves it.",
            )
        elif requirement.requirement_id in general:
            report.requirement(
                index,
                "UPP504",
                f"no pattern for this {requirement.kind}, so its tasks are a general outline: "
                f"{' '.join(requirement.text.split())[:100]}",
                hint="Plan it with a model (--planner model), or write its tasks.",
            )


def _carrying_leaves(outline: Outline, served: Mapping[str, Sequence[int]]) -> frozenset[int]:
    """Return the leaves that a leaf which serves something waits for, however far behind."""
    starts, ends = 0, 1  # of a node: to wait for it is to wait for its end, and so for all below it
    waiting = [(index, starts) for leaves in served.values() for index in leaves]
    seen = set(waiting)
    carrying: set[int] = set()
    while waiting:
        index, side = waiting.pop()
        further: list[tuple[int, int]] = [(index, starts)] if side == ends else []
        if side == ends:
            further += [(child, ends) for child in outline.children[index]]
            carrying.add(index)
        else:
            needs = (outline.resolve(name) for name in outline.plan.nodes[index].depends_on)
            further += [(need, ends) for need in needs if need is not None]
            parent = outline.parents[index]
            further += [] if parent is None else [(parent, starts)]
        new = [vertex for vertex in further if vertex not in seen]
        seen.update(new)
        waiting += new
    return frozenset(carrying)


def check_ownership(outline: Outline, report: Collector) -> None:
    """Judge that no contract has two owners."""
    owners: dict[str, int] = {}
    for index, node in enumerate(outline.plan.nodes):
        for contract in dict.fromkeys(node.owns):
            first = owners.setdefault(contract, index)
            if first != index:
                report.node(
                    index,
                    "UPP601",
                    f"it owns {contract[:80]!r}, which {outline.plan.nodes[first].node_id} owns already",
                    hint="Let one node define it, and the other depend on that.",
                )
