"""Who else is at work on the same files: what was reserved, and what is likely to collide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import RunRecord, TaskSpec

from .neighbours import Neighbours
from .parts import Part

_MOST = 10
_MOST_FILES = 8


async def side_by_side(neighbours: Neighbours, run: RunRecord, spec: TaskSpec) -> Part | None:
    """Return who else works on files of the run, where the task works on files."""
    if not spec.workspace:
        return None
    lines = _reserved(await neighbours.reserved(run.run_id), spec.task_id)
    if run.spec.settings.get("repository"):
        lines += _likely(await neighbours.overlaps(run.run_id), spec.task_id)
    if not lines:
        return None
    return Part(
        name="overlaps",
        title="Who else works on files",
        text="\n".join(lines),
        source="the agents beside",
        share=0.1,
        rest="file_list and file_overlaps tell all",
    )


def _reserved(items: Sequence[Mapping[str, Any]], task_id: str) -> list[str]:
    lines = []
    for one in items:
        if one.get("task_id") != task_id:
            reason = f": {one['reason']}" if one.get("reason") else ""
            who = f"{one.get('task_id')} ({one.get('by')})"
            lines.append(f"- {who} has reserved {_files(one.get('paths'))} ({one.get('mode')}){reason}")
    return lines[:_MOST]


def _likely(items: Sequence[Mapping[str, Any]], task_id: str) -> list[str]:
    lines = []
    for pair in items:
        sides = [pair.get("first") or {}, pair.get("second") or {}]
        other = next((side for side in sides if side.get("task_id") != task_id), None)
        if other is not None and any(side.get("task_id") == task_id for side in sides):
            files = _files([shared.get("path") for shared in pair.get("shared") or ()])
            state, advice = other.get("state"), pair.get("advice") or ""
            lines.append(
                f"- {other.get('task_id')} ({state}) is likely to change {files}, too. {advice}".rstrip()
            )
    return lines[:_MOST]


def _files(paths: Any) -> str:
    names = [str(path) for path in paths or ()]
    more = f" and {len(names) - _MOST_FILES} more" if len(names) > _MOST_FILES else ""
    return ", ".join(names[:_MOST_FILES]) + more
