"""``mosaic messages``: mail with the agents that work here."""

from __future__ import annotations

from typing import Any

import click

from .asking import HINT, answering_system, here_option
from .people import as_option, my_name
from .session import Session, session_options
from .terminal_text import inert

_ANSWER_SECONDS = 15.0


@click.group()
def messages() -> None:
    """Write to agents and people, and read what they write."""


@messages.command()
@click.argument("to")
@click.argument("text")
@click.option("--subject", default="", help="What it is about.")
@click.option("--run", "run_id", default="", metavar="RUN", help="The run that it is about.")
@click.option("--task", "task_id", default="", metavar="TASK", help="The task that it is about.")
@as_option
@here_option
@session_options
def send(  # noqa: PLR0913 - one argument an option
    session: Session, *, to: str, text: str, subject: str, run_id: str, task_id: str, name: str, here: bool
) -> None:
    """Send TEXT to TO: a name, role:LABEL, topic:NAME or all."""
    data = {"to": to, "text": text, "subject": subject, "run_id": run_id, "task_id": task_id}

    def render(sent: Any) -> None:
        reached = ", ".join(sent["boxes"])
        said = f"{sent['id']} is sent to {reached}." if reached else f"{sent['id']} reached nobody."
        click.echo(inert(said))
        for dead in sent["dead"]:
            click.echo(inert(f"  {dead['recipient']}: {dead['text']} [{dead['why']}]"), err=True)

    session.show(_ask(session, "message.send", {**data, "name": name or my_name()}, here=here), render)


@messages.command()
@click.option("--wait", default=0.0, type=click.FloatRange(min=0), metavar="SECONDS", help="Wait for one.")
@click.option("--keep", is_flag=True, help="Do not acknowledge them: they come again.")
@as_option
@here_option
@session_options
def read(session: Session, *, wait: float, keep: bool, name: str, here: bool) -> None:
    """Read your messages, and acknowledge them."""
    name = name or my_name()
    asked = {"name": name, "wait_seconds": wait, "again": True}
    found = _ask(session, "message.read", asked, here=here, seconds=wait)
    ids = [one["id"] for one in found["items"]]
    if ids and not keep:
        _ask(session, "message.acknowledge", {"ids": ids, "name": name}, here=here)
    session.show(found, _print_messages)


def _ask(session: Session, operation: str, data: dict[str, Any], *, here: bool, seconds: float = 0.0) -> Any:
    system = answering_system(session, here=here)
    if system is not None:
        return system.ask(operation, data, _ANSWER_SECONDS + seconds, hint=HINT)
    from mosaic_kernel import to_json_data

    return to_json_data(session.dispatch(operation, data))


def _print_messages(found: Any) -> None:
    from .times import local_time

    if not found["items"]:
        click.echo(inert(f"There are no messages for {found['name']}."))
    for one in found["items"]:
        about = " ".join(part for part in (one["run_id"], one["task_id"], one["subject"]) if part)
        click.secho(
            inert(f"{one['sender']}  {local_time(one['at'])}  {one['id']}  {about}".rstrip()), bold=True
        )
        click.echo(inert(one["text"]))
