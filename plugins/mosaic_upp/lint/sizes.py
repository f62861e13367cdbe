"""Rules on estimates (UPP2xx)."""

from __future__ import annotations

from .collector import Collector
from .outline import Outline
from .oversize import MAX_MINUTES, find_splits


def check_sizes(outline: Outline, report: Collector) -> None:
    """Judge the estimate of each leaf, and those of inner nodes by their leaves."""
    splits = find_splits(outline)
    totals: list[int | None] = [0] * len(outline.keys)
    for index in sorted(range(len(outline.keys)), key=lambda index: -len(outline.keys[index] or ())):
        minutes = outline.plan.nodes[index].minutes
        total = minutes if outline.is_leaf(index) else totals[index]
        totals[index] = total
        parent = outline.parents[index]
        if parent is not None:
            above = totals[parent]
            totals[parent] = None if above is None or total is None else above + total
    for index, node in enumerate(outline.plan.nodes):
        minutes, total = node.minutes, totals[index]
        if minutes is not None and minutes <= 0:
            report.node(
                index, "UPP204", f"its estimate is {minutes} minutes", hint="Estimate at least one minute."
            )
        elif not outline.is_leaf(index):
            if minutes is not None and total is not None and total != minutes:
                report.node(
                    index,
                    "UPP203",
                    f"its estimate is {minutes} minutes, its leaves' {total}",
                    hint=f"Write {total}, or leave it out.",
                )
        elif minutes is None:
            report.node(
                index, "UPP201", "it has no estimate", hint="Say how many minutes it takes, at most 30."
            )
        elif minutes > MAX_MINUTES:
            report.node(
                index,
                "UPP202",
                f"it takes {minutes} minutes; at most {MAX_MINUTES} are allowed",
                hint="Split it into parts that can each be checked."
                if index in splits
                else "Plan it anew: its parent has no room for parts, or a machine would do each part whole.",
                is_fixable=index in splits,
            )
