"""The accounts: what was spent, by everything that it can be asked by, as the event log tells it.

Reads the log once and then what is new. Keeps a line an attempt and model that has spent something; work
without usage leaves none. What is no usage, in an event that says it has some, counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from sys import intern
from typing import Any, NamedTuple

import trio

from mosaic_hookspecs import Event, Storage

from .amounts import Amount, is_usage

_PAGE = 1000
_RULES = ("task.", "run.")
_SPENDING = frozenset({"task.spent", "task.reported", "task.refused", "task.skipped"})
_MARK = '"usage":'
_DAY = 86_400_000
_decode = json.JSONDecoder().raw_decode


class Line(NamedTuple):
    """What an amount was spent on. `day` is ``YYYY-MM-DD``, in UTC; `token` names the attempt (0: none)."""

    run: str
    project: str
    task: str
    token: int
    agent: str
    model: str
    day: str


class Accounts:
    """Sums over one store's log, or over one run's part of it."""

    def __init__(self, run_id: str = "") -> None:
        self._run_id = run_id
        self._lines: dict[Line, Amount] = {}
        self._by_day: dict[tuple[str, str], Amount] = {}
        self._days: dict[int, str] = {}
        self._projects: dict[str, str] = {}
        self._claims: dict[tuple[str, str], tuple[int, str]] = {}
        self._seen = (0, "")
        self._reading = trio.Lock()

    def lines(self) -> Iterator[tuple[Line, Amount]]:
        """Return every line with what was spent on it, oldest first."""
        return iter(self._lines.items())

    def by_day(self) -> Iterator[tuple[str, str, Amount]]:
        """Return what each project has spent on each day, as project, day and amount."""
        return ((project, day, amount) for (project, day), amount in self._by_day.items())

    async def catch_up(self, storage: Storage) -> None:
        """Read what is new in the log; all of it, where the store is another than before."""
        async with self._reading:
            sequence, newest = self._seen
            if sequence:
                known = await storage.events(after=sequence - 1, limit=1)
                if not known or known[0].hash != newest:
                    self._forget()
            while events := await storage.events(after=self._seen[0], limit=_PAGE, run_id=self._run_id):
                for event in events:
                    self._take(event)
                self._seen = (events[-1].sequence, events[-1].hash)
                if len(events) < _PAGE:
                    break

    def _forget(self) -> None:
        self._lines.clear()
        self._by_day.clear()
        self._projects.clear()
        self._claims.clear()
        self._seen = (0, "")

    def _take(self, event: Event) -> None:
        kind = event.kind
        if kind == "task.claimed":
            body = json.loads(event.body)
            self._claims[event.run_id, event.task_id] = (body["token"], intern(body.get("agent", "")))
        elif kind in ("task.accepted", "task.cancelled"):
            self._claims.pop((event.run_id, event.task_id), None)
        elif kind == "run.created":
            self._projects[event.run_id] = intern(json.loads(event.body).get("project", ""))
        elif _MARK in event.body and (kind in _SPENDING or not kind.startswith(_RULES)):
            self._count(event)

    def _count(self, event: Event) -> None:
        """Count what an attempt has spent, or somebody else for it or outside of it, such as a planner."""
        usage, of = _usage_in(event)
        if not is_usage(usage):
            return
        token, agent = self._claims.get((event.run_id, event.task_id), (0, ""))
        number = event.at // _DAY
        day = self._days.get(number)
        if day is None:
            day = self._days[number] = datetime.fromtimestamp(event.at / 1000, UTC).strftime("%Y-%m-%d")
        project, model = self._projects.get(event.run_id, ""), intern(usage.get("model", ""))
        line = Line(intern(event.run_id), project, event.task_id, token, of or agent, model, day)
        _sum_of(self._lines, line).count(usage)
        _sum_of(self._by_day, (project, day)).count(usage)


def _sum_of(sums: dict[Any, Amount], key: Any) -> Amount:
    found = sums.get(key)
    if found is None:
        found = sums[key] = Amount()
    return found


def _usage_in(event: Event) -> tuple[Any, str]:
    """Return the usage of an event, and who has spent it where the event says so.

    Keys are stored sorted, so `usage` is the last of the rules' own events: the evidence before it need not be
    decoded.
    """
    text = event.body
    if event.kind in _SPENDING and event.kind != "task.spent":
        usage, end = _decode(text, text.rfind(_MARK) + len(_MARK))
        if end == len(text) - 1:
            return usage, ""
    body: Mapping[str, Any] = json.loads(text)
    of = body.get("agent", "")
    return body.get("usage"), intern(of) if type(of) is str else ""
