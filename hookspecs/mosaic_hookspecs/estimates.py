"""When tasks could start and must start, by their estimates alone. Pure.

Owns the arithmetic of the critical path. As many tasks as are free run at once; a graph has no cycle, since
`mosaic_hookspecs.decide` starts no run that has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.graph import Graph, dependants_of, topological_order

ASSUMED_MINUTES = 15
"""What a task without an estimate is taken for."""


@attrs.frozen(kw_only=True)
class EstimatedTask:
    """A task by the estimates, for people. Times are minutes from the beginning, where as many tasks as can are
    done at once; `slack` is how much later than the earliest it may start. `is_estimated` is false where
    `minutes` is only assumed.
    """

    task_id: str
    position: int
    title: str
    path: Sequence[str]
    minutes: int
    is_estimated: bool
    needs: Sequence[str]
    earliest_start: int
    earliest_finish: int
    latest_start: int
    slack: int
    is_critical: bool


@attrs.frozen(kw_only=True)
class Estimates:
    """Minutes from the beginning, by task; `order` has each task behind what it needs, `dependants` who needs
    it. `path` is one longest chain of tasks, `total` its length.
    """

    minutes: Mapping[str, int]
    earliest: Mapping[str, int]
    latest: Mapping[str, int]
    order: Sequence[str]
    dependants: Mapping[str, Sequence[str]]
    path: Sequence[str]
    total: int

    def times_of(self, task: str) -> dict[str, Any]:
        """Return the minutes and times of a task, as `EstimatedTask` has them."""
        minutes, earliest, latest = self.minutes[task], self.earliest[task], self.latest[task]
        return {
            "minutes": minutes,
            "earliest_start": earliest,
            "earliest_finish": earliest + minutes,
            "latest_start": latest,
            "slack": latest - earliest,
            "is_critical": latest == earliest,
        }


def estimates_of(graph: Graph, minutes: Mapping[str, int]) -> Estimates:
    """Return when each task can start, and when it must for the whole to take no longer."""
    order = topological_order(graph)
    dependants = dependants_of(graph)
    earliest: dict[str, int] = {}
    for task in order:
        earliest[task] = max((earliest[need] + minutes[need] for need in graph[task]), default=0)
    total = max((earliest[task] + minutes[task] for task in order), default=0)
    latest: dict[str, int] = {}
    for task in reversed(order):
        end = min((latest[other] for other in dependants[task]), default=total)
        latest[task] = end - minutes[task]
    path: list[str] = []
    choices: Sequence[str] = [task for task in order if not graph[task]]
    while step := next((task for task in choices if _follows(task, path, earliest, latest, minutes)), ""):
        path.append(step)
        choices = dependants[step]
    return Estimates(
        minutes=minutes,
        earliest=earliest,
        latest=latest,
        order=order,
        dependants=dependants,
        path=path,
        total=total,
    )


def _follows(
    task: str,
    path: Sequence[str],
    earliest: Mapping[str, int],
    latest: Mapping[str, int],
    minutes: Mapping[str, int],
) -> bool:
    begins = earliest[path[-1]] + minutes[path[-1]] if path else 0
    return earliest[task] == latest[task] == begins
