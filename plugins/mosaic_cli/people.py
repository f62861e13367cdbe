"""Who uses the command line, where agents are told a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

as_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--as", "name", default="", metavar="NAME", help="Who you are; your login name without."
)


def my_name() -> str:
    """Return the login name."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"
