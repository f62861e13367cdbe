"""Attempts that are over: what became of them, so that whoever comes too late is told."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import Context, NotFound, Refused

from .held import Key

_NEXT = "Drop this work, nothing of it is used; call work_take for other work."


async def attempt_of(context: Context, key: Key) -> tuple[Any, Any]:
    """Return a task as ``task.show`` tells it, and its attempt with that token.

    Raises:
        NotFound: there is no such run, or no such task in it.
        Refused: the task never had such an attempt (code ``unknown-token``).
    """
    run_id, task_id, token = key
    if not run_id:
        raise NotFound("no-run", "the run is not named", where="run_id", hint="Pass the run_id of the work.")
    detail = await context.dispatch("task.show", {"run_id": run_id, "task_id": task_id})
    for attempt in detail.attempts:
        if attempt.token == token:
            return detail, attempt
    newest = detail.attempts[-1].token if detail.attempts else 0
    raise Refused(
        "unknown-token",
        f"task {task_id!r} never had an attempt with this token",
        where="token",
        expected=f"a token up to {newest}" if newest else "none yet: nobody took it",
        got=str(token),
        hint="Pass run_id, task_id and token as work_take answered them.",
    )


def stale(detail: Any, attempt: Any, why: str = "") -> Refused:
    """Return the refusal for an attempt that is over: how it ended, and how the task stands now."""
    task = detail.task
    newest = detail.attempts[-1]
    # What is lost through nobody's fault, the log calls refused, too, since it waits before it is tried again.
    ended = f"released: {why}" if why else f"{attempt.outcome}: {attempt.reason or 'no reason was given'}"
    stands = f"the task is {task.state.value}"
    if newest.token != attempt.token:
        by = f" by {newest.agent}" if newest.agent else ""
        stands = f"attempt {newest.token}{by} is {newest.outcome}, and {stands}"
    return Refused(
        "stale-token",
        f"this attempt at task {task.task_id!r} is over",
        expected=f"token {newest.token} ({stands})",
        got=f"token {attempt.token}, which ended as {ended}",
        hint=_NEXT,
    )
