"""Rank: the priorities with which a task goes just before another, among those that wait.

Pure. Owns the order in which ready tasks are claimed within a run: largest priority first, then oldest.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from itertools import islice

from mosaic_hookspecs import counters
from mosaic_hookspecs.tasks import RunRecord, TaskRecord
from mosaic_hookspecs.view import View

MOST_PRIORITY = 10**9
"""The largest priority that a person gives; the smallest is the negative of it."""
_MOST_MOVED = 200


def ranks_before(record: TaskRecord, other: TaskRecord, run: RunRecord, view: View) -> Mapping[str, int]:
    """Return the priorities, by task, with which `record` goes before `other` and behind the ready tasks that
    are before `other` now. Only the first 200 of those are looked at.
    """
    ahead = [one for one in _first(run, view) if one.position != record.position and _rank(one) < _rank(other)]
    ranks: dict[str, int] = {}
    behind, priority = other, other.priority
    moved: TaskRecord | None = record
    while moved is not None:
        priority += moved.position > behind.position
        ranks[moved.task_id] = priority
        behind = moved
        moved = ahead.pop() if ahead else None
        if moved is not None and _rank(moved) < (-priority, behind.position):
            break
    return ranks


def _first(run: RunRecord, view: View) -> list[TaskRecord]:
    queues = [
        view.ready(run.run_id, queue.key, _MOST_MOVED)
        for queue in run.queues.values()
        if view.count(counters.in_queue(run.run_id, queue.key))
    ]
    return list(islice(heapq.merge(*queues, key=_rank), _MOST_MOVED))


def _rank(record: TaskRecord) -> tuple[int, int]:
    return (-record.priority, record.position)
