"""The listening socket, which the generations of this plugin hand on to one another."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.hooks import State

from .settings import Config

_BACKLOG = 128
_RESOURCE = "listener"


def listen(config: Config) -> socket.socket:
    """Listen where the configuration says.

    Raises:
        Unavailable: somebody else does (code ``port-taken``), or it is not allowed.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        made.bind((config.host, config.port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise Unavailable(
            "port-taken",
            "MCP cannot be served over HTTP",
            where=f"{config.host}:{config.port}",
            got=error.strerror or str(error),
            hint="Set plugins.mcp.port to another port, or to 0 for one that is free.",
        ) from None
    return made


def shared(listener: socket.socket, config: Config, more: Mapping[str, Any]) -> State:
    """Return what the next generation needs to listen there too, and `more` data."""
    place = {"host": config.host, "port": config.port}
    return State(version=2, data={**more, "place": place}, resources={_RESOURCE: listener.dup()})


def taken_over(state: State, config: Config) -> socket.socket | None:
    """Return the socket of the generation before; None if the configuration says another place now."""
    listener: socket.socket = state.resources[_RESOURCE]
    if state.data["place"] != {"host": config.host, "port": config.port}:
        listener.close()
        return None
    return listener
