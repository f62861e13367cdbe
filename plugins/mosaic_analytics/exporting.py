"""A chart's data as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .records import AnalyticsView, Chart, ExportedChart, SpentLine

_Rows = Iterable[Sequence[Any]]
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def exported(chart: Chart, view: AnalyticsView) -> ExportedChart:
    """Return a chart's data: points in time as ISO 8601 in UTC, lengths of time in seconds."""
    columns, rows = _CHARTS[chart]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    count = 0
    for row in rows(view):
        writer.writerow([_harmless(value) for value in row])
        count += 1
    name = "-".join(["mosaic", *filter(None, (_plain(view.run_id or view.project),)), chart])
    return ExportedChart(name=f"{name}.csv", media_type="text/csv", rows=count, text=text.getvalue())


def _harmless(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: names and reasons are others' words."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def _plain(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name)[:60].strip("-")


def _at(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _of_series(*columns: str) -> Callable[[AnalyticsView], _Rows]:
    def rows(view: AnalyticsView) -> _Rows:
        for line in view.series:
            yield [_at(line.start), *(getattr(line, column) for column in columns)]

    return rows


def _times(view: AnalyticsView) -> _Rows:
    for line in view.series:
        lengths = (line.lead_p50, line.lead_p90, line.cycle_p50, line.cycle_p90)
        yield [_at(line.start), line.accepted, *map(_seconds, lengths)]


def _failures(view: AnalyticsView) -> _Rows:
    for line in view.failures:
        yield [line.code, line.text, line.count, line.share, _at(line.last_at), line.run_id, line.task_id]


def _agents(view: AnalyticsView) -> _Rows:
    for line in view.agents:
        yield [line.agent, line.attempts, line.accepted, line.refused, line.released, line.rate, line.per_hour]


def _spent(lines: Callable[[AnalyticsView], Sequence[SpentLine]]) -> Callable[[AnalyticsView], _Rows]:
    def rows(view: AnalyticsView) -> _Rows:
        for line in lines(view):
            yield [line.name, line.money, line.estimated_money, line.tokens, line.attempts]

    return rows


def _forecast(view: AnalyticsView) -> _Rows:
    it = view.forecast
    work = map(_seconds, (it.work_p50, it.work_p90))
    ends = map(_at, (it.end_p50, it.end_p90))
    yield [it.left, it.minutes, it.chain_minutes, it.based_on, *work, *ends, it.reason]


_MONEY = ("money_usd", "estimated_usd", "tokens", "attempts")
_CHARTS: Mapping[Chart, tuple[Sequence[str], Callable[[AnalyticsView], _Rows]]] = {
    "throughput": (("start", "accepted"), _of_series("accepted")),
    "times": (
        (
            "start",
            "accepted",
            "lead_p50_seconds",
            "lead_p90_seconds",
            "cycle_p50_seconds",
            "cycle_p90_seconds",
        ),
        _times,
    ),
    "first-attempt": (
        ("start", "accepted", "at_first_attempt", "share"),
        _of_series("accepted", "first", "first_share"),
    ),
    "burn-up": (("start", "accepted", "dropped", "total"), _of_series("done", "dropped", "total")),
    "attempts": (
        ("outcome", "attempts", "share"),
        lambda view: ((line.outcome, line.attempts, line.share) for line in view.attempts),
    ),
    "failures": (("code", "reason", "count", "share", "last", "run", "task"), _failures),
    "agents": (
        ("agent", "attempts", "accepted", "refused", "released", "acceptance_rate", "accepted_per_hour"),
        _agents,
    ),
    "cost-by-project": (("project", *_MONEY), _spent(lambda view: view.costs.projects)),
    "cost-by-model": (("model", *_MONEY), _spent(lambda view: view.costs.models)),
    "cost-by-agent": (("agent", *_MONEY), _spent(lambda view: view.costs.agents)),
    "cost-by-day": (("day", *_MONEY), _spent(lambda view: view.costs.days)),
    "forecast": (
        (
            "left",
            "minutes_left",
            "minutes_of_longest_chain",
            "based_on",
            "work_p50_seconds",
            "work_p90_seconds",
            "end_p50",
            "end_p90",
            "reason",
        ),
        _forecast,
    ),
}
