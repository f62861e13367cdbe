"""A Python function as a worker: takes tasks, does each, keeps it meanwhile, reports, and takes the next."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import anyio
import anyio.to_thread
import attrs

from mosaic_hookspecs.errors import MosaicError

from .packs import GiveBack, Work, work_of
from .patience import is_gone, patiently
from .server import MCPServer, anyio_group
from .views import Tally

Result: TypeAlias = "Mapping[str, Any] | str | None"
Function: TypeAlias = "Callable[[Work], Result | Awaitable[Result]]"
"""Does a task: returns the values for the tasks that depend on it, or a sentence, or nothing; or raises."""
_KEEPING = 3.0
_GOODBYE_SECONDS = 5.0
_LONGEST = 2000
_OVER = "stop:"


@attrs.frozen(kw_only=True)
class Worker:
    """A worker's name and manners."""

    name: str
    labels: Sequence[str] = ()
    is_general: bool = True
    wait_seconds: float = 3600.0
    patience_seconds: float = 60.0


async def work(
    mcp: MCPServer, function: Function, worker: Worker, *, most: int | None, until_idle: bool
) -> Tally:
    """Do tasks until `most` are done or, if `until_idle`, there is none now; else until cancelled. Whatever
    ends it, what is held then goes back to others.
    """
    about = {
        "name": worker.name,
        "kind": "python",
        "labels": list(worker.labels),
        "is_general": worker.is_general,
    }
    await patiently(lambda: mcp.call("agent.register", **about), worker.patience_seconds)
    tally, following = Tally(), None
    try:
        while most is None or tally.total < most:
            wait = 0.0 if until_idle else worker.wait_seconds
            held = following or await _taken(mcp, worker, wait)
            following = None
            if held is None:
                if until_idle:
                    break
                continue
            is_last = until_idle or (most is not None and tally.total + 1 >= most)
            verdict, following = await _do(mcp, function, held, worker, takes_next=not is_last)
            if verdict:
                tally = tally.plus(verdict)
    finally:
        with anyio.move_on_after(_GOODBYE_SECONDS, shield=True):
            await _leave(mcp, worker.name)
    return tally


async def _taken(mcp: MCPServer, worker: Worker, wait: float) -> Work | None:
    async def take() -> Any:
        return await mcp.call("work.take", agent=worker.name, wait_seconds=wait)

    data = (await patiently(take, worker.patience_seconds))["work"]
    return None if data is None else work_of(mcp, data)


async def _do(
    mcp: MCPServer, function: Function, held: Work, worker: Worker, *, takes_next: bool
) -> tuple[str, Work | None]:
    """Do a task; return the verdict ("": it was taken away meanwhile) and the next one."""
    answer = await _answer(function, held)
    if answer is None:
        return "", None
    if isinstance(answer, GiveBack):
        about = {"reason": answer.what[:_LONGEST], "handover": answer.handover}
        await _tolerantly(lambda: mcp.call("work.release", **held.names, **about), worker.patience_seconds)
        return "released", None
    told = await _tolerantly(
        lambda: mcp.call("work.report", **held.names, **answer, next=takes_next), worker.patience_seconds
    )
    if told is None:
        return "", None
    following = told.get("next")
    return str(told["verdict"]), work_of(mcp, following) if following else None


async def _answer(function: Function, held: Work) -> dict[str, Any] | GiveBack | None:
    """Return what to report; None if nobody wants it any more."""
    found: dict[str, Any] | GiveBack | None = None
    async with anyio_group() as group:
        group.start_soon(_keep, held, group.cancel_scope)
        try:
            found = _reported(await _called(function, held))
        except GiveBack as given_back:
            found = given_back
        except Exception as error:  # noqa: BLE001 - a boundary: the function is the user's
            found = {"outcome": "failed", "summary": f"{type(error).__name__}: {error}"[:_LONGEST]}
        group.cancel_scope.cancel()
    return found


async def _called(function: Function, held: Work) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function(held)
    result = await anyio.to_thread.run_sync(function, held)
    return await result if inspect.isawaitable(result) else result


def _reported(result: Any) -> dict[str, Any]:
    if isinstance(result, str):
        return {"summary": result[:_LONGEST]}
    if result is None or isinstance(result, Mapping):
        return {"outputs": dict(result or {})}
    return {
        "outcome": "failed",
        "summary": f"the worker's function returned {type(result).__name__}, not a mapping, a text or None",
    }


async def _keep(held: Work, scope: anyio.CancelScope) -> None:
    """Keep the lease; end the work when nobody wants it any more."""
    while True:
        await anyio.sleep(held.lease_seconds / _KEEPING)
        try:
            if not await held.progress():
                scope.cancel()
                return
        except MosaicError as error:
            if not is_gone(error):
                scope.cancel()
                return


async def _tolerantly(call: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    """Return what a call about held work answers; None if it was taken away, which the system has noted."""
    try:
        return await patiently(call, seconds)
    except MosaicError as error:
        if is_gone(error):
            raise
        return None


async def _leave(mcp: MCPServer, name: str) -> None:
    try:
        await mcp.call("agent.leave", name=name)
    except MosaicError:
        return  # a system that is gone will miss it by itself
