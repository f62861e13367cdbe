"""Writes plans as UPP Markdown: a drawn tree, statistics, details for people, and the rest as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs

from mosaic_hookspecs import InputError, Plan, PlanNode

from .markdown_blocks import Line
from .upp_lines import parse_drawn, plain_text, render_line
from .upp_summary import count_summary

BLOCK_INFO = "json mosaic"
"""What stands behind the fence of the block that holds what the tree cannot say."""

_TREE_FIELDS = ("title", "minutes", "depends_on", "done")


def write_upp(plan: Plan) -> str:
    """Write a plan that `read_upp` reads back as an equal one.

    Raises:
        InputError: a node's identifier is malformed or stands twice (code ``cannot-export``).
    """
    _require_identifiers(plan)
    title = plain_text(plan.title)
    totals = count_summary(plan)
    lines = [f"# {title} – UPP tree", ""]
    if plan.goal.strip():
        lines += [f"> {plain_text(plan.goal)}", ""]
    lines += ["## UPP hierarchy", "", "```text", f"PROJECT: {title}", *_draw(plan), "```", ""]
    minutes = totals.pop("minutes")
    lines += ["## Statistics", "", *(f"- **Total {name.capitalize()}**: {totals[name]}" for name in totals)]
    lines += [f"- **Estimated Total Time**: {minutes} minutes", ""]
    lines += _details(plan)
    lines += ["## Data", "", "What the tree cannot say; read back together with it.", ""]
    lines += [f"```{BLOCK_INFO}", _block(plan), "```", ""]
    return "\n".join(lines)


def _require_identifiers(plan: Plan) -> None:
    seen: set[str] = set()
    for node in plan.nodes:
        _ = node.level
        if node.node_id in seen:
            raise InputError(
                "cannot-export",
                f"two nodes are called {node.node_id}",
                expected="identifiers that are unique",
                hint="Repair the plan with `mosaic plan check --fix`, or export it as JSON.",
            )
        seen.add(node.node_id)


def _draw(plan: Plan) -> Iterator[str]:
    known = {node.node_id for node in plan.nodes}
    depths: list[tuple[int, PlanNode]] = []
    levels: dict[str, int] = {}
    for node in plan.nodes:
        parent = node.parent_id
        levels[node.node_id] = levels.get(parent, 0) + 1 if parent in known and parent is not None else 1
        depths.append((levels[node.node_id], node))
    is_last = [True] * len(depths)
    follows: dict[int, bool] = {}
    for index in range(len(depths) - 1, -1, -1):
        depth = depths[index][0]
        is_last[index] = not follows.get(depth, False)
        follows = {key: value for key, value in follows.items() if key < depth}
        follows[depth] = True
    trail: list[bool] = []
    for (depth, node), last in zip(depths, is_last, strict=True):
        trail[depth - 1 :] = [last]
        bars = "".join("    " if closed else "│   " for closed in trail[:-1])
        yield f"{bars}{'└── ' if last else '├── '}{render_line(node)}"


def _details(plan: Plan) -> list[str]:
    lines: list[str] = []
    for node in plan.nodes:
        facts = [
            ("Depends on", ", ".join(node.depends_on)),
            ("Serves", ", ".join(node.serves)),
            ("Owns", ", ".join(node.owns)),
            ("Agent", ", ".join([*([node.runtime] if node.runtime else []), *node.labels])),
            *(("Check", f"{check.name} ({check.uses})") for check in node.checks),
            *(("ASSUMPTION", f"{guess.text} ({guess.rationale})") for guess in node.assumptions),
        ]
        told = [f"- {name}: {plain_text(text)}" for name, text in facts if text.strip()]
        quoted = [f"> {plain_text(line)}".rstrip() for line in node.description.split("\n")]
        if node.description.strip():
            told = [*quoted, "", *told]
        if told:
            lines += [f"### Details of {node.node_id}", "", *told, ""]
    return ["## Details", "", *lines] if lines else []


def _block(plan: Plan) -> str:
    data: dict[str, Any] = attrs.evolve(plan, nodes=()).to_data()
    rest = {node.node_id: entry for node in plan.nodes if (entry := _rest(node))}
    try:
        return json.dumps({**data, "nodes": rest}, indent=1, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError("bad-plan", "the plan holds a value that JSON cannot say", got=str(error)) from error


def _rest(node: PlanNode) -> dict[str, Any]:
    data: dict[str, Any] = Plan(title="", nodes=(node,)).to_data()["nodes"][0]
    entry = {key: value for key, value in data.items() if key not in {"node_id", *_TREE_FIELDS}}
    read = parse_drawn(Line(number=1, text=render_line(node)), "")
    for name in _TREE_FIELDS:
        value = getattr(node, name)
        if read is None or getattr(read, name) != value:
            entry[name] = list(value) if name == "depends_on" else value
    return entry
