"""Markdown checklists and task tables, without identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs import InputError, Location, Plan, PlanNode, digest

from .annotations import parse_annotations, parse_depends
from .markdown_blocks import Line, split_markdown
from .task_table import is_task_header, read_rows
from .tree_builder import Item, build_tree
from .upp_lines import plain_text

_BOX = re.compile(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\][ \t]+(\S.*)")
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_TAB = 4


@attrs.define
class _Open:
    """An item that is being read. `indent` is negative for headings, so that lists close before them."""

    indent: int
    item: Item
    children: list[_Open] = attrs.field(factory=list)


class Checklist:
    """Reads nested ``- [ ]`` lists, with headings as the levels above, and tables with a column of
    tasks; writes lists.
    """

    name = "checklist"

    def recognises(self, text: str, path: str) -> bool:
        """Whether there is a box to tick, or the header of a table of tasks."""
        if text.lstrip("\ufeff \t\r\n")[:1] == "{":
            return False
        return any(_BOX.match(line) or is_task_header(line) for line in text.split("\n"))

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError` where there is nothing to do in the document."""
        markdown = split_markdown(text, path)
        root = _Open(indent=-100, item=Item(title=""))
        _read_lines(markdown.prose, root)
        top = _close(root)
        items = tuple(top.children) if top else ()
        title = next((m[2].strip() for line in markdown.prose if (m := _HEADING.match(line.text))), "")
        if not items:
            raise InputError(
                "empty-plan",
                "there is no checklist and no table of tasks in the document",
                where=Location(path=path),
                expected="lines such as `- [ ] Title`, or a table with a column `Task`",
            )
        title = title or path.rsplit("/", 1)[-1].partition(".")[0] or "Checklist"
        return Plan(
            title=title,
            source=path,
            source_digest=digest(text.encode("utf-8", "surrogatepass")) if path else "",
            nodes=tuple(build_tree(title, items, path)),
        )

    def write(self, plan: Plan) -> str:
        """Write nested boxes with estimates, and dependencies by title; the rest cannot be said here.

        A single epic becomes the heading, as it is read.
        """
        titles = {node.node_id: plain_text(node.title) for node in plan.nodes}
        epics = [node for node in plan.nodes if node.parent_id not in titles]
        heading = epics[0] if len(epics) == 1 and len(plan.nodes) > 1 else None
        lines = [f"# {titles[heading.node_id] if heading else plain_text(plan.title)}", ""]
        depths: dict[str | None, int] = {}
        for node in plan.nodes:
            if node is heading:
                depths[node.node_id] = -1
                continue
            depths[node.node_id] = depths.get(node.parent_id, -1) + 1
            lines.append("  " * depths[node.node_id] + _box(node, titles))
        return "\n".join(lines) + "\n"


def _box(node: PlanNode, titles: dict[str, str]) -> str:
    minutes = f" [{node.minutes} min]" if node.minutes is not None and node.minutes > 0 else ""
    needs = [
        titles[name] for name in node.depends_on if name in titles and not set(",;()[]") & set(titles[name])
    ]
    after = f" (depends on: {', '.join(needs)})" if needs else ""
    return f"- [{'x' if node.done else ' '}] {plain_text(node.title)}{minutes}{after}"


def _read_lines(lines: Sequence[Line], root: _Open) -> None:
    path = [root]
    table: list[Line] = []
    for line in [*lines, Line(number=0, text="")]:
        if line.text.lstrip().startswith("|") and (table or is_task_header(line.text)):
            table.append(line)
            continue
        if table:
            path[-1].children += [_Open(indent=0, item=item) for item in read_rows(table)]
            table = []
        box, heading = _BOX.match(line.text), _HEADING.match(line.text)
        if box:
            _push(path, len(box[1].expandtabs(_TAB)), _item(box[3], line, done=box[2] != " "))
        elif heading:
            _push(path, len(heading[1]) - 10, Item(title=heading[2].strip(), line=line.number))
        elif len(path) > 1 and (needs := parse_depends(line.text.strip(" \t-*+_"))):
            item = path[-1].item
            path[-1].item = attrs.evolve(item, depends_on=(*item.depends_on, *needs))


def _close(opened: _Open) -> Item | None:
    """Freeze what was read, from the bottom up; headings with nothing to do below them are left out."""
    order, stack = list[_Open](), [opened]
    while stack:
        order.append(stack.pop())
        stack += order[-1].children
    closed: dict[int, Item | None] = {}
    for each in reversed(order):
        found = (closed.pop(id(child)) for child in each.children)
        children = tuple(child for child in found if child is not None)
        is_empty = each.indent < 0 and not children
        closed[id(each)] = None if is_empty else attrs.evolve(each.item, children=children)
    return closed[id(opened)]


def _push(path: list[_Open], indent: int, item: Item) -> None:
    while path[-1].indent >= indent:
        path.pop()
    opened = _Open(indent=indent, item=item)
    path[-1].children.append(opened)
    path.append(opened)


def _item(text: str, line: Line, *, done: bool) -> Item:
    found = parse_annotations(text)
    return Item(
        title=found.title,
        origin=found.title,
        minutes=found.minutes,
        depends_on=found.depends_on,
        done=done if found.done is None else found.done,
        line=line.number,
    )
