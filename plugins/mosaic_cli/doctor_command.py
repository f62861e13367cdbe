"""``mosaic doctor``: what is well, what is not, and the cure."""

from __future__ import annotations

import sys
from typing import Any

import click

from .session import Session, session_options

_MARKS = {"well": ("✓", "green"), "notice": ("·", "yellow"), "ill": ("✗", "red")}


@click.command()
@session_options
def doctor(session: Session) -> None:
    """Check this machine, the configuration and every plugin."""

    def render(found: Any) -> None:
        for item in found.checks:
            mark, colour = _MARKS[item.state]
            click.echo(f"{click.style(mark, fg=colour)} {item.name}: {item.detail}")
            if item.cure:
                click.echo(f"    {item.cure}")

    found = session.dispatch("doctor.check", is_tolerant=True)
    session.show(found, render)
    sys.exit(1 if any(item.state == "ill" for item in found.checks) else 0)
