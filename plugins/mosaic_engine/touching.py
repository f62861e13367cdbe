"""Which tasks an event changes: the one that it names, those that wait for it, and those that it brings."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Storage

_TO_DEPENDANTS = frozenset(
    {"task.accepted", "task.refused", "task.denied", "task.skipped", "task.cancelled", "task.reopened"}
)
"""What ends a task, or begins it anew, counts for those that need it; they have no event of their own."""


async def touched(events: Sequence[Event], storage: Storage) -> Sequence[str]:
    """Return the names of the tasks that events of one run change, each once."""
    names: dict[str, None] = {}
    parents: dict[str, None] = {}
    for event in events:
        if event.task_id:
            names[event.task_id] = None
            if event.kind in _TO_DEPENDANTS:
                parents[event.task_id] = None
        elif event.kind == "run.extended":
            names.update(dict.fromkeys(task["task_id"] for task in json.loads(event.body)["tasks"]))
    if parents:
        found = await storage.look_up(tasks=[(events[0].run_id, name) for name in parents])
        for stored in filter(None, found.stored):
            names.update(dict.fromkeys(one.task_id for one in stored.dependants))
    return tuple(names)
