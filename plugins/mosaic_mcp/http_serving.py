"""A small HTTP/1.1 server for ASGI applications, on trio: bounded in every way, and drained in order."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import h11
import trio

from mosaic_hookspecs.context import Log

from .http_exchange import Exchange, Wire
from .settings import Config

App = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


END = "mosaic.end"
"""The extension of ASGI by which an application ends the connection, itself included: its client has left."""


class HttpServer:
    """Serves an application on a socket that listens. Requests with GET are streams that have no end."""

    def __init__(self, app: App, config: Config, log: Log) -> None:
        self._app = app
        self._config = config
        self._log = log
        self._accepting = trio.CancelScope()
        self._count = 0
        self._answering = 0
        self._idle: set[trio.CancelScope] = set()
        self._is_draining = False
        self._changed = trio.Event()

    async def serve(self, listener: trio.SocketListener) -> None:
        """Serve until cancelled, or until `drain` was called and the last connection has ended."""
        async with trio.open_nursery() as nursery:
            with self._accepting:
                await trio.serve_listeners(self._welcome, [listener], handler_nursery=nursery)

    async def drain(self) -> None:
        """Take no more connections, and return when every request but the streams has been answered."""
        self._is_draining = True
        self._accepting.cancel()
        for scope in tuple(self._idle):
            scope.cancel()
        while self._answering:
            self._changed = trio.Event()
            await self._changed.wait()

    async def _welcome(self, stream: trio.SocketStream) -> None:
        if self._count >= self._config.connections:
            await _turn_away(stream)
            return
        self._count += 1
        try:
            with trio.CancelScope() as scope:
                await self._connection(stream, scope)
        except Exception as error:  # noqa: BLE001 - a boundary: one client must not end the others
            self._log.error("mcp.connection_failed", error=error)
        finally:
            self._count -= 1
            await trio.aclose_forcefully(stream)

    async def _connection(self, stream: trio.SocketStream, scope: trio.CancelScope) -> None:
        wire = Wire(stream, self._config.send_seconds, self._config.body_bytes)
        client, server = stream.socket.getpeername()[:2], stream.socket.getsockname()[:2]
        while not self._is_draining:
            request = await self._request(wire)
            if request is None:
                return
            deadline = trio.current_time() + self._config.request_seconds
            exchange = Exchange(wire, request, client, server, deadline)
            exchange.scope["extensions"] = {END: scope.cancel}
            await self._answer(exchange)
            if wire.is_gone or not _is_reusable(wire.parser):
                return
            wire.parser.start_next_cycle()

    async def _request(self, wire: Wire) -> h11.Request | None:
        with trio.CancelScope(deadline=trio.current_time() + self._config.idle_seconds) as scope:
            self._idle.add(scope)
            try:
                wire.has_waited = False
                event = await wire.event()
                if not wire.has_waited:
                    # It was sent ahead: who does so must not keep the others waiting.
                    await trio.lowlevel.checkpoint()
            except h11.RemoteProtocolError as error:
                with contextlib.suppress(h11.LocalProtocolError):
                    await wire.send(
                        h11.Response(status_code=error.error_status_hint, headers=[("connection", "close")])
                    )
                    await wire.send(h11.EndOfMessage())
                return None
            finally:
                self._idle.discard(scope)
            return event if isinstance(event, h11.Request) else None
        return None

    async def _answer(self, exchange: Exchange) -> None:
        counts = int(exchange.scope["method"] != "GET")
        self._answering += counts
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - a boundary: one request must not end the others
            if exchange.is_gone:
                return  # whoever left in the middle has no answer to get
            self._log.error("mcp.request_failed", error=error)
            if not exchange.has_begun:
                await exchange.refuse(500, "The request failed; the log of Mosaic has the place.")
        finally:
            self._answering -= counts
            self._changed.set()


def _is_reusable(parser: h11.Connection) -> bool:
    return parser.our_state is h11.DONE and parser.their_state is h11.DONE


async def _turn_away(stream: trio.SocketStream) -> None:
    with trio.move_on_after(1), contextlib.suppress(trio.BrokenResourceError):
        await stream.send_all(
            b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
    await trio.aclose_forcefully(stream)
