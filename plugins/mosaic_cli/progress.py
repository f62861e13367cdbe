"""How a run looks while it goes on: a picture of its tasks, kept by its events.

Pure: fed with what operations answer, drawn by `live_view` and `plain_view`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

STATE_OF_EVENT = {
    "task.claimed": "leased",
    "task.reported": "reported",
    "task.merging": "merging",
    "task.unmerged": "reported",
    "task.accepted": "accepted",
    "task.released": "ready",
    "task.awoken": "ready",
    "task.denied": "failed",
    "task.skipped": "skipped",
    "task.cancelled": "cancelled",
    "task.reopened": "ready",
}
ACTIVE = frozenset({"leased", "reported", "merging"})
ENDED_BADLY = frozenset({"failed", "cancelled"})


@attrs.define(kw_only=True)
class TaskLine:
    """One task as it is drawn. `path` holds the titles above it, outermost first."""

    task_id: str
    title: str
    state: str
    path: Sequence[str] = ()
    since: float = 0.0
    seconds: float = 0.0
    reason: str = ""
    output: str = ""
    agent: str = ""


@attrs.define(kw_only=True)
class Progress:
    """All tasks of one run, by identifier in their order; `changed` since it was last drawn."""

    title: str
    tasks: dict[str, TaskLine] = attrs.field(factory=dict)
    started: float = attrs.field(factory=time.monotonic)

    def add(self, view: Mapping[str, Any]) -> None:
        """Take in one task as ``task.list`` answers it (as JSON data)."""
        self.tasks[view["task_id"]] = TaskLine(
            task_id=view["task_id"],
            title=view.get("title") or view["task_id"],
            state=view["state"],
            path=tuple(view.get("path") or ()),
            reason=view.get("reason") or "",
        )

    def see(self, kind: str, task_id: str, body: Mapping[str, Any]) -> TaskLine | None:
        """Take in one event; return the task that it changed, if it changed one."""
        line = self.tasks.get(task_id)
        if line is None:
            return None
        if kind == "task.refused":
            state = "failed" if body.get("until") is None else "delayed"
        elif kind in STATE_OF_EVENT:
            state = STATE_OF_EVENT[kind]
        else:
            return None
        now = time.monotonic()
        if state == "leased":
            line.since, line.agent = now, str(body.get("agent") or "")
        if state not in ACTIVE and line.since:
            line.seconds, line.since, line.output = now - line.since, 0.0, ""
        line.state = state
        line.reason = str(body.get("reason") or "")
        return line

    def hear(self, task_id: str, output: bytes) -> None:
        """Keep the last line that a running task printed."""
        line = self.tasks.get(task_id)
        text = output.decode("utf-8", "replace").strip()
        if line is not None and text:
            line.output = text.rsplit("\n", 1)[-1]

    def counts(self) -> dict[str, int]:
        """Count the tasks: ``accepted``, ``active``, ``failed``, ``skipped``, ``waiting``, ``total``."""
        counts = {"accepted": 0, "active": 0, "failed": 0, "skipped": 0, "waiting": 0, "total": len(self.tasks)}
        for line in self.tasks.values():
            if line.state in ACTIVE:
                counts["active"] += 1
            elif line.state in ENDED_BADLY:
                counts["failed"] += 1
            elif line.state in counts:
                counts[line.state] += 1
            else:
                counts["waiting"] += 1
        return counts
