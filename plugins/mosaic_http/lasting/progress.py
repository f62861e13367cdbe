"""How far a run is that is driven, from its events, for whoever waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.operations import Principal

from ..beside import beside

DRIVE = "run.drive"
_FINAL = ("accepted", "failed", "skipped", "cancelled")
_ENDING = ("task.accepted", "task.skipped", "task.cancelled", "task.denied")
_TOLD = ("task.claimed", "task.refused", *_ENDING, "run.")
Progress = Mapping[str, Any]
"""How far something is: ``done`` of ``total``, and in a ``message`` what happened last."""


@asynccontextmanager
async def told_of(
    context: Context, run_id: str, principal: Principal, tell: Callable[[Progress], None]
) -> AsyncIterator[None]:
    """Tell of a run for as long as the context lasts, as far as the principal may know."""
    async with beside(lambda: _follow(context, run_id, principal, tell)):
        yield


async def _follow(
    context: Context, run_id: str, principal: Principal, tell: Callable[[Progress], None]
) -> None:
    # Whoever may drive a run, and not look at it, hears at the end how it went.
    with suppress(MosaicError):
        run = to_json_data(await context.dispatch("run.show", {"run_id": run_id}, principal))
        before = sum(run["counts"].get(state, 0) for state in _FINAL)
        ended: set[str] = set()
        tell({"done": before, "total": run["total"], "message": ""})
        asked = {"run_id": run_id, "after": run["sequence"]}
        async with aclosing(context.follow("event.follow", asked, principal)) as events:
            most = before
            async for event in events:
                kind = str(event.kind)
                if not kind.startswith(_TOLD):
                    continue
                # One that was refused, and is to be tried again later, has not ended.
                if kind in _ENDING or (kind == "task.refused" and event.body.get("until") is None):
                    ended.add(event.task_id)
                # A task that is tried again is not done any more, and yet progress never goes back.
                most = max(most, before + len(ended), run["total"] if kind == "run.finished" else 0)
                message = f"{event.task_id} {kind.removeprefix('task.')}" if event.task_id else kind
                tell({"done": most, "total": max(run["total"], most), "message": message})
