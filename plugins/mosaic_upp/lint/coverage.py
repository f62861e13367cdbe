"""Rules on what the leaves are for (UPP5xx), and on who defines what (UPP6xx)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .collector import Collector
from .outline import Outline
from .oversize import is_early_part


def serving_leaves(outline: Outline) -> Mapping[str, Sequence[int]]:
    """Map each name that a leaf serves to the leaves that do, in document order."""
    served: dict[str, list[int]] = {}
    for index, node in enumerate(outline.plan.nodes):
        if outline.is_leaf(index):
            for name in dict.fromkeys(node.serves):
                served.setdefault(name, []).append(index)
    return served


def check_coverage(outline: Outline, report: Collector) -> None:
    """Judge that every requirement is served by a leaf, and every leaf serves one."""
    plan = outline.plan
    known = {requirement.requirement_id for requirement in plan.requirements}
    served = serving_leaves(outline)
    for index, node in enumerate(plan.nodes):
        if outline.is_leaf(index) and known and not node.serves and not is_early_part(node.title):
            report.node(index, "UPP503", "it serves no requirement", hint="Say what it is for, or remove it.")
        for name in dict.fromkeys(node.serves):
            if name not in known:
                report.node(
                    index,
                    "UPP502",
                    f"it serves {name[:80]!r}, which is no requirement of the plan",
                    hint="Name a requirement of this plan.",
                )
    for index, requirement in enumerate(plan.requirements):
        if requirement.requirement_id not in served:
            report.requirement(
                index,
                "UPP501",
                f"no leaf serves this {requirement.kind}: {' '.join(requirement.text.split())[:100]}",
                hint="Add a leaf that serves it.",
            )


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
