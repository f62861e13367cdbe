"""Costs: asked of ``costs.show``, in the name of who asks, so that nobody is told more than there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mosaic_hookspecs import Context, MosaicError, Principal

from .records import ShowAnalytics, Spent, SpentLine
from .spans import since_of

_MOST_LINES, _MOST_DAYS = 50, 10_000


async def spent(context: Context, request: ShowAnalytics, principal: Principal, now: int) -> Spent:
    """Return what the work cost that was asked for, by each of what it can be told by."""
    moment = since_of(request.since, now)
    day = "" if moment is None else datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d")
    asked = {"run_id": request.run_id, "project": request.project, "since": day}

    async def ask(by: str, limit: int = _MOST_LINES) -> Any:
        return await context.dispatch("costs.show", {**asked, "by": by, "limit": limit}, principal)

    try:
        projects = await ask("project")
        return Spent(
            since=day,
            projects=_lines(projects),
            models=_lines(await ask("model")),
            agents=_lines(await ask("agent")),
            days=sorted(_lines(await ask("day", _MOST_DAYS)), key=lambda line: line.name),
            total=_line(projects.total),
        )
    except MosaicError as error:
        return Spent(since=day, problem=f"what it cost is not known: {error.what}")


def _lines(view: Any) -> Sequence[SpentLine]:
    return [_line(line) for line in view.lines]


def _line(line: Any) -> SpentLine:
    return SpentLine(
        name=line.name,
        money=line.money,
        estimated_money=line.estimated_money,
        tokens=line.input_tokens + line.output_tokens,
        attempts=line.attempts,
    )
