"""``mosaic plan``: plans as documents."""

from __future__ import annotations

import sys
from typing import Any

import click

from .session import Session, session_options
from .terminal_text import escaped, inert, json_text

output_option = click.option("-o", "--output", metavar="FILE", default="", help="Write to FILE, not to stdout.")


@click.group()
def plan() -> None:
    """Make, check, show, import and export plans."""


def _emit(session: Session, text: str, output: str) -> None:
    from .files import write_text

    if output and output != "-":
        write_text(output, session.directory, text)
    else:
        # A file gets what the plan says, a terminal what it can bear.
        shown = inert(text) if sys.stdout.isatty() else text
        click.echo(shown, nl=not text.endswith("\n"))


def _pretty(plan_data: Any) -> str:
    from mosaic_kernel import to_json_data

    return json_text(to_json_data(plan_data)) + "\n"


@plan.command("new")
@click.argument("source", required=False)
@click.option("--goal", default="", metavar="TEXT", help="Plan a goal in a sentence.")
@click.option("--repository", default="", metavar="DIR", help="The repository that the plan is for.")
@click.option("--planner", default="", help="Which planner.  [default: rules]")
@output_option
@session_options
def new(  # noqa: PLR0913 - one argument an option
    session: Session, *, source: str | None, goal: str, repository: str, planner: str, output: str
) -> None:
    """Make a plan of the PRD in SOURCE (Markdown), or of a --goal; it passes the linter."""
    from .files import read_text

    if bool(source) == bool(goal):
        raise click.UsageError("Give a PRD or --goal, one of them.")
    data = {"goal": goal, "repository": repository, "planner": planner}
    if source:
        data |= {"text": read_text(source, session.directory), "source": source}
    found = session.dispatch("plan.new", data)
    _emit(session, _pretty(found.plan), output)
    if output:
        click.echo(inert(f"{output}: {_size(found.plan)}"), err=True)


def _size(data: Any) -> str:
    from mosaic_hookspecs import Plan

    made = Plan.from_data(data)
    leaves = made.leaves()
    minutes = sum(leaf.minutes or 0 for leaf in leaves)
    general = {name for leaf in leaves if leaf.work.get("outline") == "general" for name in leaf.serves}
    told = f"; {len(general)} in a general outline, as `mosaic plan check` tells" if general else ""
    return f"{len(made.requirements)} requirements, {len(leaves)} tasks, {minutes} minutes{told}"


@plan.command("check")
@click.argument("path")
@click.option("--format", "form", default="", help="Format of PATH; found by itself without.")
@click.option("--fix", is_flag=True, help="Repair what is mechanical, in place (plans in JSON).")
@click.option(
    "--output-format", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True
)
@session_options
def check(session: Session, *, path: str, form: str, fix: bool, output_format: str) -> None:
    """Lint the plan in PATH: findings with codes and places."""
    from .files import read_text, write_text
    from .findings_output import print_findings

    text = read_text(path, session.directory)
    data = {"text": text, "path": path, "format": form}
    if fix:
        fixed = session.dispatch("plan.fix", data)
        if fixed.text != text:
            write_text(path, session.directory, fixed.text)
        data["text"] = fixed.text
    style = "json" if session.as_json else output_format
    found = session.dispatch("plan.check", data | {"style": style})
    if style == "text":
        sys.exit(print_findings(session, found.findings, path))
    click.echo(inert(escaped(found.rendered)))
    sys.exit(2 if any(finding.severity.value == "error" for finding in found.findings) else 0)


@plan.command("show")
@click.argument("path")
@click.option("--format", "form", default="", help="Format of PATH; found by itself without.")
@session_options
def show(session: Session, *, path: str, form: str) -> None:
    """Show the plan in PATH as a tree, with its critical path and what it covers."""
    from .files import read_text
    from .plan_tree import print_plan

    data = {"text": read_text(path, session.directory), "path": path, "format": form}
    session.show(session.dispatch("plan.import", data), lambda found: print_plan(found.plan))


@plan.command("import")
@click.argument("path")
@click.option("--format", "form", default="", help="Format of PATH; found by itself without.")
@output_option
@session_options
def import_(session: Session, *, path: str, form: str, output: str) -> None:
    """Read a plan in another format and write it as Mosaic's JSON."""
    from .files import read_text
    from .plan_tree import level_counts

    data = {"text": read_text(path, session.directory), "path": path, "format": form}
    found = session.dispatch("plan.import", data)
    _emit(session, _pretty(found.plan), output)
    click.echo(inert(f"{path}: {level_counts(found.plan)}"), err=True)


@plan.command("export")
@click.argument("path")
@click.option("--to", "form", required=True, help="Format to write: `mosaic plan formats` lists them.")
@output_option
@session_options
def export(session: Session, *, path: str, form: str, output: str) -> None:
    """Write the plan in PATH in another format."""
    from .files import read_text

    data = {"text": read_text(path, session.directory), "path": path, "format": form}
    _emit(session, session.dispatch("plan.export", data).text, output)


@plan.command("formats")
@session_options
def formats(session: Session) -> None:
    """List the formats that plans are read from and written to."""
    from .tables import print_table

    def render(found: Any) -> None:
        rows = [
            [form.name, "yes" if form.reads else "", "yes" if form.writes else ""] for form in found.formats
        ]
        print_table(["FORMAT", "READS", "WRITES"], rows, empty="There are no formats.")

    session.show(session.dispatch("plan.formats"), render)
