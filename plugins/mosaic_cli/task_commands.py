"""``mosaic why``, ``logs``, ``approve``, ``cancel`` and ``retry``: one task, one question or order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .session import Session, session_options

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

run_option = click.option("--run", "run_id", default="", metavar="RUN", help="The run; the newest without.")


async def _run_id(kernel: Kernel, run_id: str) -> str:
    return run_id or str((await kernel.dispatch("run.show", {"run_id": ""})).run_id)


def _dispatch(session: Session, operation: str, run_id: str, **data: Any) -> Any:
    """Carry out an operation on a task of `run_id`, or of the newest run."""

    async def body(kernel: Kernel) -> Any:
        return await kernel.dispatch(operation, {"run_id": await _run_id(kernel, run_id), **data})

    return session.read(body) if operation == "task.why" else session.run(body)


@click.command()
@click.argument("task_id")
@run_option
@session_options
def why(session: Session, *, task_id: str, run_id: str) -> None:
    """Say why TASK_ID is not running: the exact condition that it waits for."""

    def render(found: Any) -> None:
        click.echo(f"{found.task_id} is {found.state.value}:")
        for blocker in found.blockers:
            click.echo(f"  {click.style(blocker.code, bold=True)}  {blocker.text}")

    session.show(_dispatch(session, "task.why", run_id, task_id=task_id), render)


@click.command()
@click.argument("task_id")
@run_option
@click.option("--attempt", "token", type=click.IntRange(1), help="The attempt's token; the newest without.")
@session_options
def logs(session: Session, *, task_id: str, run_id: str, token: int | None) -> None:
    """Show what an attempt at TASK_ID printed, and what its checks printed."""

    def render(found: Any) -> None:
        from .terminal_text import inert

        click.echo(inert(found.text), nl=not found.text.endswith("\n"))

    session.show(_dispatch(session, "task.logs", run_id, task_id=task_id, token=token or 0), render)


@click.command()
@click.argument("task_id")
@run_option
@click.option("--deny", is_flag=True, help="Deny it: the task fails.")
@click.option("--comment", default="", help="A word for the log.")
@session_options
def approve(session: Session, *, task_id: str, run_id: str, deny: bool, comment: str) -> None:
    """Answer the approval gate of TASK_ID."""
    found = _dispatch(session, "task.approve", run_id, task_id=task_id, is_granted=not deny, comment=comment)
    session.show(found, lambda task: click.echo(f"{task.task_id} is {task.state.value}."))


@click.command()
@click.argument("task_id", required=False)
@run_option
@click.option("--reason", default="", help="Why, for the log.")
@session_options
def cancel(session: Session, *, task_id: str | None, run_id: str, reason: str) -> None:
    """Cancel TASK_ID, or the whole run that --run names."""
    if not task_id and not run_id:
        raise click.UsageError("Name a task, or a run with --run.")
    if task_id:
        found = _dispatch(session, "task.cancel", run_id, task_id=task_id, reason=reason)
        session.show(found, lambda task: click.echo(f"{task.task_id} is {task.state.value}."))
    else:
        found = session.dispatch("run.cancel", {"run_id": run_id, "reason": reason})
        session.show(found, lambda run: click.echo(f"{run.run_id} is {run.state.value}."))


@click.command()
@click.argument("task_ids", nargs=-1)
@run_option
@session_options
def retry(session: Session, *, task_ids: tuple[str, ...], run_id: str) -> None:
    """Try TASK_IDS again, or every failed task of the run; `mosaic run --resume` then works on them."""

    async def body(kernel: Kernel) -> list[Any]:
        run = await _run_id(kernel, run_id)
        names = task_ids
        if not names:
            query = {"run_id": run, "states": ["failed", "cancelled"], "limit": 1000}
            names = tuple(task.task_id for task in (await kernel.dispatch("task.list", query)).items)
        return [await kernel.dispatch("task.retry", {"run_id": run, "task_id": name}) for name in names]

    def render(tasks: list[Any]) -> None:
        for task in tasks:
            click.echo(f"{task.task_id} is {task.state.value}.")
        if not tasks:
            click.echo("No task of the run has failed.")

    session.show(session.run(body), render)
