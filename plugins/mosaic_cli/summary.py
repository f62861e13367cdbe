"""How a run ended, in a few lines, and the exit code that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from .money import dollars
from .terminal_text import inert, one_line
from .times import duration

EXIT_CODES = {"accepted": 0, "failed": 1, "cancelled": 1, "waiting": 3, "running": 3}
_COLOURS = {
    "accepted": "green",
    "failed": "red",
    "cancelled": "red",
    "waiting": "yellow",
    "running": "cyan",
    "interrupted": "yellow",
}


def exit_code(run: Mapping[str, Any]) -> int:
    """Return the exit code for a run as ``run.show`` answers it (as JSON data). Where something failed
    and something else waits, the failure is what the code says.
    """
    code = EXIT_CODES.get(run["result"], 1)
    return 1 if code == EXIT_CODES["waiting"] and run["counts"].get("failed") else code


def print_summary(
    run: Mapping[str, Any], seconds: float, notes: Sequence[str] = (), *, ends_pages: bool = False
) -> None:
    """Print what was accepted, failed and waits, how long it took, and where the result is; `ends_pages`: the
    pages that this process served end with it.
    """
    counts = run["counts"]
    final = ("accepted", "failed", "skipped", "cancelled")
    waiting = run["total"] - sum(counts.get(state, 0) for state in final)
    parts = [f"{counts.get('accepted', 0)} of {run['total']} tasks accepted"]
    allowed = " as is allowed" if run["result"] == "accepted" else ""
    parts += [
        f"{counts[state]} {state}{allowed if state == 'failed' else ''}"
        for state in final[1:]
        if counts.get(state)
    ]
    if waiting:
        parts.append(f"{waiting} waiting")
    head = click.style(inert(run["result"]), fg=_COLOURS.get(run["result"]), bold=True)
    click.echo(f"{head}  {', '.join(parts)} in {duration(seconds)}")
    for note in notes:
        click.echo(f"  {one_line(note, 1000)}")
    spent = run.get("spent") or {}
    if spent.get("money") or spent.get("input_tokens") or spent.get("output_tokens"):
        tokens = spent.get("input_tokens", 0) + spent.get("output_tokens", 0)
        money = f", {dollars(spent['money'])}" if spent.get("money") else ""
        click.echo(f"  spent:  {tokens:,} tokens{money}; `mosaic costs` tells more")
    settings = run.get("settings") or {}
    if settings.get("notice") and waiting:
        click.echo(f"  note:   {one_line(str(settings['notice']), 1000)}")
    if settings.get("repository") and counts.get("accepted") and settings.get("workspace") == "git":
        branch = str(settings.get("branch", "")).removeprefix("refs/heads/")
        click.echo(inert(f"  result: {settings['repository']} (branch {branch})"))
    click.echo(inert(f"  run:    {run['run_id']}   `mosaic status` shows it again"))
    ended = "they end with this command; " if ends_pages and waiting else ""
    click.echo(f"  pages:  {ended}`mosaic run` serves them, `mosaic open` opens them in a browser")
