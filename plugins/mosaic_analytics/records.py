"""What the operations of the work as a whole take and answer.

Points in time are milliseconds since 1970 UTC, lengths of time are milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

Bucket = Literal["auto", "second", "minute", "hour", "day"]
Chart = Literal[
    "throughput",
    "times",
    "first-attempt",
    "burn-up",
    "attempts",
    "failures",
    "agents",
    "cost-by-project",
    "cost-by-model",
    "cost-by-agent",
    "cost-by-day",
    "forecast",
]
_RUN = {"help": "Of this run alone; of all if empty."}
_PROJECT = {"help": "Of this project alone; of all if empty."}
_SINCE = {"help": "From then on: back from now as 90m, 24h, 7d, or a day YYYY-MM-DD (UTC); ever if empty."}
_BUCKET = {"help": "How long each point of a series is; coarser where so fine is not kept any more."}


@attrs.frozen(kw_only=True)
class ShowAnalytics:
    """About which work, and how fine."""

    run_id: str = attrs.field(default="", metadata=_RUN)
    project: str = attrs.field(default="", metadata=_PROJECT)
    since: str = attrs.field(default="", metadata=_SINCE)
    bucket: Bucket = attrs.field(default="auto", metadata=_BUCKET)


@attrs.frozen(kw_only=True)
class ExportAnalytics:
    """Which chart's data, about which work, and how fine."""

    chart: Chart = attrs.field(metadata={"help": "Which chart's data."})
    run_id: str = attrs.field(default="", metadata=_RUN)
    project: str = attrs.field(default="", metadata=_PROJECT)
    since: str = attrs.field(default="", metadata=_SINCE)
    bucket: Bucket = attrs.field(default="auto", metadata=_BUCKET)


@attrs.frozen(kw_only=True)
class ExportedChart:
    """A chart's data as CSV (RFC 4180): a line of names, then `rows` lines. `name` is one for a file."""

    name: str
    media_type: str
    rows: int
    text: str


@attrs.frozen(kw_only=True)
class Figures:
    """What happened in some time. `lead` is from ready to accepted, `cycle` from the first claim to accepted,
    each within 1 %; None: nothing was accepted. `first` were accepted and none of their attempts was refused by
    its own fault; `first_share` of `accepted`. `attempts` have ended.
    """

    accepted: int
    first: int
    first_share: float | None
    lead_p50: int | None
    lead_p90: int | None
    cycle_p50: int | None
    cycle_p90: int | None
    attempts: int
    refused: int


@attrs.frozen(kw_only=True)
class Totals(Figures):
    """All of the time that was asked for. `rate` is accepted of accepted and refused attempts; `in_flight` go
    on now. `tasks`, `dropped` (failed, skipped, cancelled) and `left` are of all time.
    """

    rate: float | None
    in_flight: int
    tasks: int
    dropped: int
    left: int


@attrs.frozen(kw_only=True)
class BucketLine(Figures):
    """One bucket: what happened in it, and, of all time until its end, `done` of `total` tasks (for burn-up),
    with `dropped` of them failed, skipped or cancelled.
    """

    start: int
    done: int
    dropped: int
    total: int


@attrs.frozen(kw_only=True)
class OutcomeLine:
    """How many attempts ended so: ``accepted``, ``refused``, ``released``, ``skipped``, ``cancelled``."""

    outcome: str
    attempts: int
    share: float


@attrs.frozen(kw_only=True)
class FailureLine:
    """A group of reasons: `code` is ``check``, ``agent``, ``timeout``, ``conflict``, ``denied``,
    ``given-back``, ``lost`` or ``other``; `text` their words without numbers and names. `run_id` and `task_id`
    are the newest's.
    """

    code: str
    text: str
    count: int
    share: float
    last_at: int
    run_id: str
    task_id: str


@attrs.frozen(kw_only=True)
class AgentLine:
    """An agent: its ended attempts, and what became of them. `rate` is accepted of accepted and refused ones,
    `per_hour` how many were accepted in an hour of the time that was asked for.
    """

    agent: str
    attempts: int
    accepted: int
    refused: int
    released: int
    rate: float | None
    per_hour: float


@attrs.frozen(kw_only=True)
class SpentLine:
    """What was spent on or by one thing: US dollars (with `estimated_money` in it), and tokens in and out."""

    name: str
    money: float
    estimated_money: float
    tokens: int
    attempts: int


@attrs.frozen(kw_only=True)
class Spent:
    """Costs, as costs.show tells them from the day of `since` on. `problem` says why there are none."""

    since: str = ""
    projects: Sequence[SpentLine] = ()
    models: Sequence[SpentLine] = ()
    agents: Sequence[SpentLine] = ()
    days: Sequence[SpentLine] = ()
    total: SpentLine | None = None
    problem: str = ""


@attrs.frozen(kw_only=True)
class Forecast:
    """When the `left` tasks will be accepted: in half of a thousand trials by `end_p50`, in nine of ten by
    `end_p90`; None where that cannot be known, and `reason` says why. `work` is the time that it takes while
    somebody is at work, at the pace of the last `based_on` acceptances: that of all together for the `minutes`
    that are left, or that of one task after the other for the `chain_minutes` of the longest chain of tasks
    which wait for each other, whichever takes longer.
    """

    left: int
    minutes: int
    based_on: int
    chain_minutes: int = 0
    work_p50: int | None = None
    work_p90: int | None = None
    end_p50: int | None = None
    end_p90: int | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class ForecastRuns:
    """Whose forecasts."""

    run_ids: Sequence[str] = attrs.field(
        default=(),
        validator=attrs.validators.max_len(200),
        metadata={"help": "These runs; those that are not over if empty, the newest first."},
    )
    limit: int = attrs.field(
        default=30,
        validator=[attrs.validators.ge(1), attrs.validators.le(200)],
        metadata={"help": "At most so many."},
    )


@attrs.frozen(kw_only=True)
class RunForecast:
    """When a run will be done, at its own pace: what analytics.show tells of that run alone."""

    run_id: str
    forecast: Forecast


@attrs.frozen(kw_only=True)
class ForecastList:
    """The forecasts, in the order that was asked for, else the newest run's first."""

    items: Sequence[RunForecast]
    now: int


@attrs.frozen(kw_only=True)
class AnalyticsView:
    """How work goes: `totals`, the `series` of buckets from `since` to `until`, oldest first, and groups, the
    most frequent or most expensive first.
    """

    run_id: str
    project: str
    since: int
    until: int
    now: int
    bucket: str
    totals: Totals
    series: Sequence[BucketLine]
    attempts: Sequence[OutcomeLine]
    failures: Sequence[FailureLine]
    agents: Sequence[AgentLine]
    costs: Spent
    forecast: Forecast
