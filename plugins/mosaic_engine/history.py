"""What happened to a task, read from its events: its attempts, and the events themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import TaskRecord, Usage

from .inputs import ListHistory
from .past import newest_events
from .views import AttemptView, EventView, TaskHistory

_ENDS = {
    "task.accepted": "accepted",
    "task.refused": "refused",
    "task.skipped": "skipped",
    "task.released": "released",
    "task.cancelled": "cancelled",
}


def attempts_of(events: Iterable[Event]) -> Sequence[AttemptView]:
    """Return a task's attempts in order, as its events in order tell them."""
    attempts: list[AttemptView] = []
    for event in events:
        body: Any = json.loads(event.body)
        if event.kind == "task.claimed":
            attempts.append(
                AttemptView(
                    token=body["token"], holder=body["holder"], agent=body.get("agent", ""), started_at=event.at
                )
            )
        elif attempts and attempts[-1].ended_at is None:
            attempts[-1] = _after(attempts[-1], event, body)
    return tuple(attempts)


def _after(attempt: AttemptView, event: Event, body: Any) -> AttemptView:
    changes: dict[str, Any] = {}
    if event.kind in _ENDS:
        outcome = "released" if body.get("backs_off") else _ENDS[event.kind]
        changes.update(outcome=outcome, ended_at=event.at)
    elif event.kind == "task.reported":
        changes.update(outcome="reported")
    elif event.kind == "task.merging":
        changes.update(outcome="merging")
    elif event.kind == "task.unmerged":
        changes.update(outcome="reported")
    elif event.kind != "task.spent":
        return attempt
    if body.get("reason"):
        changes["reason"] = body["reason"]
    if body.get("evidence"):
        changes["evidence"] = Evidence.from_data(body["evidence"])
    if body.get("usage"):
        changes["usage"] = attempt.usage + Usage(**body["usage"])
    return attrs.evolve(attempt, **changes)


async def history_of(storage: Storage, record: TaskRecord, request: ListHistory) -> TaskHistory:
    """Return a page of a task's events, newest first."""
    with_renewals = request.with_renewals
    events = await newest_events(
        storage,
        record,
        before=request.before,
        limit=request.limit,
        wants=lambda event: with_renewals or event.kind != "task.renewed",
    )
    return TaskHistory(
        run_id=record.run_id,
        task_id=record.task_id,
        items=[event_view(event) for event in events],
        next=events[-1].sequence if len(events) == request.limit else 0,
    )


def event_view(event: Event) -> EventView:
    """Return an event as a view."""
    return EventView(
        **event.head(),
        body=json.loads(event.body),
        hash=event.hash,
    )
