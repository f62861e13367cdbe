"""``mosaic config``: what is configured, where it comes from, and what may be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from .group import LazyGroup
from .session import Session, session_options
from .terminal_text import inert

if TYPE_CHECKING:
    from mosaic_kernel import Kernel


@click.group(
    cls=LazyGroup,
    path="config",
    index={
        "reload": (
            "mosaic_cli.change_commands:reload_configuration",
            "Have the running system read the configuration anew.",
        )
    },
)
def config() -> None:
    """Show and check the configuration, and have it read anew."""


@config.command("show")
@session_options
def show(session: Session) -> None:
    """Show every value in force, and the layer that it comes from."""

    def render(found: Any) -> None:
        from .tables import print_table

        for notice in notices:
            click.echo(inert(f"notice: {notice}"), err=True)
        rows = [[entry.key, json.dumps(entry.value), entry.source] for entry in found.entries]
        print_table(["KEY", "VALUE", "FROM"], rows, empty="Nothing is configured.")

    async def body(kernel: Kernel) -> tuple[Any, tuple[str, ...]]:
        from mosaic_hookspecs.errors import InputError

        shown = await kernel.dispatch("config.show")
        try:
            return shown, (await kernel.dispatch("config.check")).warnings
        except InputError:
            return shown, ()  # to tell of mistakes is what `mosaic config check` is for

    found, notices = session.run(body, starts_plugins=False)
    session.show(found, render)


@config.command("check")
@session_options
def check(session: Session) -> None:
    """Check the configuration; every error is shown with its place."""
    found = session.dispatch("config.check", starts_plugins=False)

    def render(found: Any) -> None:
        for warning in found.warnings:
            click.echo(inert(f"warning: {warning}"), err=True)
        click.echo("The configuration is good.")

    session.show(found, render)


@config.command("schema")
@session_options
def schema(session: Session) -> None:
    """Print the JSON Schema of mosaic.yaml, for editors."""
    click.echo(json.dumps(session.dispatch("config.schema", starts_plugins=False).schema, indent=2))
