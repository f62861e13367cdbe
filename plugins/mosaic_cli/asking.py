"""Asks the running system of a project, if there is one; else a kernel of the command's own."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .session import Session

if TYPE_CHECKING:
    from .running_systems import RunningSystem

Result = TypeVar("Result")

_READ_SECONDS = 5.0
_WRITE_SECONDS = 15.0
HINT = "--here asks a kernel of this command's own."
here_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--here", is_flag=True, help="Ask a kernel of this command's own, not the system that runs."
)


def ask(session: Session, operation: str, data: Mapping[str, Any] | None = None, *, here: bool) -> Any:
    """Return what a query answers, as JSON data. Which process answered is said on stderr.

    Options that say how a kernel is made mean one of the command's own.
    """
    system = answering_system(session, here=here)
    if system is not None:
        return system.ask(operation, data, hint=HINT)
    from mosaic_kernel import to_json_data

    return to_json_data(session.dispatch(operation, data, is_tolerant=True))


def answering_system(session: Session, *, here: bool) -> RunningSystem | None:
    """Return the system that is to answer, and say on stderr which it is; None for a kernel of the command's
    own.
    """
    systems = _systems(session, here=here)
    if not systems:
        return None
    others = f" (of {len(systems)} that run)" if len(systems) > 1 else ""
    click.echo(f"Process {systems[-1].pid}{others} answers; --here asks a kernel of its own.", err=True)
    return systems[-1]


def carry_out(
    session: Session, body: Callable[[Any], Awaitable[Result]], *, here: bool, only_reads: bool = True
) -> Result:
    """Await `body` with something that dispatches operations and returns their output as JSON data: to the
    system that runs; else as `Session.read` does, or `Session.run` if `body` does not only read.

    Which process answered is said where it may know other things than this one would, or with -v. `body`
    must await nothing else.
    """
    systems = _systems(session, here=here)
    if systems:
        from mosaic_hookspecs.errors import Unavailable

        seconds = _READ_SECONDS if only_reads else _WRITE_SECONDS
        try:
            result: Result = _at_once(body(_Running(systems[-1], seconds)))
        except Unavailable as error:
            # It was about to end, or hangs. Nothing that changes something is done twice.
            if not only_reads or error.code not in ("connection-ended", "no-answer"):
                raise
            if error.code == "no-answer":
                what = f"Process {systems[-1].pid} runs, and does not answer; this is what is stored."
                click.echo(what, err=True)
        else:
            _tell(session, systems)
            return result
    return (session.read if only_reads else session.run)(lambda kernel: body(_AsData(kernel)))


class _Running:
    """Dispatches to a running system."""

    def __init__(self, system: RunningSystem, seconds: float) -> None:
        self._system = system
        self._seconds = seconds

    async def dispatch(self, operation: str, data: Mapping[str, Any] | None = None) -> Any:
        return self._system.ask(operation, data, self._seconds, hint=HINT)


class _AsData:
    """Dispatches to a kernel, or to what answers for one."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel

    async def dispatch(self, operation: str, data: Mapping[str, Any] | None = None) -> Any:
        from mosaic_kernel import to_json_data

        return to_json_data(await self._kernel.dispatch(operation, dict(data or {})))


def _systems(session: Session, *, here: bool) -> list[RunningSystem]:
    if here or session.makes_a_kernel:
        return []
    from mosaic_kernel import state_directory_of

    state_directory = state_directory_of(session.directory)
    # Mostly nothing runs, and then this is all that it costs.
    try:
        with os.scandir(state_directory / "control") as entries:
            if not any(entry.name.endswith(".sock") for entry in entries):
                return []
    except OSError:
        return []
    from .running_systems import running_systems

    return running_systems(state_directory)


def _tell(session: Session, systems: list[RunningSystem]) -> None:
    from mosaic_hookspecs.errors import MosaicError

    try:
        differs = _differs(systems[-1].ask("config.show", hint=HINT)["entries"])
    except MosaicError:
        differs = False
    if differs or session.is_verbose:
        others = f" (of {len(systems)} that run)" if len(systems) > 1 else ""
        why = ", whose configuration is another than here" if differs else ""
        click.echo(f"Process {systems[-1].pid}{others} answers{why}; {HINT}", err=True)


def _differs(entries: list[dict[str, Any]]) -> bool:
    """Whether what is stored may be another store there than a command of its own would open."""
    storage = next((entry["value"] for entry in entries if entry["key"] == "ports.storage"), None) or []
    parts = ("ports.storage", *(f"plugins.{name}" for name in storage))
    sources = {entry["source"] for entry in entries}
    for entry in entries:
        if entry["key"] == "profile" and entry["layer"] == "default" and entry["value"] != "local":
            return True  # of that command's own --profile
        if f"{entry['key']}.".startswith(tuple(f"{part}." for part in parts)) and (
            entry["layer"] == "settings"
            or entry["source"].endswith("(not kept)")
            or (entry["layer"] == "environment" and entry["source"].removeprefix("$") not in os.environ)
        ):
            return True
    ours = (f"${name}" for name in os.environ if name.startswith("MOSAIC_") and "__" in name)
    return any(name not in sources for name in ours)


def _at_once(answer: Any) -> Any:
    # A blocking socket answers, so the first step is the last: no event loop is needed.
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a body awaited something else than operations")
