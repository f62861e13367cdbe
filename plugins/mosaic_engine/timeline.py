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

from mosaic_hookspecs.estimates import ASSUMED_MINUTES, Estimates, estimates_of

if TYPE_CHECKING:
    from mosaic_hookspecs.events import Event
    from mosaic_hookspecs.storage import Storage

MANY = 500
"""From so many tasks on, sums over all of them are done beside the event loop."""
_RUNS_KEPT = 4
_PAGE = 1000
_SLICE = 250  # events, or tasks, that are taken in before others have their turn
_ENDS = ("task.accepted", "task.skipped", "task.cancelled", "task.denied")


@attrs.frozen(kw_only=True)
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


@attrs.frozen(kw_only=True)
class Timeline:
    """The tasks of one run, by identifier, in their order, as the log was at `sequence`; `unestimated` is how
    many of them have no estimate.
    """

    sequence: int
    tasks: Mapping[str, Course]
    estimates: Estimates
    unestimated: int


class _Keeper:
    """Keeps the timeline of one run as the log goes on."""

    def __init__(self) -> None:
        self._lock = trio.Lock()
        self._tasks: dict[str, Course] = {}
        self._last = (0, "")
        self._estimates: Estimates | None = None
        self._timeline: Timeline | None = None

    async def read(self, storage: Storage, run_id: str) -> Timeline:
        """Return the timeline as the log is now."""
        async with self._lock:
            await self._read_on(storage, run_id)
            known = self._timeline
            sequence = self._last[0]
            if self._estimates is None or known is None or known.sequence != sequence:
                estimates = self._estimates = self._estimates or await _estimated(self._tasks)
                unestimated = sum(not task.is_estimated for task in self._tasks.values())
                known = self._timeline = Timeline(
                    sequence=sequence, tasks=dict(self._tasks), estimates=estimates, unestimated=unestimated
                )
            return known

    async def _read_on(self, storage: Storage, run_id: str) -> None:
        while True:
            sequence, sealed = self._last
            page = await storage.events(after=max(0, sequence - 1), limit=_PAGE, run_id=run_id)
            if sequence and (not page or page[0].hash != sealed):
                self._tasks, self._last, self._estimates = {}, (0, ""), None
                continue
            news = page[1:] if sequence else page
            for number, event in enumerate(news):
                await self._take(event)
                if number % _SLICE == _SLICE - 1:
                    await trio.lowlevel.checkpoint()
            if page:
                self._last = (page[-1].sequence, page[-1].hash)
            if len(page) < _PAGE:
                return

    async def _take(self, event: Event) -> None:
        kind = event.kind
        if kind == "run.extended":
            self._estimates = None
            for number, task in enumerate(json.loads(event.body)["tasks"]):
                if not number % _SLICE:
                    await trio.lowlevel.checkpoint()
                self._tasks[task["task_id"]] = _course(task)
            return
        task = self._tasks.get(event.task_id)
        if task is None:
            return
        if kind == "task.claimed":
            task = attrs.evolve(task, began=task.began or event.at)
        elif kind in _ENDS or (kind == "task.refused" and json.loads(event.body)["until"] is None):
            task = attrs.evolve(task, ended=event.at, is_accepted=kind == "task.accepted")
        elif kind == "task.reopened":
            task = attrs.evolve(task, began=None, ended=None, is_accepted=False)
        self._tasks[event.task_id] = task


async def _estimated(tasks: Mapping[str, Course]) -> Estimates:
    graph = {name: task.needs for name, task in tasks.items()}
    minutes = {name: task.minutes for name, task in tasks.items()}
    if len(tasks) < MANY:
        return estimates_of(graph, minutes)
    return await trio.to_thread.run_sync(estimates_of, graph, minutes)


def _course(task: Mapping[str, Any]) -> Course:
    minutes = task.get("minutes")
    return Course(
        title=task.get("title", ""),
        path=tuple(task.get("path", ())),
        needs=tuple(need for need, _ in task.get("needs", ())),
        minutes=ASSUMED_MINUTES if minutes is None else max(0, minutes),
        is_estimated=minutes is not None,
    )


class Timelines:
    """The timelines that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Keeper] = OrderedDict()

    async def of(self, storage: Storage, run_id: str) -> Timeline:
        """Return the timeline of a run that exists, as the log is now."""
        kept = self._kept.setdefault(run_id, _Keeper())
        self._kept.move_to_end(run_id)
        while len(self._kept) > _RUNS_KEPT:
            self._kept.popitem(last=False)
        return await kept.read(storage, run_id)
