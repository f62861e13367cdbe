"""The endpoint of Streamable HTTP: guards it, and has the official SDK answer, which is loaded when the first
request comes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.context import Log

from .guard import Guard
from .http_serving import HttpServer
from .loading import load_sdk
from .sdk_log import sdk_log
from .settings import Config
from .system import System

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from .server import Handlers

_REFUSED_BODY = "http.response.body"


class Endpoint:
    """Serves one system to clients over HTTP, in every revision of the protocol that the SDK speaks."""

    def __init__(self, system: System, config: Config, token: str, log: Log) -> None:
        self._system = system
        self._config = config
        self._log = log
        self._guard = Guard(config.path, token)
        self._http = HttpServer(self._app, config, log)
        self._loading = trio.Lock()
        self._nursery: trio.Nursery | None = None
        self._manager: StreamableHTTPSessionManager | None = None
        self._handlers: Handlers | None = None

    async def serve(self, listener: trio.SocketListener) -> None:
        """Serve until cancelled, or until `drain` was called and the last connection has ended."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                await self._http.serve(listener)
            finally:
                self._nursery = self._manager = self._handlers = None
                nursery.cancel_scope.cancel()

    async def drain(self) -> None:
        """Take no more connections, and return when every request has been answered and every stream was told
        that it ends.
        """
        if self._handlers is not None:
            self._handlers.end_streams()
        await self._http.drain()

    async def _app(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        refusal = self._guard.refusal(scope["path"], dict(scope["headers"]))
        if refusal is not None:
            body = f"{refusal.text}\n".encode()
            headers = [
                ("content-type", "text/plain; charset=utf-8"),
                ("content-length", str(len(body))),
                *refusal.headers,
            ]
            await send(
                {
                    "type": "http.response.start",
                    "status": refusal.status,
                    "headers": [(name.encode(), value.encode()) for name, value in headers],
                }
            )
            await send({"type": _REFUSED_BODY, "body": body})
            return
        manager = self._manager or await self._loaded()
        await manager.handle_request(scope, receive, send)

    async def _loaded(self) -> StreamableHTTPSessionManager:
        async with self._loading:
            if self._manager is None:
                await load_sdk()
                assert self._nursery is not None  # noqa: S101 - it serves: a request is here
                self._manager = await self._nursery.start(self._live)
            return self._manager

    async def _live(
        self, task_status: trio.TaskStatus[StreamableHTTPSessionManager] = trio.TASK_STATUS_IGNORED
    ) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from .server import Handlers

        self._handlers = Handlers(self._system, self._config, self._log)
        manager = StreamableHTTPSessionManager(
            self._handlers.server(),
            max_request_body_size=self._config.body_bytes,
            session_idle_timeout=self._config.session_seconds,
            max_sessions=self._config.sessions,
        )
        with sdk_log(self._log):
            async with manager.run():
                task_status.started(manager)
                await trio.sleep_forever()
