"""Shows the account: sums it up over a span, in buckets and in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .account import Account, RunLine
from .cells import Cell
from .forecasting import OVER, forecast
from .records import (
    AgentLine,
    AnalyticsView,
    BucketLine,
    FailureLine,
    OutcomeLine,
    ShowAnalytics,
    Spent,
    Totals,
)
from .sketches import quantile
from .spans import Span, since_of, span_of

_HALF, _MOST = 0.5, 0.9
_HOUR = 3_600_000


def shown(account: Account, request: ShowAnalytics, costs: Spent, now: int, least: int) -> AnalyticsView:
    """Return what an account tells about what was asked for."""
    project = request.project
    cells = list(account.timeline.cells(project))
    pace = account.projects[project].pace if project in account.projects else account.pace
    since = since_of(request.since, now)
    newest = max((start for start, _ in cells), default=account.timeline.newest)
    until = max(now, newest) if since is not None or pace.held else newest
    span = span_of(_first(cells, until) if since is None else since, until, request.bucket, account.timeline)
    before, buckets, whole = _divided(cells, span)
    runs = [run for run in account.runs.values() if project in ("", run.project)]
    attempts = _attempts(whole)
    return AnalyticsView(
        run_id=request.run_id,
        project=project,
        since=span.since,
        until=until,
        now=now,
        bucket=span.bucket,
        totals=_totals(before, whole, _left(runs), pace.held),
        series=_series(before, buckets, span),
        attempts=attempts,
        failures=_failures(account, whole),
        agents=_agents(whole, until - span.since),
        costs=costs,
        forecast=forecast(runs, pace, now, least),
    )


def _left(runs: Iterable[RunLine]) -> int:
    return sum(run.left for run in runs if run.state not in OVER)


def _first(cells: Sequence[tuple[int, Cell]], otherwise: int) -> int:
    return min((start for start, _ in cells), default=otherwise)


def _divided(cells: Iterable[tuple[int, Cell]], span: Span) -> tuple[Cell, Mapping[int, Cell], Cell]:
    """Return the sums of what was before a span, of each of its buckets, and of all of them."""
    before, buckets, whole = Cell(), dict[int, Cell](), Cell()
    for start, cell in cells:
        if start < span.since:
            before.added += cell.added
            before.accepted += cell.accepted
            before.dropped += cell.dropped
            continue
        bucket = start // span.size * span.size
        if bucket not in buckets:
            buckets[bucket] = Cell()
        buckets[bucket].add(cell)
    for cell in buckets.values():
        whole.add(cell)
    return before, buckets, whole


def _figures(cell: Cell) -> dict[str, Any]:
    """Return what is in `Figures`."""
    return {
        "accepted": cell.accepted,
        "first": cell.first,
        "first_share": _share(cell.first, cell.accepted),
        "lead_p50": quantile(cell.lead, _HALF),
        "lead_p90": quantile(cell.lead, _MOST),
        "cycle_p50": quantile(cell.cycle, _HALF),
        "cycle_p90": quantile(cell.cycle, _MOST),
        "attempts": sum(cell.outcomes.values()),
        "refused": _ended(cell, "refused"),
    }


def _totals(before: Cell, whole: Cell, left: int, in_flight: int) -> Totals:
    accepted, refused = _ended(whole, "accepted"), _ended(whole, "refused")
    return Totals(
        **_figures(whole),
        rate=_share(accepted, accepted + refused),
        in_flight=in_flight,
        tasks=before.added + whole.added,
        dropped=before.dropped + whole.dropped,
        left=left,
    )


def _series(before: Cell, buckets: Mapping[int, Cell], span: Span) -> Sequence[BucketLine]:
    lines, nothing = [], Cell()
    done, dropped, total = before.accepted, before.dropped, before.added
    for start in span.starts():
        cell = buckets.get(start, nothing)
        done, dropped, total = done + cell.accepted, dropped + cell.dropped, total + cell.added
        lines.append(BucketLine(**_figures(cell), start=start, done=done, dropped=dropped, total=total))
    return lines


def _attempts(whole: Cell) -> Sequence[OutcomeLine]:
    sums: dict[str, int] = {}
    for (_, outcome), count in whole.outcomes.items():
        sums[outcome] = sums.get(outcome, 0) + count
    total = sum(sums.values())
    lines = [OutcomeLine(outcome=name, attempts=count, share=count / total) for name, count in sums.items()]
    return sorted(lines, key=lambda line: (-line.attempts, line.outcome))


def _failures(account: Account, whole: Cell) -> Sequence[FailureLine]:
    total = sum(whole.reasons.values())
    lines = []
    for number, count in whole.reasons.items():
        reason = account.reasons[number]
        lines.append(
            FailureLine(
                code=reason.code,
                text=reason.text,
                count=count,
                share=count / total,
                last_at=reason.at,
                run_id=reason.run_id,
                task_id=reason.task_id,
            )
        )
    return sorted(lines, key=lambda line: (-line.count, line.code, line.text))


def _agents(whole: Cell, length: int) -> Sequence[AgentLine]:
    sums: dict[str, dict[str, int]] = {}
    for (agent, outcome), count in whole.outcomes.items():
        sums.setdefault(agent, {})[outcome] = count
    lines = []
    for agent, counts in sums.items():
        accepted, refused = counts.get("accepted", 0), counts.get("refused", 0)
        lines.append(
            AgentLine(
                agent=agent,
                attempts=sum(counts.values()),
                accepted=accepted,
                refused=refused,
                released=counts.get("released", 0),
                rate=_share(accepted, accepted + refused),
                per_hour=accepted * _HOUR / max(length, 1),
            )
        )
    return sorted(lines, key=lambda line: (-line.accepted, -line.attempts, line.agent))


def _ended(cell: Cell, wanted: str) -> int:
    return sum(count for (_, outcome), count in cell.outcomes.items() if outcome == wanted)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
