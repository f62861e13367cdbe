"""``mosaic doctor``: what is well, what is not, and the cure."""

from __future__ import annotations

import sys
from typing import Any

import click

from .asking import ask, here_option
from .session import Session, session_options
from .terminal_text import inert

_MARKS = {"well": ("✓", "green"), "notice": ("·", "yellow"), "ill": ("✗", "red")}


@click.command()
@here_option
@session_options
def doctor(session: Session, *, here: bool) -> None:
    """Check this machine, the configuration and every plugin: those of the system that runs, if one does."""

    def render(found: Any) -> None:
        for item in found["checks"]:
            mark, colour = _MARKS[item["state"]]
            click.echo(f"{click.style(mark, fg=colour)} " + inert(f"{item['name']}: {item['detail']}"))
            if item["cure"]:
                click.echo(inert(f"    {item['cure']}"))

    found = ask(session, "doctor.check", here=here)
    session.show(found, render)
    sys.exit(1 if any(item["state"] == "ill" for item in found["checks"]) else 0)
