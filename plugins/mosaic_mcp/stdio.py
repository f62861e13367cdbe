"""MCP over two file descriptors: one client, until it closes its end.

The SDK decides by the first request of which era the client is, and answers whatever is not plain.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.context import Context, Log

from .descriptors import Lines
from .loading import load_sdk
from .sdk_log import sdk_log
from .settings import Config
from .system import System

if TYPE_CHECKING:
    from .direct.stdio import DirectStdio


async def serve_stdio(
    system: System, config: Config, log: Log, descriptors: Sequence[int], context: Context | None = None
) -> None:
    """Serve one client over these descriptors, to read and to write; they are closed at the end. `context`: the
    system is this process's own.
    """
    reading, writing = descriptors
    lines = Lines(reading, writing, config.body_bytes)
    try:
        await load_sdk()
        with sdk_log(log):
            await _serve(system, config, log, lines, context)
    finally:
        await lines.aclose()


async def _serve(system: System, config: Config, log: Log, lines: Lines, context: Context | None) -> None:
    from mcp.shared._context_streams import create_context_streams
    from mcp.shared.message import SessionMessage

    from .direct.stdio import DirectStdio
    from .server import Handlers

    handlers = Handlers(system, config, log, context)
    server = handlers.server()
    into, incoming = create_context_streams[SessionMessage | Exception](0)
    outgoing, out = create_context_streams[SessionMessage](0)

    async def write() -> None:
        async with out:
            async for sent in out:
                await lines.send(sent.message.model_dump_json(by_alias=True, exclude_unset=True).encode())

    async with trio.open_nursery() as nursery:
        direct = DirectStdio(
            handlers.answers(server), handlers.visitors.of(None), handlers.sessions, lines, nursery
        )
        nursery.start_soon(_read, lines, into, direct)
        nursery.start_soon(write)
        await server.run(incoming, outgoing, server.create_initialization_options())
        nursery.cancel_scope.cancel()


async def _read(lines: Lines, into: Any, direct: DirectStdio) -> None:
    import anyio
    import mcp_types as types
    from mcp.shared.message import SessionMessage

    async with into:
        async for line in lines.received():
            try:
                message = json.loads(line)
            except (ValueError, RecursionError) as error:
                read: Any = error
            else:
                if direct.answers(message):
                    continue
                try:
                    read = SessionMessage(types.jsonrpc_message_adapter.validate_python(message, by_name=False))
                except Exception as error:  # noqa: BLE001 - a boundary: the client wrote it
                    read = error
            try:
                await into.send(read)
            except (anyio.ClosedResourceError, anyio.BrokenResourceError):
                return
