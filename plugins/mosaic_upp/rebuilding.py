"""The plan of a run that was made before plans were kept: rebuilt from its tasks, as far as they say it.

Owns what a task's specification still tells: identifiers, titles, estimates, checks, and the requirements
that were written into an agent's work. What compiling left out (descriptions of inner nodes, what nobody
serves, leaves that were done) is not made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.identifiers import groups_of, parent_of
from mosaic_hookspecs.plan import Assumption, Plan, PlanNode, Requirement, Span
from mosaic_hookspecs.tasks import RunSpec, TaskSpec

from .compile import GENERAL

_WORDS = frozenset({"kind", "title", "description", "acceptance", "owns", "requirements", "assumptions"})
"""What compiling writes into the work of an agent at large; it does so again."""


def rebuild_plan(run: RunSpec, specs: Sequence[TaskSpec]) -> Plan | None:
    """Return the plan; None if the tasks are no leaves of one, as those of workflows."""
    nodes: dict[str, PlanNode] = {}
    requirements: dict[str, Requirement] = {}
    try:
        for spec in specs:
            nodes[spec.task_id] = _leaf(spec, requirements)
            for name, title in zip(_above(spec.task_id), reversed(spec.path), strict=False):
                nodes.setdefault(name, PlanNode(node_id=name, title=title))
        ordered = sorted(nodes.values(), key=lambda node: groups_of(node.node_id))
    except InputError:
        return None
    if not ordered:
        return None
    goal = run.settings.get("goal")
    return Plan(
        title=run.title,
        goal=goal if isinstance(goal, str) else "",
        source="" if goal else run.target,
        requirements=tuple(requirements.values()),
        nodes=tuple(ordered),
    )


def _above(node_id: str) -> Sequence[str]:
    """Return the identifiers above one, the nearest first."""
    found: list[str] = []
    name = parent_of(node_id)
    while name is not None:
        found.append(name)
        name = parent_of(name)
    return found


def _leaf(spec: TaskSpec, requirements: dict[str, Requirement]) -> PlanNode:
    work: Mapping[str, Any] = spec.work
    served = [found for one in _items(work.get("requirements")) if (found := _requirement(one)) is not None]
    for one in served:
        requirements.setdefault(one.requirement_id, one)
    description = work.get("description")
    return PlanNode(
        node_id=spec.task_id,
        title=spec.title,
        description=description if isinstance(description, str) else "",
        minutes=spec.minutes,
        depends_on=tuple(need.task_id for need in spec.needs),
        serves=tuple(one.requirement_id for one in served),
        checks=tuple(spec.checks),
        owns=tuple(name for name in _items(work.get("owns")) if isinstance(name, str)),
        runtime=spec.runtime,
        labels=tuple(spec.labels),
        work=_own_work(spec),
        assumptions=tuple(_assumption(str(line)) for line in _items(work.get("assumptions"))),
    )


def _assumption(line: str) -> Assumption:
    text, _, rationale = line.partition(" (")
    return Assumption(text=text, rationale=rationale.removesuffix(")"))


def _own_work(spec: TaskSpec) -> JsonObject:
    if spec.runtime or spec.work.get("kind", GENERAL) != GENERAL:
        return spec.work
    return {key: value for key, value in spec.work.items() if key not in _WORDS}


def _requirement(data: Any) -> Requirement | None:
    words = data if isinstance(data, Mapping) else {}
    name, kind, text, lines = (words.get(key) for key in ("id", "kind", "text", "lines"))
    if not (isinstance(name, str) and isinstance(kind, str) and isinstance(text, str)):
        return None
    span = None
    if isinstance(lines, Sequence) and len(lines) == len(("start", "end")):
        span = Span(start=int(lines[0]), end=int(lines[1]))
    return Requirement(requirement_id=name, kind=kind, text=text, span=span)


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()
