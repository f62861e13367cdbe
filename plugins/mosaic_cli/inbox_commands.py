"""``mosaic inbox``: what waits for a person, and dealing with it."""

from __future__ import annotations

from typing import Any

import click

from .asking import carry_out, here_option
from .people import as_option, my_name
from .session import Session, session_options
from .terminal_text import inert

_MOST = 200


def _dispatch(
    session: Session, operation: str, data: dict[str, Any], *, here: bool, only_reads: bool = False
) -> Any:
    async def body(kernel: Any) -> Any:
        return await kernel.dispatch(operation, data)

    return carry_out(session, body, here=here, only_reads=only_reads)


@click.group(invoke_without_command=True)
@here_option
@session_options
def inbox(session: Session, *, here: bool) -> None:
    """See what waits for a person, and deal with it; without a command, list it."""
    if click.get_current_context().invoked_subcommand is None:
        _list(session, here=here)


@inbox.command("list")
@here_option
@session_options
def list_(session: Session, *, here: bool) -> None:
    """List tasks for people, gates, questions and permission requests."""
    _list(session, here=here)


def _list(session: Session, *, here: bool) -> None:
    from .tables import print_table

    def render(found: Any) -> None:
        rows = [
            [one["id"], one["kind"], one["state"], one["title"], one["by"] or one["taken_by"]]
            for one in found["items"]
        ]
        print_table(["ITEM", "KIND", "STATE", "TITLE", "BY"], rows, empty="Nothing waits for a person.")
        more = found["total"] - len(rows)
        if more:
            click.echo(f"… and {more} more.")

    session.show(_dispatch(session, "inbox.list", {"limit": _MOST}, here=here, only_reads=True), render)


@inbox.command()
@click.argument("item")
@here_option
@session_options
def show(session: Session, *, item: str, here: bool) -> None:
    """Show ITEM, with all that one needs to deal with it."""
    session.show(_dispatch(session, "inbox.show", {"id": item}, here=here, only_reads=True), _print_item)


@inbox.command()
@click.argument("item")
@click.argument("answer")
@click.option("--comment", default="", help="A word beside it.")
@as_option
@here_option
@session_options
def answer(  # noqa: PLR0913 - one argument an option
    session: Session, *, item: str, answer: str, comment: str, name: str, here: bool
) -> None:
    """Give ANSWER (or its number) to the question, permission request or gate (yes or no) that ITEM names."""
    data = {"id": item, "answer": answer, "comment": comment, "name": name or my_name()}
    found = _dispatch(session, "inbox.answer", data, here=here)

    def render(done: Any) -> None:
        click.echo(inert(f"{done['id']}: {done['answer']}."))
        if done["id"].startswith("gate:"):
            run_id = done["id"].removeprefix("gate:").partition("/")[0]
            click.echo(inert(f"If nothing works on its run, `mosaic run --resume {run_id}` does."), err=True)

    session.show(found, render)


@inbox.command()
@click.argument("item")
@as_option
@here_option
@session_options
def take(session: Session, *, item: str, name: str, here: bool) -> None:
    """Take the task ITEM, to do it yourself; prints the directory to do it in."""

    def render(taken: Any) -> None:
        task = taken["task_id"]
        click.echo(inert(f"{task} is yours. `mosaic inbox done {task}` reports it."), err=True)
        if taken["place"]:
            click.echo(inert(taken["place"]))

    data = {"id": item, "name": name or my_name()}
    session.show(_dispatch(session, "inbox.take", data, here=here), render)


@inbox.command()
@click.argument("item")
@click.option("--summary", default="", help="What you did, or why not.")
@click.option("--failed", "outcome", flag_value="failed", help="It could not be done.")
@click.option("--skipped", "outcome", flag_value="skipped", help="There is nothing to be done.")
@click.option("--released", "outcome", flag_value="released", help="Give it back; it comes again.")
@as_option
@here_option
@session_options
def done(  # noqa: PLR0913 - one argument an option
    session: Session, *, item: str, summary: str, outcome: str | None, name: str, here: bool
) -> None:
    """Report the task ITEM as done; Mosaic then checks it as any agent's work."""
    data = {"id": item, "outcome": outcome or "succeeded", "summary": summary, "name": name or my_name()}

    def render(found: Any) -> None:
        task = found["task_id"]
        click.echo(inert(f"{task} is reported: {found['outcome']}. `mosaic why {task}` tells more."))

    session.show(_dispatch(session, "inbox.report", data, here=here), render)


def _print_item(found: Any) -> None:
    item = found["item"]
    click.secho(inert(f"{item['id']}  {item['title']}"), bold=True)
    facts = {
        "kind": item["kind"],
        "state": item["state"] + (f" by {item['taken_by']}" if item["taken_by"] else ""),
        "asked by": item["by"],
        "about": " ".join(part for part in (item["run_id"], item["task_id"]) if part),
        "place": item["place"],
        "goal": found["goal"],
        "checks": "; ".join(found["checks"]),
        "refused": found["last_reason"],
        "answer": " ".join(part for part in (found["answer"], found["comment"], found["answered_by"]) if part),
    }
    for name, value in facts.items():
        if value:
            click.echo(inert(f"  {name:<9} {value}"))
    for number, option in enumerate(item["options"], 1):
        click.echo(inert(f"  {'answers' if number == 1 else '':<9} {number}: {option}"))
    if item["text"]:
        click.echo(inert(f"\n{item['text']}"))
