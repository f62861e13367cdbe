"""What the attempts before left: why the last was refused, and notes for whoever comes next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mosaic_hookspecs import TaskRecord

from .parts import Part

NOTES = "fleet.handed-over"
_MOST_NOTES = 5
_LOGS = "task_logs with the attempt's token tells what it printed"


async def attempts_before(storage: Any, record: TaskRecord) -> Sequence[Part]:
    """Return why the attempt before was refused, and the newest hand-over notes, the newest first."""
    notes: list[str] = []
    after = 0
    while page := await storage.events(after=after, run_id=record.run_id, task_id=record.task_id):
        after = page[-1].sequence
        for event in page:
            if event.kind == NOTES:
                body: Any = json.loads(event.body)
                notes.append(f"{body.get('agent')}, in attempt {body.get('token')}:\n{body.get('text')}")
    parts = []
    if record.reason:
        parts.append(
            Part(
                name="refused",
                title="Why the attempt before was refused",
                text=record.reason,
                source="the attempt before",
                share=0.25,
                rest=_LOGS,
            )
        )
    if notes:
        parts.append(
            Part(
                name="handover",
                title="Notes of those who tried before",
                text="\n\n".join(reversed(notes[-_MOST_NOTES:])),
                source="the agents before",
                share=0.25,
                rest=_LOGS,
            )
        )
    return parts
