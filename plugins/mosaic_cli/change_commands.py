"""Commands that change a running system: reload, swap, enable, disable, rescan; and ``config reload``.

They speak to every system that runs for the project; the rules are the kernel's. Where none runs, enabling and
disabling count for the next start.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from .session import Session, settings_of, system_options
from .terminal_text import inert

if TYPE_CHECKING:
    from .running_systems import RunningSystem

_DOOR = "control"
"""The plugin that listens on the socket by which these commands come in."""

_COLOURS = {"running": "green", "failed": "red", "parked": "red", "disabled": "bright_black"}
_SIGNS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}

_timeout = click.option(
    "--timeout",
    default=300.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long to wait for an answer.",
)
_keep = click.option("--no-keep", is_flag=True, help="Only until it ends; else the next start does the same.")


@click.command()
@click.argument("name")
@click.option("--no-code", is_flag=True, help="Reload its configuration only, with the code that it has.")
@_timeout
@system_options
def reload(session: Session, *, name: str, no_code: bool, timeout: float) -> None:
    """Put a new generation of the plugin NAME in the place of the one that serves.

    Calls in flight end on the old generation. If any step fails, it serves on.
    """
    _change(session, "plugins.reload", {"name": name, "code": not no_code}, timeout)


@click.command()
@click.argument("port")
@click.argument("name")
@click.option(
    "--instead-of", default="", metavar="OLD", help="The provider that it replaces; else beside them."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Configure it in the same step, such as plugins.sqlite.path=other.db.",
)
@_keep
@_timeout
@system_options
def swap(  # noqa: PLR0913 - one argument an option
    session: Session,
    *,
    port: str,
    name: str,
    instead_of: str,
    settings: tuple[str, ...],
    no_keep: bool,
    timeout: float,
) -> None:
    """Put the provider NAME into PORT, with the data that is in it.

    \b
    mosaic plugins swap storage sqlite --set plugins.sqlite.path=shop.db
    mosaic plugins swap agents command --instead-of scaffold
    """  # noqa: D301 - click wants the character itself
    data = {"port": port, "name": name, "settings": settings_of(settings), "keeps": not no_keep}
    if instead_of:
        data["instead_of"] = instead_of
    _change(session, "plugins.swap", data, timeout, is_for_one=True)


@click.command()
@click.argument("name")
@_keep
@_timeout
@system_options
def enable(session: Session, *, name: str, no_keep: bool, timeout: float) -> None:
    """Start the plugin NAME, now and with the next start; where nothing runs, with the next start."""
    if not (no_keep or _systems(session)):
        _switch_for_next_start(session, name, runs=True)
        return
    _change(session, "plugins.enable", {"name": name, "keeps": not no_keep}, timeout)


@click.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Disable the plugin that this and other commands need, too.")
@_keep
@_timeout
@system_options
def disable(session: Session, *, name: str, force: bool, no_keep: bool, timeout: float) -> None:
    """Stop the plugin NAME, now and for the next start; where nothing runs, for the next start."""
    if name == _DOOR and not force:
        from mosaic_hookspecs.errors import Refused

        raise Refused(
            "locks-out",
            f"without the plugin {name!r} no command reaches a running system any more, not even to enable it, "
            "and each next start would be the same",
            hint="--force disables it all the same; to undo that, stop the system, "
            f"`mosaic plugins enable {name}`, and start it again.",
        )
    if not (no_keep or _systems(session)):
        _switch_for_next_start(session, name, runs=False)
        return
    _change(session, "plugins.disable", {"name": name, "keeps": not no_keep}, timeout)


@click.command()
@_timeout
@system_options
def rescan(session: Session, *, timeout: float) -> None:
    """Look for plugins that were installed, upgraded or removed."""
    _change(session, "plugins.rescan", {}, timeout)


@click.command("reload")
@_timeout
@system_options
def reload_configuration(session: Session, *, timeout: float) -> None:
    """Read the configuration anew, and bring the plugins to what it says."""
    _change(session, "config.reload", {}, timeout)


def _change(
    session: Session, operation: str, data: Mapping[str, Any], seconds: float, *, is_for_one: bool = False
) -> None:
    """Have it done in every running system, show what became of it, and exit with the code that fits."""
    from mosaic_hookspecs.errors import InputError, MosaicError, NotFound
    from mosaic_hookspecs.wire import error_to_data

    from .failures import report

    systems = _reached(session, is_for_one=is_for_one)
    answers: list[dict[str, Any]] = []
    code = 0
    for system in systems:
        try:
            answer = system.ask(operation, data, seconds, hint="Give it more --timeout.")
        except MosaicError as error:
            answers.append({"pid": system.pid, "error": error_to_data(error)["data"]})
            code = max(code, 2 if isinstance(error, (InputError, NotFound)) else 1)
            if not session.as_json:
                _tell(system, systems)
                report(error)
            continue
        answers.append({"pid": system.pid, **answer})
        if any(change["error"] for change in _changes(answer)):
            code = max(code, 1)
        if not session.as_json:
            _tell(system, systems)
            _render(answer)
    session.show({"systems": answers}, lambda _: None)
    sys.exit(code)


def _systems(session: Session) -> list[RunningSystem]:
    from mosaic_kernel import state_directory_of

    from .running_systems import running_systems

    return running_systems(state_directory_of(session.directory))


def _switch_for_next_start(session: Session, name: str, *, runs: bool) -> None:
    from mosaic_kernel import switch_for_next_start

    path = str(switch_for_next_start(session.directory, name, runs=runs))

    def render(_: Any) -> None:
        state = "enabled" if runs else "disabled"
        click.echo(inert(f"{name}: {state} for the next start, by {path}; nothing runs for this project now."))

    session.show({"systems": [], "next_start": {"name": name, "runs": runs, "path": path}}, render)


def _reached(session: Session, *, is_for_one: bool) -> list[RunningSystem]:
    from mosaic_hookspecs.errors import Refused, Unavailable
    from mosaic_kernel import state_directory_of

    systems = _systems(session)
    if not systems:
        raise Unavailable(
            "nothing-runs",
            "no Mosaic runs for this project",
            where=str(state_directory_of(session.directory)),
            hint="`mosaic run` or `mosaic dev` starts one; it is reached by its plugin 'control'. For the next "
            "start, `mosaic plugins enable NAME` and `disable NAME` count all the same.",
        )
    if is_for_one and len(systems) > 1:
        raise Refused(
            "several-run",
            "several Mosaics run for this project, and would not agree on the provider meanwhile",
            expected="one",
            got="processes " + ", ".join(str(system.pid) for system in systems),
            hint="Stop the others first.",
        )
    return systems


def _tell(system: RunningSystem, systems: list[RunningSystem]) -> None:
    if len(systems) > 1:
        click.secho(f"Process {system.pid}", bold=True)


def _changes(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(answer.get("report", answer)["changes"])


def _render(answer: Mapping[str, Any]) -> None:
    for kind, (sign, colour) in _SIGNS.items():
        for name in answer.get(kind, ()):
            click.echo(f"{click.style(sign, fg=colour)} {inert(name)}: {kind}")
    for change in _changes(answer):
        _render_change(change)
    if not _changes(answer) and not any(answer.get(kind) for kind in _SIGNS):
        click.echo("Nothing has changed.")


def _render_change(change: Mapping[str, Any]) -> None:
    state = click.style(inert(change["state"]), fg=_COLOURS.get(change["state"]))
    line = f"{inert(change['name'])}: {state}"
    if change["generation"]:
        line += f", generation {change['generation']}"
    if change["seconds"]:
        line += f", in {change['seconds'] * 1000:.0f} ms"
    if change["held_seconds"]:
        line += f", calls held for {change['held_seconds'] * 1000:.0f} ms"
    click.echo(line)
    for kind, colour in (("error", "red"), ("warning", "yellow")):
        if change[kind]:
            click.echo(f"{click.style(kind, fg=colour)}: {inert(change[kind])}", err=True)
