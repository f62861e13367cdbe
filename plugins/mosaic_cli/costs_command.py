"""``mosaic costs``: what work has cost."""

from __future__ import annotations

from typing import Any

import click

from .asking import carry_out, here_option
from .money import dollars
from .session import Session, session_options
from .terminal_text import inert

_BY = ("run", "task", "attempt", "agent", "model", "project", "day")


@click.command()
@click.argument("run_id", required=False, default="")
@click.option(
    "--by", type=click.Choice(_BY), default="run", show_default=True, help="What each line stands for."
)
@click.option("--project", default="", help="Of this project alone.")
@click.option("--since", default="", metavar="YYYY-MM-DD", help="From this day on, in UTC.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 10_000), help="How many lines.")
@here_option
@session_options
def costs(session: Session, *, here: bool, **request: Any) -> None:
    """Tell what RUN_ID has cost, or all runs. Money that is estimated has a ~; - is tokens without a price."""

    async def body(kernel: Any) -> Any:
        return await kernel.dispatch("costs.show", request)

    session.show(carry_out(session, body, here=here), _print)


def _print(found: Any) -> None:
    from .tables import print_table

    lines = [_row(line["name"] or "(not known)", line) for line in found["lines"]]
    if lines:
        lines.append(_row("total", found["total"]))
    headings = [found["by"].upper(), "ATTEMPTS", "INPUT", "CACHED", "OUTPUT", "SUBSCRIPTION", "COST"]
    print_table(headings, lines, empty="Nothing has been spent, as far as the agents have told.")
    for budget in found["budgets"]:
        click.echo()
        click.secho(inert(_words(budget)), fg="red" if budget["is_spent"] else None)


def _row(name: str, line: Any) -> list[str]:
    figures = [line[key] for key in ("input_tokens", "cached_tokens", "output_tokens", "subscription_tokens")]
    return [name, str(line["attempts"]), *(f"{figure:,}" for figure in figures), _money(line)]


def _money(line: Any) -> str:
    if not line["money"] and line["input_tokens"] + line["output_tokens"] > line["subscription_tokens"]:
        return "-"
    return ("~" if line["estimated_money"] else "") + dollars(line["money"])


def _words(budget: Any) -> str:
    parts = []
    if budget["money"] is not None:
        parts.append(f"{dollars(budget['spent_money'])} of {dollars(budget['money'])}")
    if budget["tokens"] is not None:
        parts.append(f"{budget['spent_tokens']:,} of {budget['tokens']:,} tokens")
    whose = "all projects" if budget["project"] == "*" else f"project {budget['project']}"
    period = {"day": "today", "month": "this month", "total": "in all"}[budget["per"]]
    state = "spent: its runs are stopped" if budget["is_spent"] else "left"
    return f"Budget of {whose}, {period}: {', '.join(parts)} ({state})"
