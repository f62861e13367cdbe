"""What an attempt left in the repository: the commit that was checked or published, as the log tells."""

from __future__ import annotations

import json
from typing import Any

import attrs

from mosaic_hookspecs import Storage, TaskRecord

_STATES = {"task.merging": "candidate", "task.refused": "refused", "task.accepted": "accepted"}


@attrs.frozen(kw_only=True)
class Left:
    """What an attempt left: `commit` ("": none that is known), and as what: ``candidate``, ``refused`` or
    ``accepted``; "" where it was neither checked nor accepted.
    """

    state: str = ""
    commit: str = ""


async def left_by(storage: Storage, record: TaskRecord, token: int) -> Left:
    """Return what an attempt left, by its newest event that says so."""
    left, after = Left(), 0
    while page := await storage.events(after=after, run_id=record.run_id, task_id=record.task_id):
        for event in page:
            after = event.sequence
            if event.kind in _STATES:
                body: Any = json.loads(event.body)
                if body["token"] == token:
                    commit = body["evidence"]["commit"] or left.commit
                    left = Left(state=_STATES[event.kind], commit=commit)
    return left
