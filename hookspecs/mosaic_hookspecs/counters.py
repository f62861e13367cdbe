"""The names of the counters that projections keep, so that nothing is ever counted by a scan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from mosaic_hookspecs.tasks import Queue, RunRecord, TaskState

POSITIONS = "positions"
"""How many tasks the store has ever taken in."""


@lru_cache(maxsize=4096)
def in_state(run_id: str, state: TaskState) -> str:
    """How many of a run's tasks are in `state`."""
    return f"{run_id}/state/{state.value}"


@lru_cache(maxsize=4096)
def in_queue(run_id: str, queue_key: str) -> str:
    """How many tasks of one queue are ready."""
    return f"{run_id}/queue/{queue_key}"


@lru_cache(maxsize=4096)
def held(resource: str) -> str:
    """How much of a resource is held by attempts now."""
    return f"hold/{resource}"


def holds_of(run: RunRecord, queue: Queue) -> Iterator[tuple[str, int]]:
    """Yield each resource that an attempt at a task of `queue` holds, and how much.

    Beside what the task asks for: ``tasks`` and ``project:NAME`` (one each), so that both can have a
    quota, and its concurrency group, whose quota is always one.
    """
    yield "tasks", 1
    yield f"project:{run.spec.project}", 1
    if queue.group:
        yield f"group:{run.spec.project}/{queue.group}", 1
    yield from queue.resources.items()
