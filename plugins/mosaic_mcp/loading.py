"""Loads the official SDK, which takes more than a second: in a worker thread, so that nothing else waits."""

from __future__ import annotations

import importlib

import trio

_MODULES = (
    "mcp.server.lowlevel.server",
    "mcp.server.request_state",
    "mcp.server.stdio",
    "mcp.server.streamable_http_manager",
    "mcp.server.subscriptions",
)


async def load_sdk() -> None:
    """Have it imported."""
    await trio.to_thread.run_sync(_import)


def _import() -> None:
    for name in _MODULES:
        importlib.import_module(name)
