"""The forecast: when what is left will be accepted, by drawing again and again from the newest acceptances.

A trial draws as many acceptances as tasks are left (at most all remembered), with repetition, and takes their
pace: work time for an estimated minute. So few tasks left, or few acceptances seen, make a wide forecast. As
many as the longest chain of what is left has tell also how long single tasks take: however many work at once,
a trial takes no less than that chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random
from typing import TypeAlias

import attrs

from mosaic_hookspecs import RunState

from .account import RunLine
from .chains import Chain
from .paces import Pace
from .records import Forecast

_TRIALS = 1000
_REMEMBERED = 64
_Sample: TypeAlias = "tuple[int, int, int]"
OVER = (RunState.FINISHED, RunState.CANCELLED)
"""Of runs in these states nothing is left to do, whatever they hold."""


@attrs.frozen
class _Load:
    """Tasks to be done, and their minutes in all."""

    tasks: int
    minutes: int


def forecast(runs: Iterable[RunLine], pace: Pace, now: int, least: int) -> Forecast:
    """Return the forecast for some runs, at the pace of what they belong to."""
    unfinished = [run for run in runs if run.left and run.state not in OVER]
    samples, usual = list(pace.samples), pace.usual
    weight = usual or 1  # without any estimate, every task counts the same
    chain = max((run.chain for run in unfinished), key=lambda one: one.weight(weight), default=Chain())
    left, guessed = sum(run.left for run in unfinished), sum(run.guessed for run in unfinished)
    minutes = sum(run.minutes for run in unfinished) + guessed * usual

    known = Forecast(left=left, minutes=minutes, chain_minutes=chain.weight(usual), based_on=len(samples))

    if not left:
        return attrs.evolve(known, reason="nothing is left to do")
    if len(samples) < least:
        reason = f"only {len(samples)} of the {least} tasks that it takes for a forecast were accepted"
        return attrs.evolve(known, reason=reason)
    weighed = tuple((worked, weight if of is None else of, took) for worked, of, took in samples)
    whole = _Load(left, minutes if usual else minutes + guessed)
    found = _half_and_most(weighed, whole, _Load(chain.tasks, chain.weight(weight)))
    if found is None:
        return attrs.evolve(known, reason="the accepted tasks took no time, or were estimated to take none")
    half, most = found
    reason = _standstill(unfinished, pace)
    return attrs.evolve(
        known,
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
def _half_and_most(samples: Sequence[_Sample], whole: _Load, chain: _Load) -> tuple[int, int] | None:
    """Return how long the work took at most in half of the trials, and in nine of ten; None where no pace can
    be told. The same is asked for again and again while a page is looked at.
    """
    works = _trials(samples, whole, chain)
    return (works[len(works) // 2], works[len(works) * 9 // 10]) if works else None


def _trials(samples: Sequence[_Sample], whole: _Load, chain: _Load) -> Sequence[int]:
    """Return how long the work took in each trial, sorted; nothing where no pace can be told."""
    chance = Random(0)  # noqa: S311 - the same log makes the same forecast
    draws = min(whole.tasks, len(samples))
    works: list[int] = []
    if not any(worked for worked, _, _ in samples):
        return works
    for _ in range(_TRIALS):
        drawn = chance.choices(samples, k=draws)
        estimate = sum(minutes for _, minutes, _ in drawn)
        if estimate:
            work = whole.minutes * sum(worked for worked, _, _ in drawn) / estimate
            works.append(round(max(work, _alone(drawn[: chain.tasks], chain.minutes))))
    return sorted(works)


def _alone(drawn: Sequence[_Sample], minutes: int) -> float:
    """Return how long tasks take that are done one after the other."""
    estimate = sum(minutes for _, minutes, _ in drawn)
    return minutes * sum(took for _, _, took in drawn) / estimate if estimate else 0.0
