"""``mosaic why``, ``logs``, ``approve``, ``cancel`` and ``retry``: one task, one question or order."""

from __future__ import annotations

from typing import Any

import click

from .asking import carry_out, here_option
from .notes import reason_of
from .session import Session, session_options
from .terminal_text import inert

run_option = click.option("--run", "run_id", default="", metavar="RUN", help="The run; the newest without.")
_READS = frozenset({"task.why", "task.logs"})


async def _run_id(kernel: Any, run_id: str) -> str:
    return run_id or str((await kernel.dispatch("run.show", {"run_id": ""}))["run_id"])


def _dispatch(session: Session, operation: str, run_id: str, *, here: bool, **data: Any) -> Any:
    """Carry out an operation on a task of `run_id`, or of the newest run; return its output as JSON data."""

    async def body(kernel: Any) -> Any:
        return await kernel.dispatch(operation, {"run_id": await _run_id(kernel, run_id), **data})

    return carry_out(session, body, here=here, only_reads=operation in _READS)


@click.command()
@click.argument("task_id")
@run_option
@here_option
@session_options
def why(session: Session, *, task_id: str, run_id: str, here: bool) -> None:
    """Say why TASK_ID is not running: the exact condition that it waits for."""

    def render(found: Any) -> None:
        click.echo(inert(f"{found['task_id']} is {found['state']}:"))
        for blocker in found["blockers"]:
            # Indented, so that no line of it looks like one of Mosaic's own.
            text = inert(reason_of(blocker)).replace("\n", "\n    ")
            click.echo(f"  {click.style(inert(blocker['code']), bold=True)}  {text}")

    session.show(_dispatch(session, "task.why", run_id, here=here, task_id=task_id), render)


@click.command()
@click.argument("task_id")
@run_option
@click.option("--attempt", "token", type=click.IntRange(1), help="The attempt's token; the newest without.")
@here_option
@session_options
def logs(session: Session, *, task_id: str, run_id: str, token: int | None, here: bool) -> None:
    """Show what an attempt at TASK_ID printed, and what its checks printed."""

    def render(found: Any) -> None:
        click.echo(inert(found["text"]), nl=not found["text"].endswith("\n"))

    session.show(_dispatch(session, "task.logs", run_id, here=here, task_id=task_id, token=token or 0), render)


@click.command()
@click.argument("task_id")
@run_option
@click.option("--deny", is_flag=True, help="Deny it: the task fails.")
@click.option("--comment", default="", help="A word for the log.")
@here_option
@session_options
def approve(  # noqa: PLR0913 - one argument an option
    session: Session, *, task_id: str, run_id: str, deny: bool, comment: str, here: bool
) -> None:
    """Answer the approval gate of TASK_ID."""
    answer = {"task_id": task_id, "is_granted": not deny, "comment": comment}
    found = _dispatch(session, "task.approve", run_id, here=here, **answer)
    session.show(found, lambda task: click.echo(inert(f"{task['task_id']} is {task['state']}.")))


@click.command()
@click.argument("task_id", required=False)
@run_option
@click.option("--reason", default="", help="Why, for the log.")
@here_option
@session_options
def cancel(session: Session, *, task_id: str | None, run_id: str, reason: str, here: bool) -> None:
    """Cancel TASK_ID, or the whole run that --run names."""
    if not task_id and not run_id:
        raise click.UsageError("Name a task, or a run with --run.")
    if task_id:
        found = _dispatch(session, "task.cancel", run_id, here=here, task_id=task_id, reason=reason)
        session.show(found, lambda task: click.echo(inert(f"{task['task_id']} is {task['state']}.")))
    else:

        async def body(kernel: Any) -> Any:
            return await kernel.dispatch("run.cancel", {"run_id": run_id, "reason": reason})

        found = carry_out(session, body, here=here, only_reads=False)
        session.show(found, lambda run: click.echo(inert(f"{run['run_id']} is {run['state']}.")))


@click.command()
@click.argument("task_ids", nargs=-1)
@run_option
@here_option
@session_options
def retry(session: Session, *, task_ids: tuple[str, ...], run_id: str, here: bool) -> None:
    """Try TASK_IDS again, or every failed task of the run; `mosaic run --resume` then works on them."""

    async def body(kernel: Any) -> list[Any]:
        run = await _run_id(kernel, run_id)
        names = task_ids
        if not names:
            query = {"run_id": run, "states": ["failed", "cancelled"], "limit": 1000}
            names = tuple(task["task_id"] for task in (await kernel.dispatch("task.list", query))["items"])
        return [await kernel.dispatch("task.retry", {"run_id": run, "task_id": name}) for name in names]

    def render(tasks: list[Any]) -> None:
        for task in tasks:
            click.echo(inert(f"{task['task_id']} is {task['state']}."))
        if not tasks:
            click.echo("No task of the run has failed.")

    session.show(carry_out(session, body, here=here, only_reads=False), render)
