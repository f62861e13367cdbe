"""``mosaic plugins new``: a plugin project to start from, complete and tested."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("new")
@click.argument("name")
@click.option(
    "--port",
    "ports",
    multiple=True,
    metavar="PORT",
    help="A port to fill: storage, planning, agents …; several make a plugin each.  [default: an operation]",
)
@click.option("--directory", default="", metavar="DIR", help="What to make.  [default: mosaic-NAME]")
@click.option(
    "--distribution", default="", metavar="NAME", help="What pip will call it.  [default: mosaic-NAME]"
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def new(*, name: str, ports: tuple[str, ...], directory: str, distribution: str, as_json: bool) -> None:
    """Make an installable, typed and tested plugin project.

    As made, it passes its own tests, ruff, mypy --strict, and the conformance kit of each port.
    """
    from .project import new_project

    made, files = new_project(name, ports=ports, directory=directory, distribution=distribution)
    if as_json:
        click.echo(json.dumps({"directory": str(made), "files": sorted(files)}, indent=2))
        return
    shown = made.relative_to(Path.cwd()) if made.is_relative_to(Path.cwd()) else made
    click.echo(f"Made {shown} ({len(files)} files). Next:")
    click.echo('    pip install -e "/path/to/mosaic[test]"    # its clone, in an environment without Mosaic')
    click.echo(f'    pip install -e "{shown}[test]" && (cd {shown} && pytest)')
    click.echo(f"    mosaic dev {shown}")
