"""The endpoint as an application on another server's port: its requests in flight, and their end.

They run in tasks of that server, so that they would outlive the endpoint: this ends them with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

END = "mosaic.end"
"""The server's extension of ASGI by which an application ends the connection, itself included."""


class Door:
    """The application as others are lent it. It cannot be called, since the kernel would count its requests as
    calls in flight, and wait for streams that have no end; the endpoint waits for them itself.
    """

    def __init__(self, serve: App) -> None:
        self.serve = serve


class Mounted:
    """Passes requests on to `app`. Requests with GET are streams that have no end."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._streams: set[Callable[[], None]] = set()
        self._requests: set[Callable[[], None]] = set()
        self._changed = trio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request; it ends early, with its connection, when the endpoint does."""
        if scope["type"] != "http":
            await _refuse_socket(receive, send)
            return
        kind = self._streams if scope["method"] == "GET" else self._requests
        end = scope["extensions"][END]
        kind.add(end)
        try:
            await self._app(scope, receive, send)
        finally:
            kind.discard(end)
            self._changed.set()

    async def drain(self) -> None:
        """Return when every request but the streams has been answered, and end those."""
        while self._requests:
            self._changed = trio.Event()
            await self._changed.wait()
        self.end()

    def end(self) -> None:
        """End whatever is in flight."""
        for end in (*self._requests, *self._streams):
            end()


async def _refuse_socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1000, "reason": "MCP is served over HTTP here"})
