"""``mosaic plugins``: which plugins there are, and how they stand."""

from __future__ import annotations

from typing import Any

import click

from .session import Session, session_options

_COLOURS = {"running": "green", "unavailable": "yellow", "parked": "red", "disabled": "bright_black"}


@click.group()
def plugins() -> None:
    """List and describe plugins."""


@plugins.command("list")
@session_options
def list_(session: Session) -> None:
    """List every plugin with its state, and for one that is unavailable the cure."""

    def render(found: Any) -> None:
        from .tables import print_table

        rows = [
            [item.name, item.state, ", ".join(item.provides), item.detail or item.summary]
            for item in found.plugins
        ]
        print_table(["PLUGIN", "STATE", "PROVIDES", "SUMMARY"], rows, empty="There are no plugins.")

    session.show(session.dispatch("plugins.list", is_tolerant=True), render)


@plugins.command("info")
@click.argument("name")
@session_options
def info(session: Session, *, name: str) -> None:
    """Describe the plugin NAME."""
    from mosaic_kernel import to_json_data

    def render(found: Any) -> None:
        for key, value in to_json_data(found).items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            if text not in ("", None, {}):
                click.echo(f"{click.style(key.replace('_', ' '), bold=True)}: {text}")

    session.show(session.dispatch("plugins.info", {"name": name}, is_tolerant=True), render)
