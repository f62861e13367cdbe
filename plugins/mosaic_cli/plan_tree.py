"""A plan as a tree of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from mosaic_hookspecs import Level, Plan, PlanNode, critical_path

from .terminal_text import one_line

_PLURALS = {
    Level.EPIC: "epics",
    Level.FEATURE: "features",
    Level.STORY: "stories",
    Level.TASK: "tasks",
    Level.SUBTASK: "subtasks",
    Level.ATOMIC: "atomics",
}


def level_counts(data: Mapping[str, Any]) -> str:
    """Say how many nodes of each level a plan has, and its minutes."""
    plan = Plan.from_data(data)
    counts = {level: sum(node.level is level for node in plan.nodes) for level in Level}
    parts = [
        f"{count} {_PLURALS[level] if count != 1 else level.name.lower()}" for level, count in counts.items()
    ]
    minutes = sum(leaf.minutes or 0 for leaf in plan.leaves())
    return f"{', '.join(parts)}; {minutes:,} minutes"


def print_plan(data: Mapping[str, Any]) -> None:
    """Print the tree with estimates, the critical path marked, and the coverage."""
    plan = Plan.from_data(data)
    leaves = plan.leaves()
    names = {leaf.node_id for leaf in leaves}
    graph = {leaf.node_id: [need for need in leaf.depends_on if need in names] for leaf in leaves}
    weights = {leaf.node_id: leaf.minutes or 1 for leaf in leaves}
    critical = critical_path(graph, weights)
    click.secho(one_line(plan.title, 200), bold=True)
    for text in _lines(plan.children(), "", "", frozenset(critical)):
        click.echo(text)
    served = {name for node in plan.nodes for name in node.serves}
    covered = sum(requirement.requirement_id in served for requirement in plan.requirements)
    general = {name for leaf in leaves if leaf.work.get("outline") == "general" for name in leaf.serves}
    click.echo(f"\n{level_counts(data)}")
    click.echo(
        f"critical path: {sum(weights[name] for name in critical)} minutes in {len(critical)} tasks (marked ●)"
    )
    told = f", {len(general)} of them by a general outline" if general else ""
    click.echo(f"coverage: {covered} of {len(plan.requirements)} requirements served{told}")


def _lines(tree: Mapping[str, Any], parent: str, indent: str, critical: frozenset[str]) -> Iterator[str]:
    children: list[PlanNode] = list(tree.get(parent, ()))
    for index, node in enumerate(children):
        is_last = index == len(children) - 1
        minutes = f" [{node.minutes} min]" if node.minutes is not None else ""
        mark = click.style("● ", fg="red") if node.node_id in critical else ""
        name = click.style(one_line(node.node_id, 90), dim=True)
        yield f"{indent}{'└─' if is_last else '├─'} {mark}{name} {one_line(node.title, 90)}{minutes}"
        yield from _lines(tree, node.node_id, indent + ("   " if is_last else "│  "), critical)
