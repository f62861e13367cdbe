"""``mosaic storage`` and ``mosaic log``: looking after what is stored."""

from __future__ import annotations

import sys
from typing import Any

import click

from .asking import carry_out, here_option
from .session import Session, session_options
from .terminal_text import inert


@click.group()
def storage() -> None:
    """Back up, restore, check and rebuild the storage."""


@click.group()
def log() -> None:
    """Verify the event log."""


def _verification(found: Any) -> None:
    if found.is_sound:
        head = inert(found.head[:16])
        click.echo(f"{click.style('sound', fg='green')}  {found.events} events, head {head}")
        return
    if found.broken is not None:
        where = f"event {found.broken.sequence}: {found.broken.reason}"
        click.echo(f"{click.style('BROKEN', fg='red')}  {inert(where)}", err=True)
    for problem in found.problems:
        click.echo(f"{click.style('BROKEN', fg='red')}  {inert(problem)}", err=True)


def _agrees(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        return False  # there was nobody to answer


def _show(session: Session, operation: str, data: dict[str, Any] | None = None, *, done: str = "") -> None:
    """Do it, and show what was found; `done` says what was done besides."""
    found = session.dispatch(operation, data)
    session.show(found, _verification)
    if done and found.is_sound:
        click.echo(done, err=True)
    sys.exit(0 if found.is_sound else 1)


@log.command("verify")
@session_options
def verify(session: Session) -> None:
    """Check the hash chain: an altered, removed, inserted or moved event is found, with its place."""
    _show(session, "log.verify")


@storage.command("check")
@session_options
def check(session: Session) -> None:
    """Check the log, and that a replay of it equals what is stored."""
    _show(session, "storage.check")


@storage.command("rebuild")
@session_options
def rebuild(session: Session) -> None:
    """Make the projections anew from the log."""
    _show(session, "storage.rebuild", done="Made the projections anew.")


@storage.command("backup")
@click.argument("path", type=click.Path(dir_okay=False))
@session_options
def backup(session: Session, *, path: str) -> None:
    """Write a consistent copy to the new file PATH, while the storage is used."""
    _show(
        session,
        "storage.backup",
        {"path": str((session.directory / path).resolve())},
        done=f"Wrote {inert(path)}.",
    )


@storage.command("restore")
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@session_options
def restore(session: Session, *, path: str, yes: bool) -> None:
    """Replace everything stored by the copy in PATH, after checking it."""
    if not yes and not _agrees("This replaces everything that is stored here. Go on?"):
        click.echo("Without a yes nothing was replaced; --yes says it.", err=True)
        sys.exit(1)
    found = str((session.directory / path).resolve())
    _show(session, "storage.restore", {"path": found}, done=f"Restored what is in {inert(path)}.")


@storage.command("info")
@here_option
@session_options
def info(session: Session, *, here: bool) -> None:
    """Say which storage is used, and how much is in it."""

    async def body(kernel: Any) -> Any:
        return await kernel.dispatch("storage.info")

    def render(found: Any) -> None:
        from .times import local_time

        for key, value in found.items():
            if value is not None:
                shown = local_time(value) if key == "next_deadline" else value
                click.echo(inert(f"{key}: {shown}"))

    session.show(carry_out(session, body, here=here), render)
