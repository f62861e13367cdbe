"""``mosaic mcp``: MCP on standard input and output, for the system that runs, or one of the command's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from .asking import here_option
from .session import Session, session_options

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_INTERRUPTED = 130
_SERVED = "profile.served"
_URL, _BEARER = "MOSAIC_MCP_URL", "MOSAIC_MCP_TOKEN"


@click.command()
@click.option("--tier", "tiers", multiple=True, metavar="NAME", help="Offer a further set of tools.")
@here_option
@session_options
def mcp(session: Session, *, tiers: tuple[str, ...], here: bool) -> None:
    """Speak MCP on standard input and output, for a coding agent.

    Speaks for the system that runs for this project, if one does; else starts one, which ends with the client.
    An agent that was lent a connection for its task (MOSAIC_MCP_URL, MOSAIC_MCP_TOKEN) speaks by that one
    alone.
    """
    reading, writing = _own_descriptors()
    url, bearer = os.environ.get(_URL, ""), os.environ.get(_BEARER, "")
    if url and bearer:
        # Before anything is read or started: the directory may be the agent's own to write to.
        sys.exit(_bridge(url, bearer, reading, writing))
    settings: dict[str, Any] = {"plugins.mcp.stdio": [reading, writing]}
    if tiers:
        settings["plugins.mcp.tiers"] = ["default", *tiers]
    found = "" if here or session.makes_a_kernel else _running(session)
    if found:
        sys.exit(_join(session, settings, found))
    sys.exit(session.run(_serve, settings, serves=True))


def _join(session: Session, settings: Mapping[str, Any], directory: str) -> int:
    """Serve in a kernel with the one plugin alone: it holds no store, and nobody can join it."""
    import trio

    from mosaic_kernel import Kernel

    alone = {**settings, "plugins.mcp.join": directory, "allow": ["mcp"], "ports.transport": ["mcp"]}

    async def main() -> int:
        made = Kernel(profile="", directory=session.directory, settings=alone, is_tolerant=True, serves=True)
        async with made as kernel:
            return await _serve(kernel)

    return trio.run(main)


def _bridge(url: str, bearer: str, reading: int, writing: int) -> int:
    """Pass on what the client says to the endpoint at `url`, with the rights of `bearer` and no others."""
    import trio

    from .mcp_bridge import Bridge

    try:
        trio.run(Bridge(url, bearer, reading, writing).run)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _own_descriptors() -> tuple[int, int]:
    """Return standard input and output for MCP alone: what else is printed goes to standard error."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return reading, writing


def _running(session: Session) -> str:
    from mosaic_kernel import state_directory_of

    from .running_systems import running_systems

    state_directory = state_directory_of(session.directory)
    return str((state_directory / "control").absolute()) if running_systems(state_directory) else ""


async def _serve(kernel: Kernel) -> int:
    import signal

    import trio

    from mosaic_hookspecs.errors import Unavailable

    found: Any = await kernel.dispatch("plugins.info", {"name": "mcp"})
    if found.state != "running":
        raise Unavailable("no-mcp", f"MCP is {found.state}", got=found.detail, hint=found.cure)
    kernel.bus.publish(_SERVED, None)
    code = 0
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:

            async def listen() -> None:
                nonlocal code
                async for _ in signals:
                    code = _INTERRUPTED
                    nursery.cancel_scope.cancel()

            nursery.start_soon(listen)
            await kernel.port("transport").get("mcp").until_left()
            nursery.cancel_scope.cancel()
    return code
