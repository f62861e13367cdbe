"""What a document's summary section claims about its own tree, and what a tree really has.

Owns the keys of `Plan.summary`: one a level (``epics`` … ``atomics``), and ``minutes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mosaic_hookspecs import JsonObject, Level, Plan

from .markdown_blocks import Line

COUNT_KEYS = {
    Level.EPIC: "epics",
    Level.FEATURE: "features",
    Level.STORY: "stories",
    Level.TASK: "tasks",
    Level.SUBTASK: "subtasks",
    Level.ATOMIC: "atomics",
}
_COUNT = re.compile(
    r"[\s>*+-]*total\s+(?:number\s+of\s+)?(epic|feature|story|storie|task|subtask|atomic)s?(?:\s+tasks?)?[\s*]*:"
    r"[\s*~≈]*(\d{1,9})\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[\s>*+-]*(?:total\s+)?(?:estimated\s+)?(?:total\s+)?(?:time|effort|estimate|duration)[\s*]*:"
    r"[\s*~≈]*(\d{1,9}(?:\.\d{1,3})?)\s*(hours?|h|minutes?|mins?)\b",
    re.IGNORECASE,
)
_BY_WORD = {
    "epic": "epics",
    "feature": "features",
    "story": "stories",
    "storie": "stories",
    "task": "tasks",
    "subtask": "subtasks",
    "atomic": "atomics",
}
_SECTION = re.compile(r"#{1,6}\s+(.*)")
_MINUTES_IN_HOUR = 60


def read_summary(lines: Iterable[Line]) -> JsonObject:
    """Read ``**Total Tasks**: 20`` and ``**Estimated Total Time**: ~36 hours`` from prose.

    A time counts only under a heading that speaks of a summary, of statistics or of totals, since
    documents also give one to each phase. The first statement of each figure holds.
    """
    summary: dict[str, int] = {}
    is_summary = False
    for line in lines:
        heading = _SECTION.match(line.text)
        if heading:
            is_summary = any(word in heading[1].lower() for word in ("summary", "statistic", "total"))
        elif match := _COUNT.match(line.text):
            summary.setdefault(_BY_WORD[match[1].lower()], int(match[2]))
        elif is_summary and (match := _TIME.match(line.text)):
            factor = _MINUTES_IN_HOUR if match[2][0] in "hH" else 1
            summary.setdefault("minutes", round(float(match[1]) * factor))
    return summary


def count_summary(plan: Plan) -> dict[str, int]:
    """Count a plan's nodes by level, and add up the estimates of its leaves."""
    counts = dict.fromkeys(COUNT_KEYS.values(), 0)
    for node in plan.nodes:
        counts[COUNT_KEYS[node.level]] += 1
    return {**counts, "minutes": sum(node.minutes or 0 for node in plan.leaves())}
