"""What the log says of a run's tasks over time: what was planned, and when each began and ended.

Owns what was read, so that the log of a run is read once and then only on from there; keeps that of the runs
that were asked for last. Refuses to trust what it kept once the log is another, as after a restore.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import trio

from mosaic_hookspecs.estimates import Estimates, estimates_of

if TYPE_CHECKING:
    from mosaic_hookspecs.events import Event
    from mosaic_hookspecs.storage import Storage

DEFAULT_MINUTES = 15
"""What a task is taken for that was not estimated."""
_RUNS_KEPT = 4
_PAGE = 1000
_ENDS = ("task.accepted", "task.skipped", "task.cancelled", "task.denied")


@attrs.define(kw_only=True)
class Course:
    """One task. Times are milliseconds since 1970 UTC; `began` is when its first attempt did since the task
    was last started afresh.
    """

    title: str
    path: Sequence[str]
    needs: Sequence[str]
    minutes: int
    is_estimated: bool
    began: int | None = None
    ended: int | None = None
    is_accepted: bool = False


class Timeline:
    """The tasks of one run, by identifier, in their order."""

    def __init__(self) -> None:
        self.tasks: dict[str, Course] = {}
        self.lock = trio.Lock()
        self._last = (0, "")
        self._estimates: Estimates | None = None

    @property
    def estimates(self) -> Estimates:
        """The arithmetic over its tasks' estimates, done once."""
        if self._estimates is None:
            graph = {name: task.needs for name, task in self.tasks.items()}
            minutes = {name: task.minutes for name, task in self.tasks.items()}
            self._estimates = estimates_of(graph, minutes)
        return self._estimates

    async def read_on(self, storage: Storage, run_id: str) -> None:
        """Take in what was stored since the last time."""
        while True:
            sequence, sealed = self._last
            page = await storage.events(after=max(0, sequence - 1), limit=_PAGE, run_id=run_id)
            if sequence and (not page or page[0].hash != sealed):
                self.tasks, self._last, self._estimates = {}, (0, ""), None
                continue
            news = page[1:] if sequence else page
            for event in news:
                self._take(event)
            if page:
                self._last = (page[-1].sequence, page[-1].hash)
            if len(page) < _PAGE:
                return

    def _take(self, event: Event) -> None:
        kind = event.kind
        if kind == "run.extended":
            self._estimates = None
            for task in json.loads(event.body)["tasks"]:
                self.tasks[task["task_id"]] = _course(task)
            return
        task = self.tasks.get(event.task_id)
        if task is None:
            return
        if kind == "task.claimed":
            task.began = task.began or event.at
        elif kind in _ENDS or (kind == "task.refused" and json.loads(event.body)["until"] is None):
            task.ended, task.is_accepted = event.at, kind == "task.accepted"
        elif kind == "task.reopened":
            task.began, task.ended, task.is_accepted = None, None, False


def _course(task: Mapping[str, Any]) -> Course:
    minutes = task.get("minutes")
    return Course(
        title=task.get("title", ""),
        path=tuple(task.get("path", ())),
        needs=tuple(need for need, _ in task.get("needs", ())),
        minutes=DEFAULT_MINUTES if minutes is None else max(0, minutes),
        is_estimated=minutes is not None,
    )


class Timelines:
    """The timelines that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Timeline] = OrderedDict()

    async def of(self, storage: Storage, run_id: str) -> Timeline:
        """Return the timeline of a run that exists, as the log is now."""
        kept = self._kept.setdefault(run_id, Timeline())
        self._kept.move_to_end(run_id)
        while len(self._kept) > _RUNS_KEPT:
            self._kept.popitem(last=False)
        async with kept.lock:
            await kept.read_on(storage, run_id)
        return kept
