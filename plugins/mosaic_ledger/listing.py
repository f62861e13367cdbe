"""``log.list``: what has happened, the newest first. Looks at so many events at a time, however many match."""

from __future__ import annotations

import json

from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Storage

from .records import ListEvents, LoggedEvent, LoggedEvents

_STEP = 500
_MOST_LOOKED_AT = 20_000
_MOST_BODY = 4096


async def list_events(storage: Storage, request: ListEvents) -> LoggedEvents:
    """Return the newest events that are asked for, and where to go on."""
    end = await storage.head() + 1
    if request.before:
        end = min(end, request.before)
    stop = max(1, end - _MOST_LOOKED_AT)
    found: list[LoggedEvent] = []
    while end > stop and len(found) < request.limit:
        start = max(stop, end - _STEP)
        page = await storage.events(after=start - 1, limit=end - start)
        for event in reversed(page):
            if _is_wanted(event, request):
                found.append(_shown(event))
                if len(found) == request.limit:
                    return LoggedEvents(items=found, next=event.sequence if event.sequence > 1 else 0)
        end = start
    return LoggedEvents(items=found, next=end if end > 1 else 0)


def _is_wanted(event: Event, request: ListEvents) -> bool:
    if request.run_id and event.run_id != request.run_id:
        return False
    if request.by and event.by != request.by:
        return False
    return not request.kinds or any(
        event.kind == kind or (kind.endswith(".") and event.kind.startswith(kind)) for kind in request.kinds
    )


def _shown(event: Event) -> LoggedEvent:
    is_cut = len(event.body) > _MOST_BODY
    return LoggedEvent(
        **event.head(),
        body={} if is_cut else json.loads(event.body),
        is_cut=is_cut,
    )
