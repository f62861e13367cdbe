"""``mosaic workflow``: workflows without running them."""

from __future__ import annotations

import json
import sys

import click

from .findings_output import print_findings
from .session import Session, session_options


@click.group()
def workflow() -> None:
    """Check workflows; print their JSON Schema."""


@workflow.command("check")
@click.argument("path")
@session_options
def check(session: Session, *, path: str) -> None:
    """Say everything that is wrong with the workflow PATH, with its place."""
    from .files import read_text

    text = read_text(path, session.directory)
    found = session.dispatch("workflow.check", {"text": text, "path": path})
    sys.exit(print_findings(session, found.findings, path))


@workflow.command("schema")
@session_options
def schema(session: Session) -> None:
    """Print the JSON Schema of workflows, for editors."""
    found = session.dispatch("workflow.schema")
    click.echo(json.dumps(found.schema, indent=2))
