"""``mosaic top``: everything that happens here, live, in a terminal."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import click

from .asking import carry_out, here_option
from .session import Session, session_options

if TYPE_CHECKING:
    from .running_systems import RunningSystem
    from .top_app import Top
    from .top_link import Link
    from .top_picture import Picture

_AGAIN_SECONDS = 0.5
_TRIES = 3
_STEADY_SECONDS = 10.0


@click.command()
@click.option("--once", is_flag=True, help="Print one frame, and end.")
@here_option
@session_options
def top(session: Session, *, once: bool, here: bool) -> None:
    """Watch runs, agents at work, what waits and why, and what needs you; keys act on it. With --json, or where
    no terminal is, one frame.
    """
    from .top_screen import is_at_a_terminal

    if session.as_json or once or not is_at_a_terminal():
        from .top_picture import take_picture

        _print(session, carry_out(session, take_picture, here=here))
    else:
        import trio

        trio.run(_watch, session, here)


def _print(session: Session, picture: Picture) -> None:
    import time

    from .top_frame import Place, draw
    from .top_rows import Outlook

    if session.as_json:
        from .terminal_text import json_text

        click.echo(json_text(picture.to_data()))
        return
    from rich.console import Console

    console = Console(highlight=False)
    now, clock = time.time_ns() // 1_000_000, time.strftime("%H:%M:%S")
    outlook = Outlook(now=now, title=str(session.directory), clock=clock)
    for line in draw(picture, outlook, Place(width=console.width, height=0)):
        line.rstrip()
        console.print(line, no_wrap=True, crop=True)


async def _watch(session: Session, here: bool) -> None:  # noqa: FBT001 - for trio.run
    import trio

    from mosaic_hookspecs.errors import MosaicError

    from .people import my_name
    from .top_app import Top
    from .top_link import LinkLost, SystemLink
    from .top_screen import TopScreen

    screen = TopScreen()
    app = Top(screen, title=str(session.directory), person=my_name())
    lost: dict[int, int] = {}
    with screen.taken():
        while not app.is_left:
            system = next((one for one in reversed(_systems(session)) if lost.get(one.pid, 0) < _TRIES), None)
            if here or system is None:
                await _watch_here(session, app)
                continue
            link: Link = SystemLink(system)
            begun = trio.current_time()
            try:
                await app.watch(link)
            except* (LinkLost, MosaicError):  # the latter: its plugins end before its socket does
                was_steady = trio.current_time() > begun + _STEADY_SECONDS
                lost[system.pid] = 1 if was_steady else lost.get(system.pid, 0) + 1
                app.say(f"Process {system.pid} has ended; this is what is stored.")
                await trio.sleep(_AGAIN_SECONDS)


async def _watch_here(session: Session, app: Top) -> None:
    from .top_link import KernelLink

    # What the kernel logs must not be written over the frame.
    async with session.kernel(log_stream=io.StringIO()) as kernel:
        await app.watch(KernelLink(kernel))


def _systems(session: Session) -> list[RunningSystem]:
    if session.makes_a_kernel:
        return []
    from mosaic_kernel import state_directory_of

    from .running_systems import running_systems

    return running_systems(state_directory_of(session.directory))
