"""Asks the running system of a project, if there is one; else a kernel of the command's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from .session import Session

here_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--here", is_flag=True, help="Ask a kernel of this command's own, not the system that runs."
)


def ask(session: Session, operation: str, data: Mapping[str, Any] | None = None, *, here: bool) -> Any:
    """Return what a query answers, as JSON data. Which process answered is said on stderr.

    Options that say how a kernel is made mean one of the command's own.
    """
    if not (here or session.makes_a_kernel):
        from mosaic_kernel import state_directory_of

        from .running_systems import running_systems

        systems = running_systems(state_directory_of(session.directory))
        if systems:
            system = systems[-1]
            others = f" (of {len(systems)} that run)" if len(systems) > 1 else ""
            click.echo(f"Process {system.pid}{others} answers; --here asks a kernel of its own.", err=True)
            return system.ask(operation, data, hint="--here asks a kernel of this command's own.")
    from mosaic_kernel import to_json_data

    return to_json_data(session.dispatch(operation, data, is_tolerant=True))
