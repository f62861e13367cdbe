"""Mermaid flowcharts: written for people to look at, never read."""

from __future__ import annotations

from mosaic_hookspecs import InputError, Location, Plan

from .upp_lines import plain_text

_ESCAPED = str.maketrans({sign: f"#{ord(sign)};" for sign in '#"<>&;[](){}|`\\'})


class Mermaid:
    """Writes a flowchart in which inner nodes are subgraphs and dependencies are arrows."""

    name = "mermaid"

    def recognises(self, text: str, path: str) -> bool:
        """Never: a drawing does not hold a plan."""
        return False

    def read(self, text: str, path: str) -> Plan:
        """Refuse, always (`InputError`, code ``write-only``)."""
        raise InputError(
            "write-only",
            "plans cannot be read from Mermaid",
            where=Location(path=path) if path else None,
            hint="Import another format: json, upp, taskmaster, beads, checklist or wfformat.",
        )

    def write(self, plan: Plan) -> str:
        """Write a flowchart. Raises `InputError` where an identifier is malformed."""
        names = {node.node_id: f"n{number}" for number, node in enumerate(plan.nodes, start=1)}
        parents = {node.parent_id for node in plan.nodes}
        lines = ["flowchart LR"]
        open_nodes: list[str] = []
        for node in plan.nodes:
            while open_nodes and open_nodes[-1] != node.parent_id:
                open_nodes.pop()
                lines.append(f"{'  ' * (len(open_nodes) + 1)}end")
            indent = "  " * (len(open_nodes) + 1)
            minutes = f" · {node.minutes} min" if node.minutes is not None else ""
            label = f'"{node.node_id} {plain_text(node.title).translate(_ESCAPED)}{minutes}"'
            if node.node_id in parents:
                lines.append(f"{indent}subgraph {names[node.node_id]} [{label}]")
                open_nodes.append(node.node_id)
            else:
                lines.append(f"{indent}{names[node.node_id]}[{label}]")
        lines += [f"{'  ' * depth}end" for depth in range(len(open_nodes), 0, -1)]
        for node in plan.nodes:
            for other in node.depends_on:
                if other in names:
                    lines.append(f"  {names[other]} --> {names[node.node_id]}")
        return "\n".join(lines) + "\n"
