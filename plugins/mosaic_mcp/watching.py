"""What happens in a run while it is driven: progress and log messages for the client that waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import attrs
import trio

from .system import System

DRIVE = "run.drive"
_FINAL = ("accepted", "failed", "skipped", "cancelled")
_ENDING = ("task.accepted", "task.skipped", "task.cancelled", "task.denied")
_TELLING = ("task.claimed", "task.refused", *_ENDING, "run.")


@attrs.frozen(kw_only=True)
class Progress:
    """How far something is; `total` 0: not known."""

    done: float
    total: float = 0
    message: str = ""


Tell = Callable[[Progress], Awaitable[None]]


@asynccontextmanager
async def told_of(system: System, run_id: str, tell: Tell) -> AsyncIterator[None]:
    """Tell of the run for as long as the context lasts."""
    run = await system.dispatch("run.show", {"run_id": run_id})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_follow, system, run, tell)
        yield
        nursery.cancel_scope.cancel()


async def _follow(system: System, run: Mapping[str, Any], tell: Tell) -> None:
    total = run["total"]
    done = {f"before-{number}" for number in range(sum(run["counts"].get(state, 0) for state in _FINAL))}
    most = len(done)
    asked = {"run_id": run["run_id"], "after": run["sequence"]}
    async with aclosing(system.follow("event.follow", asked)) as events:
        async for event in events:
            kind, task = str(event["kind"]), str(event["task_id"])
            if not kind.startswith(_TELLING):
                continue
            if _ends(kind, event["body"]):
                done.add(task)
            if kind == "run.finished":
                most = total  # with those that were not run since what they need has failed
            # A task that is tried again is not done any more, and yet progress never goes back.
            most = max(most, len(done))
            message = f"{task} {kind.removeprefix('task.')}" if task else kind
            await tell(Progress(done=most, total=max(total, most), message=message))


def _ends(kind: str, body: Mapping[str, Any]) -> bool:
    # One that was refused, and is to be tried again later, has not ended.
    return kind in _ENDING or (kind == "task.refused" and body.get("until") is None)
