"""From a plan to the tasks that the engine runs: its leaves, and what each waits for.

Owns the reading of dependencies on inner nodes. Refuses plans that are done or that wait for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.blueprint import WORK_KINDS
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.plan import Plan, PlanNode, Requirement
from mosaic_hookspecs.tasks import Need, Retry, TaskSpec

from .planner.certification import reduce_graph

GENERAL = "general"
_ATTEMPTS = 2


def compile_plan(plan: Plan, *, workspace: str, path: str = "") -> Sequence[TaskSpec]:
    """Return a task for each leaf that is not done, in document order.

    Args:
        plan: a plan that passed the linter's gates.
        workspace: the provider of workspaces for every task ("": none).
        path: the file that the plan was read from, for errors.

    Raises:
        InputError: there is nothing left to do.
    """
    leaves = plan.leaves()
    needs = _needs(plan, leaves)
    requirements = {each.requirement_id: each for each in plan.requirements}
    paths = _paths(plan)
    tasks = tuple(
        TaskSpec(
            task_id=leaf.node_id,
            title=leaf.title,
            needs=tuple(Need(task_id=name) for name in needs[leaf.node_id]),
            runtime=leaf.runtime,
            labels=tuple(leaf.labels),
            work=_work(leaf, requirements),
            workspace=workspace,
            checks=tuple(leaf.checks),
            retry=Retry(attempts=_ATTEMPTS),
            minutes=leaf.minutes,
            path=paths[leaf.node_id],
        )
        for leaf in leaves
        if not leaf.done
    )
    if not tasks:
        raise InputError(
            "nothing-left",
            "every leaf of the plan is done" if leaves else "the plan has no leaves",
            where=path or plan.source or None,
            expected="at least one leaf that is not done",
        )
    return tasks


def _paths(plan: Plan) -> dict[str, Sequence[str]]:
    """Map each node to the titles above it, outermost first."""
    paths: dict[str, Sequence[str]] = {}
    titles: dict[str, str] = {}
    for node in plan.nodes:
        above = node.parent_id or ""
        paths[node.node_id] = (*paths[above], titles[above]) if above in titles else ()
        titles[node.node_id] = node.title
    return paths


def _work(leaf: PlanNode, requirements: Mapping[str, Requirement]) -> JsonObject:
    """Give an agent at large the words that it needs; work for a special runtime stays as it is."""
    kind = leaf.work.get("kind", GENERAL)
    if leaf.runtime or kind in WORK_KINDS or (kind != GENERAL and leaf.work):
        return leaf.work
    served = [requirements[name] for name in leaf.serves if name in requirements]
    words: dict[str, Any] = {
        "title": leaf.title,
        "description": leaf.description,
        "acceptance": [check.name for check in leaf.checks],
        "owns": list(leaf.owns),
        "requirements": [_requirement(each) for each in served],
        "assumptions": [f"{each.text} ({each.rationale})" for each in leaf.assumptions],
    }
    return {"kind": GENERAL, **{key: value for key, value in words.items() if value}, **leaf.work}


def _requirement(requirement: Requirement) -> dict[str, Any]:
    words: dict[str, Any] = {
        "id": requirement.requirement_id,
        "kind": requirement.kind,
        "text": requirement.text,
    }
    if requirement.span:
        words["lines"] = [requirement.span.start, requirement.span.end]
    return words


def _needs(plan: Plan, leaves: Sequence[PlanNode]) -> dict[str, Sequence[str]]:
    """Map each leaf to the leaves that it waits for, as few as say the same; done ones are left out."""
    is_leaf = {leaf.node_id for leaf in leaves}
    below = _leaves_below(plan, is_leaf)
    direct = {leaf.node_id: [name for name in leaf.depends_on if name in is_leaf] for leaf in leaves}
    graph: dict[str, dict[str, None]] = {name: dict.fromkeys(needs) for name, needs in direct.items()}
    for node in plan.nodes:
        targets: dict[str, None] = {}
        for name in node.depends_on:
            targets.update(dict.fromkeys(_ends(below[name], direct)))
        if targets:
            for name in _starts(below[node.node_id], direct):
                graph[name].update(targets)
    kept = reduce_graph({name: tuple(needs) for name, needs in graph.items()})
    done = {leaf.node_id for leaf in leaves if leaf.done}
    return {name: tuple(need for need in needs if need not in done) for name, needs in kept.items()}


def _leaves_below(plan: Plan, is_leaf: set[str]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {node.node_id: [] for node in plan.nodes}
    parents = {node.node_id: node.parent_id for node in plan.nodes}
    for node in plan.nodes:
        if node.node_id in is_leaf:
            above: str | None = node.node_id
            while above is not None and above in below:
                below[above].append(node.node_id)
                above = parents[above]
    return below


def _ends(names: Sequence[str], direct: Mapping[str, Sequence[str]]) -> list[str]:
    waited = {need for name in names for need in direct[name]}
    return [name for name in names if name not in waited]


def _starts(names: Sequence[str], direct: Mapping[str, Sequence[str]]) -> list[str]:
    inside = set(names)
    return [name for name in names if not inside.intersection(direct[name])]
