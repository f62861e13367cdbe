"""``run.schedule``: when the tasks of a run could start, must start, and did; and when the run will be over.

Owns the forecast. What could and must is by the plan's estimates alone; the forecast scales what is left by the
pace of what was accepted so far.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import trio

from mosaic_hookspecs.estimates import ASSUMED_MINUTES, EstimatedTask
from mosaic_hookspecs.operation_table import OperationRow
from mosaic_hookspecs.operations import Call, OperationKind
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskState

from .critical import longest_left
from .inputs import limit_of
from .progress import can_progress
from .reading import Reading, Surroundings
from .timeline import MANY, Course, Timeline, Timelines

_MINUTE = 60_000
_LEAST_SPAN = 1  # millisecond
_SLICE = 250  # tasks that are put together before others have their turn
_FORECASTS_KEPT = 16
_FORECAST_LASTS = 1000  # milliseconds: the pages of one reading have the same
_LEAST_LEFT = 0.1  # of what a task has taken: nothing that goes on is as good as done


@attrs.frozen(kw_only=True)
class AskSchedule:
    """Which run, and which part of its tasks."""

    run_id: str = attrs.field(default="", metadata={"help": "The run's identifier; the newest if left empty."})
    after: int = attrs.field(default=0, metadata={"help": "Only tasks with a position above this."})
    limit: int = limit_of(1000, 2000)


@attrs.frozen(kw_only=True)
class ScheduledTask(EstimatedTask):
    """One task: by the estimates, and as it went (`actual_start`, `actual_end`: minutes since the run's start;
    None where it has not).
    """

    state: TaskState
    actual_start: float | None
    actual_end: float | None


@attrs.frozen(kw_only=True)
class Schedule:
    """Tasks in order of `position`: ask again with ``after`` set to the last one's for more. The rest is about
    the whole run. `critical` is one longest chain of tasks, `total_minutes` its length; `assumed_minutes` what
    tasks without an estimate are taken for, of which there are `unestimated`. `started_at`, `now` and
    `forecast_end` are milliseconds since 1970 UTC; the forecast is None where nothing was accepted yet, or
    where nothing goes on without a person or another agent.
    """

    run_id: str
    items: Sequence[ScheduledTask]
    total: int
    total_minutes: int
    critical: Sequence[str]
    assumed_minutes: int
    unestimated: int
    started_at: int
    now: int
    forecast_end: int | None


class Scheduling:
    """The handler of ``run.schedule``."""

    def __init__(self, here: Surroundings) -> None:
        self._here = here
        self._reading = Reading(here)
        self._timelines = Timelines()
        self._forecasts: dict[str, tuple[tuple[int, int, int], int | None]] = {}

    async def schedule_run(self, request: AskSchedule, call: Call) -> Schedule:
        """Show a run's schedule."""
        run = await self._reading.find_run(request.run_id)
        storage = self._here.storage
        timeline = await self._timelines.of(storage, run.run_id)
        page = await storage.tasks(run.run_id, after=request.after, limit=request.limit)
        estimates = timeline.estimates
        now = self._here.now()
        since = _minutes_since(run.created_at)
        items = []
        for number, record in enumerate(page):
            if number % _SLICE == _SLICE - 1:
                await trio.lowlevel.checkpoint()
            task = timeline.tasks.get(record.task_id)
            if task is None:  # the log and the tasks were not read in one moment
                continue
            began = task.began
            items.append(
                ScheduledTask(
                    task_id=record.task_id,
                    position=record.position,
                    title=task.title,
                    path=task.path,
                    state=record.state,
                    is_estimated=task.is_estimated,
                    needs=task.needs,
                    actual_start=None if began is None else since(began),
                    actual_end=None if task.ended is None else since(task.ended),
                    **estimates.times_of(record.task_id),
                )
            )
        return Schedule(
            run_id=run.run_id,
            items=items,
            total=len(timeline.tasks),
            total_minutes=estimates.total,
            critical=estimates.path,
            assumed_minutes=ASSUMED_MINUTES,
            unestimated=timeline.unestimated,
            started_at=run.created_at,
            now=now,
            forecast_end=await self._forecast(run, timeline, now),
        )

    async def _forecast(self, run: RunRecord, timeline: Timeline, now: int) -> int | None:
        if run.state is not RunState.ACTIVE:
            return run.ended_at if run.state is RunState.FINISHED else None
        here = self._here
        if not await can_progress(here.storage, run, here.offers, here.quotas):
            return None
        counts = await here.storage.counts(run.run_id)
        at_work = sum(number for state, number in counts.items() if state.is_held)
        key = (timeline.sequence, at_work, now // _FORECAST_LASTS)
        known = self._forecasts.get(run.run_id)
        if known is not None and known[0] == key:
            return known[1]
        if len(timeline.tasks) < MANY:
            found = forecast(timeline, now, at_work)
        else:
            found = await trio.to_thread.run_sync(forecast, timeline, now, at_work)
        if len(self._forecasts) >= _FORECASTS_KEPT:
            self._forecasts.clear()
        self._forecasts[run.run_id] = key, found
        return found


def _minutes_since(start: int) -> Callable[[int], float]:
    return lambda at: round((at - start) / _MINUTE, 4)


def forecast(timeline: Timeline, now: int, at_work: int) -> int | None:
    """Return when all will be over, in milliseconds since 1970 UTC: what is left at the pace so far, on the
    longest chain, or shared by as many as worked at once so far or are `at_work` now, whichever takes longer.
    None: nothing was accepted yet.
    """
    done = [task for task in timeline.tasks.values() if task.is_accepted]
    worked = [(task.began, task.ended) for task in done if task.began is not None and task.ended is not None]
    planned = sum(task.minutes for task in done if task.began is not None) * _MINUTE
    if not worked or not planned:
        return None
    took = sum(ended - began for began, ended in worked)
    span = max(ended for _, ended in worked) - min(began for began, _ in worked)
    at_once = max(1.0, at_work, took / max(_LEAST_SPAN, span))
    pace = took / planned
    for task in timeline.tasks.values():  # what takes longer than that already counts, too
        if task.began is not None and task.ended is None and now - task.began > task.minutes * _MINUTE * pace:
            took += now - task.began
            planned += task.minutes * _MINUTE
    pace = took / planned
    left = {name: _left(task, pace, now) for name, task in timeline.tasks.items() if task.ended is None}
    longest = longest_left(timeline.estimates, left)
    return now + round(max(longest, sum(left.values()) / at_once))


def _left(task: Course, pace: float, now: int) -> float:
    whole = task.minutes * _MINUTE * pace
    if task.began is None:
        return whole
    return max(whole - (now - task.began), (now - task.began) * _LEAST_LEFT)


def schedule_row(here: Surroundings) -> OperationRow:
    """Declare ``run.schedule``."""
    handler = Scheduling(here).schedule_run
    summary = "Show when a run's tasks could start, must start and did: critical path, slack, forecast."
    return "run.schedule", OperationKind.QUERY, AskSchedule, Schedule, handler, "run:read", summary
