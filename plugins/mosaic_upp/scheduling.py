"""When the tasks of a plan could start and must start, by their estimates: for a plan that nothing runs yet."""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.estimates import ASSUMED_MINUTES, EstimatedTask, estimates_of
from mosaic_hookspecs.graph import find_cycle
from mosaic_hookspecs.plan import Plan

from . import records as r
from .compile import compile_plan


def schedule_plan(plan: Plan) -> r.PlanSchedule:
    """Return the schedule of what is left of a plan.

    Raises:
        InputError: nothing is left of it.
        Refused: tasks name others that are not there, or wait for each other in a circle (``unsound-plan``).
    """
    _require_sound(plan)
    tasks = compile_plan(plan, workspace="")
    graph = {task.task_id: [need.task_id for need in task.needs] for task in tasks}
    circle = find_cycle(graph)
    if circle:
        raise _unsound(f"tasks wait for each other: {' → '.join([*circle, circle[0]])}")
    minutes = {task.task_id: ASSUMED_MINUTES if task.minutes is None else task.minutes for task in tasks}
    found = estimates_of(graph, minutes)
    items = [
        EstimatedTask(
            task_id=task.task_id,
            position=position,
            title=task.title,
            path=task.path,
            is_estimated=task.minutes is not None,
            needs=graph[task.task_id],
            **found.times_of(task.task_id),
        )
        for position, task in enumerate(tasks, 1)
    ]
    return r.PlanSchedule(
        items=items,
        total=len(items),
        total_minutes=found.total,
        critical=found.path,
        assumed_minutes=ASSUMED_MINUTES,
        unestimated=sum(task.minutes is None for task in tasks),
    )


def _require_sound(plan: Plan) -> None:
    known: Mapping[str, None] = dict.fromkeys(node.node_id for node in plan.nodes)
    for node in plan.nodes:
        missing = next((name for name in node.depends_on if name not in known), None)
        if missing is not None:
            raise _unsound(f"{node.node_id} depends on {missing}, which is not there")


def _unsound(what: str) -> Refused:
    return Refused("unsound-plan", what, where="plan", hint="`mosaic plan check` lists all that is wrong.")
