"""What the inbox keeps: documents for the tasks that people have, reports and questions; and its events."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from mosaic_hookspecs.commands import RecordEvent
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.storage import Storage

Store: TypeAlias = Callable[[], AbstractContextManager[Storage]]
"""Gives the store, and bounds what is done with it inside; see `mosaic_hookspecs.storage_within`."""
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


async def record_event(  # noqa: PLR0913 - what an event says
    store: Store, kind: str, by: str, *, item: str, run_id: str, task_id: str, **body: Any
) -> None:
    """Store an event about an item; whoever waits for the item is woken by it."""
    event = RecordEvent(kind=kind, run_id=run_id, task_id=task_id, body={"item": item, **body})
    with store() as storage:
        [outcome] = await storage.apply([event], by=by)
    if isinstance(outcome, MosaicError):
        raise outcome
