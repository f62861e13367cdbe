"""A task's events from the newest backwards, and who has the task in hand.

Reads backwards in steps that grow: the store's index holds a task's events together, so what is read is
what is wanted and little more, however long the log is. A task's own events alone are read, never a run's.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from mosaic_hookspecs.tasks import TaskRecord

if TYPE_CHECKING:
    from mosaic_hookspecs.events import Event
    from mosaic_hookspecs.storage import Storage

_FIRST_STEP, _GROWTH = 2000, 8
_PAGE = 500
_MOST_REMEMBERED = 5000


async def newest_events(
    storage: Storage, record: TaskRecord, *, before: int, limit: int, wants: Callable[[Event], bool]
) -> Sequence[Event]:
    """Return the newest `limit` of a task's events below `before` (0: of all) that are wanted, newest first."""
    end, step = before or await storage.head() + 1, _FIRST_STEP
    found: list[Event] = []
    while end > 1 and len(found) < limit:
        start = max(0, end - 1 - step)
        last: deque[Event] = deque(maxlen=limit - len(found))
        after = start
        while after < end - 1:
            page = await storage.events(after=after, limit=_PAGE, run_id=record.run_id, task_id=record.task_id)
            last.extend(event for event in page if event.sequence < end and wants(event))
            after = page[-1].sequence if len(page) == _PAGE else end
        found.extend(reversed(last))
        end, step = start + 1, step * _GROWTH
    return found


@attrs.frozen(kw_only=True)
class Claimed:
    """Who took a task, and when (milliseconds since 1970 UTC)."""

    agent: str = ""
    at: int | None = None


class Claims:
    """Tells who makes the attempts that are under way. What was found is remembered, since it cannot change;
    bounded: the oldest are forgotten.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, int], Claimed] = OrderedDict()

    async def of(self, storage: Storage, record: TaskRecord) -> Claimed:
        """Return who made a task's newest attempt; nobody if there was none."""
        key = (record.run_id, record.task_id, record.token)
        if not record.token:
            return Claimed()
        if key not in self._known:
            events = await newest_events(storage, record, before=0, limit=1, wants=_is_claim(record.token))
            body: Any = json.loads(events[0].body) if events else {}
            at = events[0].at if events else None
            self._known[key] = Claimed(agent=body.get("agent", ""), at=at)
            if len(self._known) > _MOST_REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]


def _is_claim(token: int) -> Callable[[Event], bool]:
    return lambda event: event.kind == "task.claimed" and json.loads(event.body)["token"] == token
