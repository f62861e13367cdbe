"""``mosaic runs``, ``status``, ``pause`` and ``resume``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from .asking import carry_out, here_option
from .session import Session, echo_json, session_options
from .terminal_text import inert, one_line

_UNFINISHED = ["leased", "reported", "merging", "gated", "delayed", "failed", "cancelled", "ready", "blocked"]
_MOST = 200


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@here_option
@session_options
def runs(session: Session, *, limit: int, here: bool) -> None:
    """List runs, newest first."""

    async def body(kernel: Any) -> Any:
        return await kernel.dispatch("run.list", {"limit": limit})

    session.show(carry_out(session, body, here=here), _print_runs)


def _print_runs(found: Any) -> None:
    from .tables import print_table
    from .times import local_time

    rows = [
        [
            run["run_id"],
            run["result"],
            f"{run['counts'].get('accepted', 0)}/{run['total']}",
            local_time(run["created_at"]),
            run["title"] or run["target"],
        ]
        for run in found["items"]
    ]
    empty = 'There are no runs here yet. `mosaic run --goal "…"` starts one.'
    print_table(["RUN", "RESULT", "ACCEPTED", "STARTED", "TITLE"], rows, empty=empty)


@click.command()
@click.argument("run_id", required=False, default="")
@click.option("--all", "show_all", is_flag=True, help="List accepted and skipped tasks, too.")
@here_option
@session_options
def status(session: Session, *, run_id: str, show_all: bool, here: bool) -> None:
    """Show how a run stands: RUN_ID, or the newest."""
    from .notes import notes_on
    from .summary import print_summary
    from .tables import print_table

    async def body(kernel: Any) -> tuple[Any, Sequence[Any], Sequence[str]]:
        run = await kernel.dispatch("run.show", {"run_id": run_id})
        query = {"run_id": run["run_id"], "limit": _MOST, "states": [] if show_all else _UNFINISHED}
        tasks = (await kernel.dispatch("task.list", query))["items"]
        return run, tasks, [] if session.as_json else await notes_on(kernel, run)

    run, tasks, notes = carry_out(session, body, here=here)
    if session.as_json:
        echo_json({"run": run, "tasks": tasks})
        return
    seconds = ((run["ended_at"] or run["now"]) - run["created_at"]) / 1000
    click.secho(one_line(run["title"] or run["target"] or run["run_id"], 200), bold=True)
    print_summary(run, seconds, notes)
    columns = ("task_id", "state", "agent", "title", "reason")
    rows = [[task[column] for column in columns] for task in tasks]
    if rows:
        click.echo()
        print_table(["TASK", "STATE", "AGENT", "TITLE", "REASON"], rows, empty="")
    if len(rows) == _MOST:
        click.echo(f"… the first {_MOST}; `mosaic status --json --all` gives more.")


@click.command()
@click.argument("run_id")
@click.option("--reason", default="", help="Why, for the log.")
@here_option
@session_options
def pause(session: Session, *, run_id: str, reason: str, here: bool) -> None:
    """Start no more attempts of RUN_ID; those in flight go on."""

    async def body(kernel: Any) -> Any:
        return await kernel.dispatch("run.pause", {"run_id": run_id, "reason": reason})

    def render(run: Any) -> None:
        click.echo(inert(f"{run['run_id']} is paused; `mosaic resume {run['run_id']}` goes on."))

    session.show(carry_out(session, body, here=here, only_reads=False), render)


@click.command()
@click.argument("run_id")
@click.option("--budget-tokens", type=click.IntRange(1), help="New limit of tokens.")
@click.option("--budget-money", type=click.FloatRange(min=0, min_open=True), help="New limit of US dollars.")
@here_option
@session_options
def resume(
    session: Session, *, run_id: str, budget_tokens: int | None, budget_money: float | None, here: bool
) -> None:
    """Resume RUN_ID. Whatever drives it takes it up; `mosaic run --resume RUN_ID` does so itself."""
    data: dict[str, Any] = {"run_id": run_id}
    if budget_tokens or budget_money:
        data["budget"] = {"tokens": budget_tokens, "money": budget_money}

    async def body(kernel: Any) -> Any:
        return await kernel.dispatch("run.resume", data)

    found = carry_out(session, body, here=here, only_reads=False)
    session.show(found, lambda run: click.echo(inert(f"{run['run_id']} is active.")))
