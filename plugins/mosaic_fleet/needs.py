"""What the tasks before gave: their outputs, their words, the files and commits that they made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mosaic_hookspecs import RunRecord, TaskRecord, TaskSpec, TaskState, canonical_json

from .parts import Part

_MOST = 40
_MOST_FILES = 20
_MOST_WORDS = 600
_MOST_OUTPUTS = 1500


async def needs_part(storage: Any, run: RunRecord, spec: TaskSpec) -> Part | None:
    """Return what a task's dependencies gave."""
    names = [need.task_id for need in spec.needs]
    if not names:
        return None
    found = await storage.look_up(tasks=[(run.run_id, name) for name in names[:_MOST]])
    lines: list[str] = []
    for name, record, stored in zip(names, found.tasks, found.stored, strict=False):
        if record is not None:
            title = stored.spec.title if stored is not None else ""
            lines += await _lines(storage, name, record, title)
    if len(names) > _MOST:
        lines.append(f"… and {len(names) - _MOST} more")
    return Part(
        name="needs",
        title="What the tasks before gave",
        text="\n".join(lines),
        source="the agents before",
        share=0.3,
        rest="task_show with their ids tells all",
    )


async def _lines(storage: Any, name: str, record: TaskRecord, title: str) -> Sequence[str]:
    commit = f" as commit {record.commit}" if record.commit else ""
    lines = [f"{name}{f' ({title})' if title else ''}: {record.state.value}{commit}"]
    if record.state is TaskState.ACCEPTED:
        words, files = await _said(storage, record)
        if words:
            lines.append(f"  said: {_short(words, _MOST_WORDS)}")
        if files:
            more = f" and {len(files) - _MOST_FILES} more" if len(files) > _MOST_FILES else ""
            lines.append(f"  changed: {', '.join(files[:_MOST_FILES])}{more}")
    elif record.reason:
        lines.append(f"  because: {_short(record.reason, _MOST_WORDS)}")
    if record.outputs:
        lines.append(f"  outputs: {_short(canonical_json(dict(record.outputs)), _MOST_OUTPUTS)}")
    return lines


async def _said(storage: Any, record: TaskRecord) -> tuple[str, Sequence[str]]:
    """Return what the agent said of the attempt that was accepted, and which files it changed."""
    words: str = ""
    files: Sequence[str] = ()
    after = 0
    while page := await storage.events(after=after, run_id=record.run_id, task_id=record.task_id):
        after = page[-1].sequence
        for event in page:
            if event.kind == "task.reported":
                words = json.loads(event.body).get("reason") or ""
            elif event.kind == "task.accepted":
                evidence: Any = json.loads(event.body).get("evidence") or {}
                files = evidence.get("files") or ()
    return words, files


def _short(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[:most]}…"
