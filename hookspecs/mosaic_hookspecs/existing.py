"""Look-ups of what an event names: it was decided, so it exists."""

from __future__ import annotations

from mosaic_hookspecs.events import Draft
from mosaic_hookspecs.tasks import RunRecord, TaskRecord
from mosaic_hookspecs.view import View


def known_run(view: View, run_id: str) -> RunRecord:
    """Return a run that exists."""
    run = view.run(run_id)
    assert run is not None, run_id  # noqa: S101 - decided events name what exists
    return run


def known_task(view: View, run_id: str, task_id: str) -> TaskRecord:
    """Return a task that exists."""
    record = view.task(run_id, task_id)
    assert record is not None, (run_id, task_id)  # noqa: S101 - decided events name what exists
    return record


def run_of(draft: Draft, view: View) -> RunRecord:
    """Return the run of an event."""
    return known_run(view, draft.run_id)


def task_of(draft: Draft, view: View) -> TaskRecord:
    """Return the task of an event."""
    return known_task(view, draft.run_id, draft.task_id)
