"""``mosaic plugins check``: what is wrong with a plugin's project, like a linter."""

from __future__ import annotations

import sys
from typing import Any

import click

from .session import Session, session_options


@click.command("check")
@click.argument("path", default=".")
@click.option("--no-types", is_flag=True, help="Do not run mypy.")
@session_options
def check(session: Session, *, path: str, no_types: bool) -> None:
    """Check the plugin project in PATH, or an installed plugin of that name.

    Nothing of it is imported. Findings have codes and places; one that is an error makes the exit code 1.
    """

    def render(found: Any) -> None:
        from .findings_output import print_findings
        from .terminal_text import inert

        print_findings(session, found.findings, path)
        what = ", ".join(found.plugins) or "no plugin"
        click.echo(inert(f"Checked {what}; {found.types}."), err=True)

    data = {"path": path, "directory": str(session.directory), "types": not no_types}
    found = session.dispatch("plugins.check", data, starts_plugins=False)
    session.show(found, render)
    sys.exit(1 if any(finding.severity.value == "error" for finding in found.findings) else 0)
