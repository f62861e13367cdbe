"""Writes plans as Task Master's two levels: tasks, and subtasks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Plan, PlanNode

from .described import split_sections
from .task_master import SECTIONS

_PRIORITIES = frozenset({"high", "medium", "low", "critical"})
Tree = Mapping[str, Sequence[PlanNode]]


def write_task_master(plan: Plan) -> str:
    """Write a plan. Nodes whose children are leaves become tasks, and those leaves their subtasks; a leaf
    beside inner nodes becomes a task. Where nodes have an `origin`, the topmost of these are the tasks,
    so that what came from Task Master goes back as it was. Levels above and between are left out; what
    they depend on, what is below them depends on, and the reverse. A subtask cannot name a whole task
    (a bare number there is a sibling's), so its task waits in its place.
    """
    tree = plan.children()
    tasks = _tasks(plan, tree)
    numbers: dict[str, str] = {}
    leaves: dict[str, Sequence[PlanNode]] = {}
    for number, node in enumerate(tasks, start=1):
        numbers[node.node_id] = str(number)
        leaves[node.node_id] = _leaves(node, tree)
        for local, leaf in enumerate(leaves[node.node_id], start=1):
            numbers[leaf.node_id] = f"{number}.{local}"
    needs = _Needs(plan, tree, numbers)
    data = {
        "master": {
            "tasks": [_task(node, leaves[node.node_id], numbers, needs) for node in tasks],
            "metadata": {"projectName": plan.title, "description": plan.goal or plan.title},
        }
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _tasks(plan: Plan, tree: Tree) -> list[PlanNode]:
    has_origins = any(node.origin for node in plan.nodes)
    tasks: list[PlanNode] = []
    chosen: set[str] = set()
    for node in plan.nodes:
        children = tree.get(node.node_id, ())
        is_bottom = not any(tree.get(child.node_id) for child in children)
        if node.parent_id in chosen:
            chosen.add(node.node_id)
        elif not children or (node.origin if has_origins else is_bottom):
            tasks.append(node)
            chosen.add(node.node_id)
    return tasks


def _leaves(node: PlanNode, tree: Tree) -> list[PlanNode]:
    stack, leaves = list(reversed(tree.get(node.node_id, ()))), list[PlanNode]()
    while stack:
        child = stack.pop()
        below = tree.get(child.node_id, ())
        stack += reversed(below)
        if not below:
            leaves.append(child)
    return leaves


class _Needs:
    """Answers what a task or subtask depends on, as numbers."""

    def __init__(self, plan: Plan, tree: Tree, numbers: Mapping[str, str]) -> None:
        self._tree = tree
        self._numbers = numbers
        self._by_id = {node.node_id: node for node in plan.nodes}
        self._standing: dict[str, Sequence[str]] = {}

    def of(self, node: PlanNode) -> Sequence[str]:
        """Return the numbers that a node waits for: its own, and those of unnumbered nodes above."""
        own = self._numbers[node.node_id]
        found: dict[str, None] = {}
        above: PlanNode | None = node
        while above is not None and (above is node or above.node_id not in self._numbers):
            for name in above.depends_on:
                found.update(dict.fromkeys(self._stand_for(name)))
            above = self._by_id.get(above.parent_id or "")
        return [number for number in found if number != own]

    def _stand_for(self, name: str) -> Sequence[str]:
        if name not in self._standing:
            found: list[str] = []
            stack = [name]
            while stack:
                node_id = stack.pop()
                if node_id in self._numbers:
                    found.append(self._numbers[node_id])
                else:
                    stack += [child.node_id for child in reversed(self._tree.get(node_id, ()))]
            self._standing[name] = found
        return self._standing[name]


def _task(
    node: PlanNode, leaves: Sequence[PlanNode], numbers: Mapping[str, str], needs: _Needs
) -> dict[str, Any]:
    number = numbers[node.node_id]
    own = dict.fromkeys(needs.of(node))
    subtasks: list[dict[str, Any]] = []
    for local, leaf in enumerate(leaves, start=1):
        found = needs.of(leaf)
        own.update(dict.fromkeys(need for need in found if need.isdigit() and need != number))
        local_needs = [
            int(need.removeprefix(f"{number}.")) if need.startswith(f"{number}.") else need
            for need in found
            if not need.isdigit()
        ]
        subtasks.append({**_words(leaf, local), "dependencies": local_needs})
    dependencies = [int(need) if need.isdigit() else need for need in own]
    return {**_words(node, int(number)), "dependencies": dependencies, "subtasks": subtasks}


def _words(node: PlanNode, number: int) -> dict[str, Any]:
    description, sections = split_sections(node.description, SECTIONS)
    priority, status = node.work.get("priority"), node.work.get("status")
    return {
        "id": number,
        "title": node.title,
        "description": description,
        "details": sections["Details"],
        "testStrategy": sections["Test strategy"] or "\n".join(check.name for check in node.checks),
        "status": status if isinstance(status, str) else "done" if node.done else "pending",
        "priority": priority if priority in _PRIORITIES else "medium",
    }
