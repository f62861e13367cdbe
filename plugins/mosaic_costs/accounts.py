"""The accounts: what was spent, by everything that it can be asked by, as the event log tells it.

Reads the log once and then what is new. Keeps a line an attempt and model that has spent something; work
without usage leaves none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Event, Storage

from .amounts import Amount

_PAGE = 1000
_RULES = ("task.", "run.")
_SPENDING = frozenset({"task.spent", "task.reported", "task.refused", "task.skipped"})


@attrs.frozen
class Line:
    """What an amount was spent on. `day` is ``YYYY-MM-DD``, in UTC; `token` names the attempt."""

    run: str
    project: str
    task: str
    token: int
    agent: str
    model: str
    day: str


class Accounts:
    """Sums over one store's log."""

    def __init__(self) -> None:
        self._lines: dict[Line, Amount] = {}
        self._projects: dict[str, str] = {}
        self._claims: dict[tuple[str, str], tuple[int, str]] = {}
        self._seen = (0, "")
        self._reading = trio.Lock()

    def lines(self) -> Iterator[tuple[Line, Amount]]:
        """Return every line with what was spent on it, oldest first."""
        return iter(self._lines.items())

    async def catch_up(self, storage: Storage) -> None:
        """Read what is new in the log; all of it, where the store is another than before."""
        async with self._reading:
            sequence, newest = self._seen
            if sequence:
                known = await storage.events(after=sequence - 1, limit=1)
                if not known or known[0].hash != newest:
                    self._forget()
            while events := await storage.events(after=self._seen[0], limit=_PAGE):
                for event in events:
                    self._take(event)
                self._seen = (events[-1].sequence, events[-1].hash)
                if len(events) < _PAGE:
                    break

    def _forget(self) -> None:
        self._lines.clear()
        self._projects.clear()
        self._claims.clear()
        self._seen = (0, "")

    def _take(self, event: Event) -> None:
        key = (event.run_id, event.task_id)
        if event.kind == "run.created":
            self._projects[event.run_id] = json.loads(event.body).get("project", "")
        elif event.kind == "task.claimed":
            body = json.loads(event.body)
            self._claims[key] = (body["token"], body.get("agent", ""))
        elif '"usage":' in event.body and (event.kind in _SPENDING or not event.kind.startswith(_RULES)):
            body = json.loads(event.body)
            if body.get("usage"):
                self._count(event, body["usage"], body.get("agent", ""))
        if event.kind in ("task.accepted", "task.cancelled"):
            self._claims.pop(key, None)

    def _count(self, event: Event, usage: Mapping[str, Any], of: str) -> None:
        """Count what an attempt has spent, or somebody else for it or outside of it, such as a planner."""
        token, agent = self._claims.get((event.run_id, event.task_id), (0, ""))
        line = Line(
            run=event.run_id,
            project=self._projects.get(event.run_id, ""),
            task=event.task_id,
            token=token,
            agent=of or agent,
            model=usage.get("model", ""),
            day=datetime.fromtimestamp(event.at / 1000, UTC).strftime("%Y-%m-%d"),
        )
        self._lines.setdefault(line, Amount()).count(usage)
