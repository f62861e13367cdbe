"""Rows and records: the one place that knows the order of columns."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

import attrs

from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.records import deadline_of
from mosaic_hookspecs.tasks import (
    Dependant,
    Merge,
    Queue,
    RunRecord,
    RunSpec,
    RunState,
    StoredTask,
    TaskRecord,
    TaskSpec,
    TaskState,
    Usage,
)

Row = tuple[Any, ...]
_all_but_unmet = attrgetter(*(field.name for field in attrs.fields(TaskRecord) if field.name != "unmet"))
_STATES = {state.value: state for state in TaskState}


def task_changes(record: TaskRecord) -> Row:
    """Return what `statements.UPDATE_TASK` takes."""
    merge, outputs = record.merge, record.outputs
    return (
        record.state.value,
        record.priority,
        record.unmet,
        record.token,
        record.refusals,
        record.holder,
        record.lease_until,
        record.not_before,
        deadline_of(record),
        int(record.is_approved),
        record.cause,
        record.reason,
        record.commit,
        canonical_json(attrs.asdict(merge)) if merge else None,
        canonical_json(outputs) if outputs else "{}",
        record.agent,
        record.claimed_at,
        record.position,
    )


def is_only_counted(written: TaskRecord, record: TaskRecord) -> bool:
    """Whether nothing but `unmet` differs, as is so for most of what changes when a task is accepted."""
    return bool(_all_but_unmet(written) == _all_but_unmet(record))


def task_row(record: TaskRecord) -> Row:
    """Return what `statements.INSERT_TASK` takes."""
    state, *changes, position = task_changes(record)
    return (
        position,
        record.run_id,
        record.task_id,
        state,
        record.queue_key,
        *changes,
    )


def read_task(row: Row) -> TaskRecord:
    """Build a record from `statements.TASK_COLUMNS`."""
    outputs = row[18]
    return TaskRecord(
        position=row[0],
        run_id=row[1],
        task_id=row[2],
        state=_STATES[row[3]],
        queue_key=row[4],
        priority=row[5],
        unmet=row[6],
        token=row[7],
        refusals=row[8],
        holder=row[9],
        lease_until=row[10],
        not_before=row[11],
        is_approved=bool(row[13]),
        cause=row[14],
        reason=row[15],
        commit=row[16],
        merge=Merge(**json.loads(row[17])) if row[17] else None,
        outputs={} if outputs == "{}" else json.loads(outputs),
        agent=row[19],
        claimed_at=row[20],
    )


def spec_row(position: int, stored: StoredTask) -> Row:
    """Return what `statements.INSERT_SPEC` takes."""
    dependants: Any = [[waiting.task_id, waiting.settled] for waiting in stored.dependants]
    return position, canonical_json(stored.spec.to_data()), canonical_json(dependants)


def read_stored(spec: str, dependants: str) -> StoredTask:
    """Build the unchanging part of a task."""
    waiting = tuple(Dependant(task_id=name, settled=settled) for name, settled in json.loads(dependants))
    return StoredTask(spec=TaskSpec.from_data(json.loads(spec)), dependants=waiting)


def run_row(record: RunRecord) -> Row:
    """Return what `statements.WRITE_RUN` takes."""
    queues = {
        key: [queue.runtime, sorted(queue.labels), dict(queue.resources), queue.group]
        for key, queue in record.queues.items()
    }
    return (
        record.run_id,
        record.state.value,
        record.created_at,
        record.ended_at,
        record.total,
        canonical_json(record.spec.to_data()),
        json.dumps(queues, ensure_ascii=False),  # in their order, which claims follow
        canonical_json(attrs.asdict(record.spent)),
    )


def read_run(row: Row) -> RunRecord:
    """Build a record from `statements.RUN_COLUMNS`."""
    queues = {
        key: Queue(key=key, runtime=runtime, labels=frozenset(labels), resources=resources, group=group)
        for key, (runtime, labels, resources, group) in json.loads(row[6]).items()
    }
    return RunRecord(
        spec=RunSpec.from_data(json.loads(row[5])),
        state=RunState(row[1]),
        created_at=row[2],
        ended_at=row[3],
        total=row[4],
        queues=queues,
        spent=Usage(**json.loads(row[7])),
    )
