"""``mosaic plugins``: which plugins there are, and how they stand."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from .asking import ask, here_option
from .group import LazyGroup
from .session import Session, session_options
from .terminal_text import inert

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_COLOURS = {"running": "green", "unavailable": "yellow", "parked": "red", "disabled": "bright_black"}


@click.group(
    cls=LazyGroup,
    path="plugins",
    index={
        "check": ("mosaic_cli.check_command:check", "Check a plugin project, or an installed plugin."),
        "disable": ("mosaic_cli.change_commands:disable", "Stop a plugin of the running system."),
        "enable": ("mosaic_cli.change_commands:enable", "Start a plugin in the running system."),
        "reload": ("mosaic_cli.change_commands:reload", "Put a new generation of a plugin in place."),
        "rescan": ("mosaic_cli.change_commands:rescan", "Look for plugins installed, upgraded or removed."),
        "swap": ("mosaic_cli.change_commands:swap", "Put another provider into a port."),
    },
)
def plugins() -> None:
    """List, describe and make plugins, change them while they run, and lock them."""


@plugins.command("list")
@here_option
@session_options
def list_(session: Session, *, here: bool) -> None:
    """List every plugin with its state, and for one that is unavailable the cure."""

    def render(found: Any) -> None:
        from .tables import print_table

        rows = [
            [item["name"], item["state"], ", ".join(item["provides"]), _about(item)]
            for item in found["plugins"]
        ]
        print_table(["PLUGIN", "STATE", "PROVIDES", "SUMMARY"], rows, empty="There are no plugins.")

    session.show(ask(session, "plugins.list", here=here), render)


def _about(item: Mapping[str, Any]) -> str:
    if item["held_back"]:
        return f"runs as before: {item['held_back']}"
    return str(item["detail"] or item["summary"])


@plugins.command("info")
@click.argument("name")
@here_option
@session_options
def info(session: Session, *, name: str, here: bool) -> None:
    """Describe the plugin NAME."""

    def render(found: Any) -> None:
        for key, value in found.items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            if text not in ("", None, {}):
                click.echo(f"{click.style(inert(key).replace('_', ' '), bold=True)}: {inert(str(text))}")

    session.show(ask(session, "plugins.info", {"name": name}, here=here), render)


_LOCK_CODES = ("no-lock", "bad-lock")
_SIGNS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}


@plugins.command("lock")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--check", "only_checks", is_flag=True, help="Write nothing; exit with 1 if something differs.")
@session_options
def lock(session: Session, *, names: tuple[str, ...], only_checks: bool) -> None:
    """Pin plugins in mosaic.lock to what they are now: distribution, version and contents.

    Without a NAME: every plugin that runs here, and what the lock holds already. Review a plugin before you
    lock it. Where the configuration has `require_lock: true`, only what fits the lock is loaded.
    """

    def render(found: Any) -> None:
        for change in found.changes:
            sign, colour = _SIGNS[change.kind]
            click.echo(f"{click.style(sign, fg=colour)} {inert(f'{change.name}: {change.detail}')}")
        if not found.changes:
            click.echo(inert(f"{found.path} fits: {found.locked} plugins."))
        elif found.is_written:
            click.echo(inert(f"{found.path} is written: {found.locked} plugins."))
        else:
            what = f"{found.path} does not fit. Review, then run `mosaic plugins lock`."
            click.echo(inert(what), err=True)

    async def body(kernel: Kernel) -> Any:
        from mosaic_hookspecs.errors import InputError

        try:
            await kernel.dispatch("config.check")
        except InputError as error:
            # What to lock depends on the configuration; but that the lock is not there yet is why we are here.
            if any(one.code not in _LOCK_CODES for one in getattr(error, "others", (error,))):
                raise
        return await kernel.dispatch("plugins.lock", {"names": names, "only_checks": only_checks})

    # A lock that is demanded keeps what is not reviewed yet from being imported meanwhile.
    extra = {"require_lock": True}
    found = session.run(body, extra, is_tolerant=True, starts_plugins=False)
    session.show(found, render)
    sys.exit(1 if only_checks and found.changes else 0)
