"""What is being worked on now, over all runs.

Finds it by counters: while nothing is held, nothing is read; and of runs, and of a run's tasks, no more
than until all that is held was found.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import trio

from mosaic_hookspecs import counters
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskRecord, TaskSpec, TaskState

from .log_pieces import last_bytes
from .reading import Reading
from .views import ActiveTask, ActiveTasks

MOST_LINE = 200
HELD = tuple(state for state in TaskState if state.is_held)
_RUNS_AT_FIRST = 100
_LAST_BYTES = 4096
_MANY = 50
"""The logs of so many tasks are read beside the event loop."""
_NOT_TEXT = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # what colours and moves the cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)


async def active_tasks(reading: Reading, run_id: str, limit: int) -> ActiveTasks:
    """Return the tasks that are held now, of one run or of all (""), newest run first. Raises `NotFound`."""
    storage = reading.storage
    if run_id:
        run = await reading.find_run(run_id)
        counts = await storage.counts(run_id)
        total = _held(counts)
        return ActiveTasks(items=await _of_run(reading, run, min(total, limit)), total=total)
    total = await storage.count(counters.held("tasks"))
    found: list[ActiveTask] = []
    async with aclosing(_runs(storage, total)) as runs:
        async for run, number in runs:
            found += await _of_run(reading, run, min(number, limit - len(found)))
            if len(found) >= limit:
                break
    return ActiveTasks(items=found, total=max(total, len(found)))


async def _runs(storage: Storage, held: int) -> AsyncGenerator[tuple[RunRecord, int], None]:
    """Yield the runs that hold some of what is held, and how much, until all was found."""
    seen: set[str] = set()
    limit = _RUNS_AT_FIRST
    while held > 0:
        page = await storage.runs(limit=limit)
        names = [run.run_id for run in page if run.run_id not in seen and run.state is not RunState.FINISHED]
        seen.update(names)
        found = await storage.look_up(runs=names)
        for run, counts in zip(found.runs, found.counts, strict=True):
            number = _held(counts)
            if run is not None and number:
                held -= number
                yield run, number
        if len(page) < limit:
            return
        limit *= 4  # from the newest again: several may have been made in the same millisecond


def _held(counts: Mapping[TaskState, int]) -> int:
    return sum(counts.get(state, 0) for state in HELD)


async def _of_run(reading: Reading, run: RunRecord, limit: int) -> list[ActiveTask]:
    records = await reading.storage.tasks(run.run_id, states=HELD, limit=limit) if limit > 0 else ()
    stored = await reading.stored(records)
    logs = [(reading.log_directory(run.run_id, record.task_id), record.token) for record in records]
    if len(logs) < _MANY:
        lines = _last_lines(logs)
    else:
        lines = await trio.to_thread.run_sync(_last_lines, logs)
    return [
        _active(run, record, one.spec, line)
        for record, one, line in zip(records, stored, lines, strict=True)
        if one is not None
    ]


def _last_lines(logs: Sequence[tuple[Path, int]]) -> list[str]:
    return [last_line(last_bytes(directory, token, _LAST_BYTES)) for directory, token in logs]


def _active(run: RunRecord, record: TaskRecord, spec: TaskSpec, line: str) -> ActiveTask:
    return ActiveTask(
        run_id=run.run_id,
        run_title=run.spec.title,
        project=run.spec.project,
        task_id=record.task_id,
        title=spec.title,
        path=tuple(spec.path),
        state=record.state,
        token=record.token,
        attempt=record.refusals + 1,
        agent=record.agent,
        holder=record.holder,
        since=record.claimed_at,
        lease_until=record.lease_until,
        minutes=spec.minutes,
        last_line=line,
    )


def last_line(output: bytes) -> str:
    """Return the last line that says something, as plain text; "" if there is none."""
    text = _NOT_TEXT.sub("", output.decode("utf-8", "replace").replace("\r", "\n"))
    line = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    return line.strip()[:MOST_LINE]
