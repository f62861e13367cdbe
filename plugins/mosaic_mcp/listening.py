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
    host, port = config.host or "127.0.0.1", config.port or 0
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        made.bind((host, port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise Unavailable(
            "port-taken",
            "MCP cannot be served over HTTP",
            where=f"{host}:{port}",
            got=error.strerror or str(error),
            hint="Set plugins.mcp.port to another port, or to 0 for one that is free.",
        ) from None
    return made


def shared(listener: socket.socket | None, config: Config, more: Mapping[str, Any]) -> State:
    """Return what the next generation needs to listen there too, and `more` data."""
    place = {"host": config.host, "port": config.port}
    resources = {} if listener is None else {_RESOURCE: listener.dup()}
    return State(version=2, data={**more, "place": place}, resources=resources)


def taken_over(state: State, config: Config) -> socket.socket | None:
    """Return the socket of the generation before; None if it had none, or the configuration says another place
    now.
    """
    listener: socket.socket | None = state.resources.get(_RESOURCE)
    if listener is not None and state.data["place"] != {"host": config.host, "port": config.port}:
        listener.close()
        return None
    return listener
