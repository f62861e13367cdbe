"""MCP over two file descriptors: one client, until it closes its end."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mosaic_hookspecs.context import Log

from .loading import load_sdk
from .sdk_log import sdk_log
from .settings import Config
from .system import System


async def serve_stdio(system: System, config: Config, log: Log, descriptors: Sequence[int]) -> None:
    """Serve one client over these descriptors, to read and to write; they are closed at the end."""
    import io

    await load_sdk()
    import anyio
    from mcp.server.stdio import stdio_server

    from .server import Handlers

    reading, writing = descriptors
    with os.fdopen(writing, "wb") as out, sdk_log(log):
        # A worker thread may still wait in a read when this ends: it must not find another file there.
        source = io.TextIOWrapper(os.fdopen(reading, "rb", closefd=False), encoding="utf-8", errors="replace")
        target = io.TextIOWrapper(out, encoding="utf-8")
        server = Handlers(system, config, log).server()
        async with stdio_server(anyio.wrap_file(source), anyio.wrap_file(target)) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
