"""The forecast: when what is left will be accepted, by drawing again and again from the newest acceptances.

A trial draws as many acceptances as tasks are left (at most all remembered), with repetition, and takes their
pace: work time for an estimated minute. So few tasks left, or few acceptances seen, make a wide forecast.
It knows no critical path: at the very end, where tasks wait for each other, work may take longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random

from mosaic_hookspecs import RunState

from .account import RunLine
from .paces import Pace
from .records import Forecast

_TRIALS = 1000
_REMEMBERED = 64
OVER = (RunState.FINISHED, RunState.CANCELLED)
"""Of runs in these states nothing is left to do, whatever they hold."""


def forecast(runs: Iterable[RunLine], pace: Pace, now: int, least: int) -> Forecast:
    """Return the forecast for some runs, at the pace of what they belong to."""
    unfinished = [run for run in runs if run.left and run.state not in OVER]
    samples = list(pace.samples)
    known = [minutes for _, minutes in samples if minutes is not None]
    usual = round(sum(known) / len(known)) if known else 0
    left, guessed = sum(run.left for run in unfinished), sum(run.guessed for run in unfinished)
    minutes = sum(run.minutes for run in unfinished) + guessed * usual

    def unknown(reason: str) -> Forecast:
        return Forecast(left=left, minutes=minutes, based_on=len(samples), reason=reason)

    if not left:
        return unknown("nothing is left to do")
    if len(samples) < least:
        return unknown(f"only {len(samples)} of the {least} tasks that it takes for a forecast were accepted")
    weight = usual or 1  # without any estimate, every task counts the same
    weighed = [(worked, weight if of is None else of) for worked, of in samples]
    found = _half_and_most(tuple(weighed), left, minutes if usual else minutes + guessed)
    if found is None:
        return unknown("the accepted tasks took no time, or were estimated to take none")
    half, most = found
    reason = _standstill(unfinished, pace)
    return Forecast(
        left=left,
        minutes=minutes,
        based_on=len(samples),
        work_p50=half,
        work_p90=most,
        end_p50=None if reason else now + half,
        end_p90=None if reason else now + most,
        reason=reason,
    )


def _standstill(runs: Sequence[RunLine], pace: Pace) -> str:
    if not any(run.state is RunState.ACTIVE for run in runs):
        return "every run with tasks left is paused, or its budget is spent"
    return "" if pace.held else "nothing is being worked on now"


@lru_cache(maxsize=_REMEMBERED)
def _half_and_most(samples: Sequence[tuple[int, int]], left: int, minutes: int) -> tuple[int, int] | None:
    """Return how long the work took at most in half of the trials, and in nine of ten; None where no pace can
    be told. The same is asked for again and again while a page is looked at.
    """
    works = _trials(samples, left, minutes)
    return (works[len(works) // 2], works[len(works) * 9 // 10]) if works else None


def _trials(samples: Sequence[tuple[int, int]], left: int, minutes: int) -> Sequence[int]:
    """Return how long the work took in each trial, sorted; nothing where no pace can be told."""
    chance = Random(0)  # noqa: S311 - the same log makes the same forecast
    draws = min(left, len(samples))
    works: list[int] = []
    if not any(worked for worked, _ in samples):
        return works
    for _ in range(_TRIALS):
        drawn = chance.choices(samples, k=draws)
        estimate = sum(minutes for _, minutes in drawn)
        if estimate:
            works.append(round(minutes * sum(worked for worked, _ in drawn) / estimate))
    return sorted(works)
