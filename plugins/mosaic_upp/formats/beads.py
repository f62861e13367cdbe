"""Beads' JSONL: one issue a line, with typed dependencies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import InputError, Level, Location, Plan, PlanNode, digest

from .described import join_sections, split_sections
from .json_document import load_json
from .limits import MAX_NODES, require_node_count, require_size
from .record import Record
from .tree_builder import Item, build_tree

_SECTIONS = ("Design", "Acceptance criteria", "Notes")
_PRIORITY = 2
_EPOCH = "1970-01-01T00:00:00Z"
_TYPES = {Level.EPIC: "epic", Level.FEATURE: "feature"}


class Beads:
    """Reads issues, with ``parent-child`` as the tree and ``blocks`` as dependencies; writes the same.

    Tombstones are left out; ``related`` and ``discovered-from`` order nothing, so they are not kept.
    """

    name = "beads"

    def recognises(self, text: str, path: str) -> bool:
        """Whether the first line is an object with an id and a title."""
        first = text.lstrip("\ufeff \t\r\n").partition("\n")[0].strip()
        return first.startswith("{") and first.endswith("}") and '"id"' in first and '"title"' in first

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError` with line, column and key for anything malformed."""
        require_size(text, path)
        issues: dict[str, tuple[Item, Record]] = {}
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
            if not line.strip():
                continue
            document = load_json(line, path, first_line=number)
            record = Record(document, document.value)
            if record.text("status", "open") == "tombstone":
                continue
            item = _issue(record, number)
            if item.origin in issues:
                raise record.error("id", f"two issues have the identifier {item.origin[:60]!r}")
            issues[item.origin] = (item, record)
            require_node_count(len(issues), path)
        if not issues:
            raise InputError("empty-plan", "there is no issue in the document", where=Location(path=path))
        title = path.rsplit("/", 1)[-1].partition(".")[0] or "Issues"
        nodes = build_tree(title, _nest(issues, path), path)
        if nodes[0].origin:
            title = nodes[0].title
        source_digest = digest(text.encode("utf-8", "surrogatepass")) if path else ""
        return Plan(title=title, source=path, source_digest=source_digest, nodes=tuple(nodes))

    def write(self, plan: Plan) -> str:
        """Write one issue a node. Times are the epoch's, since a plan has none and must be stable."""
        origins = [node.origin for node in plan.nodes]
        is_beads = all(origins) and len(set(origins)) == len(origins)
        names = {
            node.node_id: node.origin if is_beads else f"bd-{node.node_id.partition('.')[2]}"
            for node in plan.nodes
        }
        return "".join(
            json.dumps(_to_issue(node, names), ensure_ascii=False, allow_nan=False) + "\n"
            for node in plan.nodes
        )


def _issue(record: Record, line: int) -> Item:
    status = record.text("status", "open")
    sections = {
        "Design": record.text("design", ""),
        "Acceptance criteria": record.text("acceptance_criteria", ""),
        "Notes": record.text("notes", ""),
    }
    work: dict[str, Any] = {"issue_type": record.text("issue_type", "task")}
    priority = record.integer("priority")
    if priority not in {None, _PRIORITY}:
        work["priority"] = priority
    if labels := record.texts("labels"):
        work["labels"] = list(labels)
    if status not in {"open", "closed"}:
        work["status"] = status
    blocks = [
        edge.text("depends_on_id")
        for edge in record.records("dependencies")
        if edge.text("type", "blocks") in {"blocks", "conditional-blocks", "waits-for"}
    ]
    return Item(
        title=record.text("title"),
        origin=record.text("id"),
        description=join_sections(record.text("description", ""), sections),
        minutes=record.integer("estimated_minutes"),
        depends_on=tuple(dict.fromkeys(blocks)),
        work=work,
        done=status == "closed",
        line=line,
    )


def _nest(issues: Mapping[str, tuple[Item, Record]], path: str) -> Sequence[Item]:
    parents: dict[str, str] = {}
    for name, (_, record) in issues.items():
        for edge in record.records("dependencies"):
            if edge.text("type", "blocks") == "parent-child" and edge.text("depends_on_id") in issues:
                parents[name] = edge.text("depends_on_id")
        dotted = name.rpartition(".")[0]
        if dotted in issues:
            parents.setdefault(name, dotted)
    children: dict[str, list[str]] = {}
    for name in issues:
        children.setdefault(parents.get(name, ""), []).append(name)
    order: list[str] = []
    stack = list(reversed(children.get("", [])))
    while stack and len(order) <= MAX_NODES:
        order.append(stack.pop())
        stack += reversed(children.get(order[-1], []))
    if len(order) < len(issues):
        left = next(name for name in issues if name not in set(order))
        line = issues[left][0].line
        raise InputError(
            "cycle",
            f"{left[:60]!r} is, by way of its parents, its own parent",
            where=Location(path=path, line=line),
        )
    built: dict[str, Item] = {}
    for name in reversed(order):
        below = tuple(built.pop(child) for child in children.get(name, []))
        built[name] = attrs.evolve(issues[name][0], children=below)
    return [built[name] for name in children[""]]


def _to_issue(node: PlanNode, names: Mapping[str, str]) -> dict[str, Any]:
    own = names[node.node_id]
    description, sections = split_sections(node.description, _SECTIONS)
    priority, kind, labels = (node.work.get(key) for key in ("priority", "issue_type", "labels"))
    status = node.work.get("status")
    issue: dict[str, Any] = {
        "id": own,
        "title": node.title,
        "description": description,
        "design": sections["Design"],
        "acceptance_criteria": sections["Acceptance criteria"] or "\n".join(c.name for c in node.checks),
        "notes": sections["Notes"],
        "status": "closed" if node.done else status if isinstance(status, str) else "open",
        "priority": priority if isinstance(priority, int) else _PRIORITY,
        "issue_type": kind if isinstance(kind, str) else _TYPES.get(node.level, "task"),
        "estimated_minutes": node.minutes,
        "labels": labels if isinstance(labels, list) else list(node.labels),
        "created_at": _EPOCH,
        "updated_at": _EPOCH,
    }
    edges = [(names.get(name, name), "blocks") for name in node.depends_on]
    parent = names.get(node.parent_id or "")
    if parent is not None:
        edges.insert(0, (parent, "parent-child"))
    issue["dependencies"] = [
        {"issue_id": own, "depends_on_id": other, "type": kind, "created_at": _EPOCH} for other, kind in edges
    ]
    return {key: value for key, value in issue.items() if value not in ("", None, [])}
