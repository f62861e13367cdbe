"""Phase four, certification: implied dependencies out, then every gate of the linter.

Owns the refusal of plans that fail: an empty, cyclic or uncovered plan is an error, never a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.findings import Severity
from mosaic_hookspecs.graph import topological_order
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.planning import PlanLinter

from ..placing import place_findings

_SHOWN = 5
_MOST_REDUCED = 2500


def certify(plan: Plan, linter: PlanLinter) -> Plan:
    """Return the plan without implied dependencies.

    Raises:
        InputError: a gate fails (code ``plan-gate``); the worst findings are in `got`.
    """
    plan = reduced(plan)
    require_gates(plan, linter)
    return plan


def require_gates(plan: Plan, linter: PlanLinter, *, path: str = "", text: str = "") -> None:
    """Refuse a plan in which the linter finds errors; `path` and `text` are the file that it was read from.

    Raises:
        InputError: as `certify`.
    """
    path = path or plan.source
    errors = [finding for finding in linter.check(plan, path=path) if finding.severity is Severity.ERROR]
    if errors:
        errors = list(place_findings(errors, text, path))
        lines = [f"{finding.code} {finding.subject}: {finding.message}" for finding in errors[:_SHOWN]]
        more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
        raise InputError(
            "plan-gate",
            f"the plan fails {len(errors)} gate{'s' if len(errors) > 1 else ''}",
            where=errors[0].location or path or None,
            expected="a plan without errors",
            got="; ".join(lines) + more,
            hint="Run `mosaic plan check` on the plan to see every finding.",
        )


def reduced(plan: Plan) -> Plan:
    """Leave out each dependency between leaves that follows from another one."""
    graph = {node.node_id: tuple(node.depends_on) for node in plan.nodes}
    kept = reduce_graph(graph)
    return attrs.evolve(
        plan, nodes=tuple(attrs.evolve(node, depends_on=tuple(kept[node.node_id])) for node in plan.nodes)
    )


def reduce_graph(graph: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return the transitive reduction of an acyclic graph; large graphs are only reduced by one step."""
    order = topological_order(graph)
    if len(order) < len(graph):
        return {name: tuple(needs) for name, needs in graph.items()}
    if len(graph) > _MOST_REDUCED:
        return {
            name: _minus(needs, {far for need in needs for far in graph[need]}) for name, needs in graph.items()
        }
    position = {name: index for index, name in enumerate(order)}
    above: dict[str, int] = {}
    kept: dict[str, Sequence[str]] = {}
    for name in order:
        mask = 0
        for need in graph[name]:
            mask |= above[need]
        kept[name] = tuple(need for need in graph[name] if not mask >> position[need] & 1)
        for need in graph[name]:
            mask |= 1 << position[need]
        above[name] = mask
    return kept


def _minus(needs: Sequence[str], implied: set[str]) -> Sequence[str]:
    return tuple(need for need in needs if need not in implied)
