"""Rules on words and figures: summaries (UPP7xx), titles (UPP8xx), assumptions (UPP9xx)."""

from __future__ import annotations

from collections.abc import Mapping

from .collector import Collector
from .outline import Outline
from .oversize import normal_title

LEVEL_KEYS = ("epics", "features", "stories", "tasks", "subtasks", "atomics")
_ROUNDING_MINUTES = 30
_ROUNDING_SHARE = 0.05


def summary_repairs(outline: Outline) -> Mapping[str, int]:
    """Return the figures of the plan's own summary that are wrong, with the right ones.

    Documents round times, so those may be off by half an hour or a twentieth.
    """
    counts = dict.fromkeys(LEVEL_KEYS, 0)
    for key in outline.keys:
        if key is not None:
            counts[LEVEL_KEYS[len(key) - 1]] += 1
    wrong: dict[str, int] = {}
    for name, value in outline.plan.summary.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if name in counts and value != counts[name]:
            wrong[name] = counts[name]
        elif name == "minutes":
            leaves = (node.minutes for i, node in enumerate(outline.plan.nodes) if outline.is_leaf(i))
            total = sum(minutes or 0 for minutes in leaves)
            if abs(total - value) > max(_ROUNDING_MINUTES, _ROUNDING_SHARE * abs(total)):
                wrong[name] = total
    return wrong


def check_summary(outline: Outline, report: Collector) -> None:
    """Compare what the document says of itself with its tree."""
    for name, right in summary_repairs(outline).items():
        stated = outline.plan.summary[name]
        message = f"the summary says {stated} {name}, the tree has {right}"
        if name == "minutes":
            message = f"the summary says {_hours(stated)}, the leaves add up to {_hours(right)}"
        report.plan("UPP701", message, subject=f"summary.{name}", hint="Correct the summary.", is_fixable=True)


def _hours(minutes: object) -> str:
    if not isinstance(minutes, int):
        return f"{minutes} minutes"
    return f"{minutes} minutes ({minutes // 60} h {minutes % 60} min)"


def check_wording(outline: Outline, report: Collector) -> None:
    """Judge titles and assumptions."""
    titles: dict[tuple[int | None, str], int] = {}
    for index, node in enumerate(outline.plan.nodes):
        title = normal_title(node.title)
        if not title:
            report.node(index, "UPP802", "it has no title", hint="Say what is to be done.")
        else:
            first = titles.setdefault((outline.parents[index], title), index)
            if first != index:
                report.node(
                    index,
                    "UPP801",
                    f"its title is that of its sibling {outline.plan.nodes[first].node_id}: {title[:60]!r}",
                    hint="Say what sets it apart.",
                )
        for guess in node.assumptions:
            if not guess.rationale.strip():
                report.node(
                    index, "UPP901", f"ASSUMPTION without a rationale: {guess.text[:80]}", hint="Say why."
                )
