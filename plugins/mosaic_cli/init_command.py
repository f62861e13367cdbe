"""``mosaic init``: a configuration to start from."""

from __future__ import annotations

import click

from .session import Session, session_options

_TEXT = """\
# Mosaic's configuration of this project. `mosaic config schema` describes every key,
# `mosaic config show` says what is in force and where it comes from.
profile: local

plugins:
  engine:
    # Attempts at once.
    parallelism: 4
"""


@click.command()
@click.option("--force", is_flag=True, help="Replace a mosaic.yaml that is there.")
@session_options
def init(session: Session, *, force: bool) -> None:
    """Write a mosaic.yaml to start from, and keep Mosaic's own files out of git."""
    from mosaic_hookspecs.errors import InputError, Location

    from .files import write_text

    target = session.directory / "mosaic.yaml"
    if target.exists() and not force:
        raise InputError(
            "file-exists",
            "there is a configuration already",
            where=Location(path="mosaic.yaml"),
            hint="Edit it, or replace it with --force.",
        )
    write_text("mosaic.yaml", session.directory, _TEXT)
    ignore = session.directory / ".gitignore"
    lines = ignore.read_text("utf-8").splitlines() if ignore.exists() else []
    if (session.directory / ".git").exists() and ".mosaic/" not in lines:
        write_text(".gitignore", session.directory, "\n".join([*lines, ".mosaic/"]) + "\n")
    session.show(
        {"path": "mosaic.yaml"}, lambda _: click.echo("Wrote mosaic.yaml. `mosaic config check` checks it.")
    )
