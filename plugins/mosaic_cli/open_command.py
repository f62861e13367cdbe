"""``mosaic open``: the pages of the system that serves the project, in a browser that is signed in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from .opening import LINK, has_screen, not_served, open_browser
from .session import Session, echo_json, system_options

_SECONDS = 10.0
_HINT = "Stop it with Ctrl-C, and start it again."


@click.command(name="open")
@click.option("--print", "prints", is_flag=True, help="Print the link, and open nothing.")
@system_options
def open_(session: Session, *, prints: bool) -> None:
    """Open what runs for this project in the browser, signed in.

    The link is good once, for five minutes. Where there is no screen, such as over SSH, it is printed.
    """
    from mosaic_kernel import state_directory_of

    state_directory = state_directory_of(session.directory)
    link = _link(state_directory)
    if session.as_json:
        echo_json(link)
    elif prints or not has_screen(os.environ, sys.platform):
        click.echo(link["url"])
    else:
        click.echo("The browser opens; `mosaic open --print` prints the link instead.", err=True)
        open_browser(link["url"], state_directory).join(_SECONDS)


def _link(state_directory: Path) -> Any:
    """Return a link of a system that serves, the newest first.

    Raises:
        Unavailable: none runs (code ``nothing-runs``), or none is served over HTTP (``http-not-served``).
    """
    from mosaic_hookspecs.errors import NotFound, Unavailable

    from .running_systems import running_systems

    failure: Exception = Unavailable(
        "nothing-runs",
        "nothing runs for this project that could be opened",
        where=str(state_directory.parent),
        hint="Start it with `mosaic run`, in another terminal.",
    )
    for system in reversed(running_systems(state_directory)):
        try:
            return system.ask(LINK, hint=_HINT)
        except (NotFound, Unavailable) as error:
            failure = not_served(error)
    raise failure
