"""Records as JSON data, for snapshots, doors and comparisons; and what storage derives from a record.

Owns the one shape that every storage provider's `snapshot` has, so that two stores can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState


def deadline_of(record: TaskRecord) -> int | None:
    """Return when `Tick` has something to do for a task (milliseconds since 1970 UTC), or None."""
    if record.state is TaskState.DELAYED:
        return record.not_before
    return record.lease_until if record.state.is_held else None


def is_live(record: TaskRecord | None, token: int, now: int) -> bool:
    """Whether the attempt with that token goes on at `now`: the task is there, held under that very token, and
    its lease has not run out.
    """
    return (
        record is not None
        and record.token == token
        and record.state.is_held
        and (record.lease_until is None or record.lease_until > now)
    )


def run_to_data(record: RunRecord) -> dict[str, Any]:
    """Return a run's record as JSON data."""
    return {
        "spec": record.spec.to_data(),
        "state": record.state.value,
        "created_at": record.created_at,
        "ended_at": record.ended_at,
        "total": record.total,
        "queues": {
            key: {
                "runtime": queue.runtime,
                "labels": sorted(queue.labels),
                "resources": dict(queue.resources),
                "group": queue.group,
            }
            for key, queue in record.queues.items()
        },
        "spent": attrs.asdict(record.spent),
    }


def task_to_data(record: TaskRecord) -> dict[str, Any]:
    """Return a task's record as JSON data."""
    data = attrs.asdict(record, recurse=False)
    data["state"] = record.state.value
    data["merge"] = attrs.asdict(record.merge) if record.merge else None
    data["outputs"] = dict(record.outputs)
    return data


def snapshot_data(
    runs: Iterable[RunRecord],
    tasks: Iterable[tuple[TaskRecord, StoredTask]],
    counters: Mapping[str, int],
) -> dict[str, Any]:
    """Return what `Storage.snapshot` answers: runs in order of their names, tasks in order of position,
    counters in order of their names.
    """
    return {
        "runs": [run_to_data(run) for run in sorted(runs, key=lambda run: run.run_id)],
        "tasks": [
            {
                "record": task_to_data(record),
                "spec": stored.spec.to_data(),
                "dependants": [[waiting.task_id, waiting.settled] for waiting in stored.dependants],
            }
            for record, stored in sorted(tasks, key=lambda pair: pair[0].position)
        ],
        "counters": {key: counters[key] for key in sorted(counters) if counters[key]},
    }
