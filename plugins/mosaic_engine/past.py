"""A task's events from the newest backwards.

Reads backwards in steps that grow: the store's index holds a task's events together, so what is read is
what is wanted and little more, however long the log is. A task's own events alone are read, never a run's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import TaskRecord

_FIRST_STEP, _GROWTH = 2000, 8
_PAGE = 500


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
