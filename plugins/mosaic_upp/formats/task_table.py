"""Markdown tables of tasks: a column ``Task``, and perhaps ``ID``, ``Estimate``, ``Depends on``, ``Done``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .annotations import parse_duration, split_references
from .markdown_blocks import Line
from .tree_builder import Item

_COLUMNS = {
    "title": ("task", "title", "what", "item"),
    "id": ("id", "#", "no", "no.", "nr", "key"),
    "minutes": ("estimate", "minutes", "time", "effort", "duration", "min"),
    "depends": ("depends", "depends on", "dependencies", "after", "blocked by", "needs"),
    "done": ("done", "status", "state"),
    "description": ("description", "details", "notes"),
}
_RULE = re.compile(r"[\s|:-]+")
_DONE = frozenset({"x", "[x]", "yes", "done", "closed", "complete", "completed", "✓", "✔", "✅"})


def is_task_header(text: str) -> bool:
    """Whether a line is the header of a table that has a column of tasks."""
    stripped = text.strip()
    return stripped.startswith("|") and stripped.endswith("|") and "title" in _columns(stripped)


def read_rows(lines: Sequence[Line]) -> Sequence[Item]:
    """Read the rows below a header for which `is_task_header` holds; rows without a title are none."""
    columns = _columns(lines[0].text)
    items: list[Item] = []
    for line in lines[1:]:
        if _RULE.fullmatch(line.text):
            continue
        cells = _cells(line.text)
        values = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
        title = values.get("title", "").strip("*` ")
        if not title:
            continue
        estimate = values.get("minutes", "").strip("~* ")
        minutes = int(estimate) if re.fullmatch(r"\d{1,6}", estimate) else parse_duration(estimate)
        items.append(
            Item(
                title=title,
                origin=values.get("id", "").strip("*` ") or title,
                description=values.get("description", ""),
                minutes=minutes,
                depends_on=split_references(values.get("depends", "")),
                done=values.get("done", "").lower() in _DONE,
                line=line.number,
            )
        )
    return items


def _columns(header: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(_cells(header)):
        word = cell.strip(" *`_").lower()
        for name, words in _COLUMNS.items():
            if word in words:
                found.setdefault(name, place)
    return found


def _cells(row: str) -> Sequence[str]:
    inner = row.strip().removeprefix("|").removesuffix("|")
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]
