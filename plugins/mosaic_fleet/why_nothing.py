"""Why there is no work for a worker: what the runs wait for, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mosaic_hookspecs import Context, MosaicError, RunRecord, RunState, TaskState

from .worker import Worker

_MOST_RUNS = 3
_MOST_TASKS = 2
_LOOKED_AT = 50
_OPEN = (TaskState.READY, TaskState.GATED, TaskState.DELAYED, TaskState.LEASED, TaskState.BLOCKED)


async def is_anything_active(context: Context) -> bool:
    """Whether a run is active, of those that are not old."""
    runs: Sequence[RunRecord] = await context.port("storage").get().runs(limit=_LOOKED_AT)
    return any(run.state is RunState.ACTIVE for run in runs)


async def why_nothing(context: Context, worker: Worker) -> str:
    """Return why the worker got nothing, and what to do."""
    storage = context.port("storage").get()
    runs: Sequence[RunRecord] = await storage.runs(limit=_LOOKED_AT)
    active = [run for run in runs if run.state is RunState.ACTIVE]
    if not active:
        return f"There is nothing to do: {_no_run(runs)}. Call work_take again to wait for work, or stop."
    said = [await _why(context, storage, run, worker) for run in active[:_MOST_RUNS]]
    if len(active) > _MOST_RUNS:
        said.append(f"{len(active) - _MOST_RUNS} more runs are active.")
    return " ".join(["There is nothing for you now.", *said, "Call work_take again to wait, or stop."])


def _no_run(runs: Sequence[RunRecord]) -> str:
    held_up = [run for run in runs if run.state in (RunState.PAUSED, RunState.EXHAUSTED)]
    if not held_up:
        return "no run is active" if runs else "there are no runs yet (run_create makes one)"
    run = held_up[0]
    why = "paused" if run.state is RunState.PAUSED else "out of budget"
    return f"run {run.run_id!r} is {why} (run_resume lets it go on)"


async def _why(context: Context, storage: Any, run: RunRecord, worker: Worker) -> str:
    counts = await storage.counts(run.run_id)
    stand = ", ".join(f"{counts[state]} {state.value}" for state in TaskState if counts.get(state))
    words = [f"Run {run.run_id!r}: {stand}."]
    for state in _OPEN:
        if len(words) > _MOST_TASKS:
            break
        if counts.get(state):
            words += await _of_state(context, storage, run, worker, state)
    return " ".join(words[: 1 + _MOST_TASKS])


async def _of_state(
    context: Context, storage: Any, run: RunRecord, worker: Worker, state: TaskState
) -> list[str]:
    words = []
    for record in await storage.tasks(run.run_id, states=(state,), limit=_MOST_TASKS):
        queue = run.queues[record.queue_key]
        if state is TaskState.READY and not worker.offer().takes(queue.runtime, queue.labels):
            wants = f"the agent {queue.runtime!r}" if queue.runtime else ", ".join(sorted(queue.labels))
            words.append(f"{record.task_id} is ready for {wants or 'who takes any task'}, not for you.")
            continue
        try:
            found = await context.dispatch("task.why", {"run_id": run.run_id, "task_id": record.task_id})
        except MosaicError:
            continue
        for blocker in found.blockers[:1]:
            said = ". ".join(filter(None, (blocker.text, blocker.hint)))
            words.append(f"{record.task_id}: {said}.")
    return words
