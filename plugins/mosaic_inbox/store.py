"""What the inbox keeps: documents for the tasks that people have, reports and questions; and its events."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs.commands import RecordEvent
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.tasks import TaskRecord

from .documents import Documents

TASKS, REPORTS, QUESTIONS = "inbox.tasks", "inbox.reports", "inbox.questions"
WAITING, ASKED, ANSWERED, TAKEN, REPORTED, WITHDRAWN = (
    "inbox.waiting",
    "inbox.asked",
    "inbox.answered",
    "inbox.taken",
    "inbox.reported",
    "inbox.withdrawn",
)


def key_of(run_id: str, task_id: str, token: int) -> str:
    """Return the key of an attempt's documents."""
    return f"{run_id}/{task_id}/{token}"


def is_live(record: TaskRecord | None, token: int, now: int) -> bool:
    """Whether the attempt with that token goes on."""
    return (
        record is not None
        and record.token == token
        and record.state.is_held
        and (record.lease_until is None or record.lease_until > now)
    )


async def record_event(  # noqa: PLR0913 - what an event says
    documents: Documents, kind: str, by: str, *, item: str, run_id: str, task_id: str, **body: Any
) -> None:
    """Store an event about an item; whoever waits for the item is woken by it."""
    event = RecordEvent(kind=kind, run_id=run_id, task_id=task_id, body={"item": item, **body})
    with documents.within():
        [outcome] = await documents.storage.apply([event], by=by)
    if isinstance(outcome, MosaicError):
        raise outcome
