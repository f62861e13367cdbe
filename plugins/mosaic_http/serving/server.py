"""Serves an ASGI application on a socket that listens: bounded in every way, and drained in order."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import h11
import trio

from mosaic_hookspecs.context import Log

from ..settings import Config
from .exchange import Exchange, scope_of
from .web_socket import DENIAL, WebSocket, wants_web_socket
from .wire import Wire

App = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]
_NORMAL, _RESTARTS, _FAILED = 1000, 1012, 1011
_GRACE_SECONDS = 1.0
_LAST_REQUEST_SECONDS = 0.15
_MOST_LINGERING = 8 * 2**20


class Server:
    """Serves an application, with TLS if a context for it is given."""

    def __init__(self, app: App, config: Config, log: Log, tls: ssl.SSLContext | None = None) -> None:
        self._app = app
        self._config = config
        self._log = log
        self._tls = tls
        self._scheme = "https" if tls is not None else "http"
        self._accepting = trio.CancelScope()
        self._connections = trio.CancelScope()
        self._count = 0
        self._answering: set[Exchange] = set()
        self._idle: set[trio.CancelScope] = set()
        self._reading: set[trio.CancelScope] = set()
        self._is_draining = False
        self._changed = trio.Event()

    async def serve(self, listener: trio.SocketListener) -> None:
        """Serve until cancelled, or until `drain` has ended the last connection."""
        with self._connections:
            async with trio.open_nursery() as nursery:
                with self._accepting:
                    await trio.serve_listeners(self._welcome, [listener], handler_nursery=nursery)

    async def drain(self) -> None:
        """Take no more connections; return when every request but the streams has been answered, and end
        those. Connections without a request stay for a moment more: theirs may be on its way, and the answer
        tells them to take another connection.
        """
        self._is_draining = True
        self._accepting.cancel()
        end = trio.current_time() + _LAST_REQUEST_SECONDS
        for scope in self._idle:
            scope.deadline = min(scope.deadline, end)
        while self._idle or self._reading or any(not exchange.is_stream for exchange in self._answering):
            self._changed = trio.Event()
            await self._changed.wait()
        self._connections.cancel()

    async def _welcome(self, stream: trio.SocketStream) -> None:
        if self._count >= self._config.connections:
            await _turn_away(stream)
            return
        self._count += 1
        try:
            with trio.CancelScope() as ending:
                await self._connection(stream, ending)
        except Exception as error:  # noqa: BLE001 - a boundary: one client must not end the others
            self._log.error("http.connection_failed", error=error)
        finally:
            self._count -= 1
            await trio.aclose_forcefully(stream)

    async def _connection(self, stream: trio.SocketStream, ending: trio.CancelScope) -> None:
        try:
            client, server = stream.socket.getpeername()[:2], stream.socket.getsockname()[:2]
        except OSError:
            return  # it has left already
        secured = await self._secured(stream)
        if secured is None:
            return
        wire = Wire(secured, self._config.send_seconds, self._config.body_bytes)
        is_first = True
        while is_first or not self._is_draining:
            is_first = False
            request = await self._request(wire, secured)
            if request is None:
                return
            scope = scope_of(request, self._scheme, client, server, ending.cancel)
            if wants_web_socket(request):
                await self._converse(wire, scope)
                return
            scope |= {"type": "http", "method": request.method.decode("ascii")}
            deadline = trio.current_time() + self._config.request_seconds
            exchange = Exchange(wire, scope, deadline, self._begins)
            await self._answer(exchange)
            exchange.pass_over_body()
            if wire.is_gone:
                return
            if not _is_reusable(wire.parser):
                await _linger(wire, secured)
                return
            wire.parser.start_next_cycle()

    def _begins(self) -> bool:
        # Whether it is a stream is known now: `drain` does not wait for those.
        self._changed.set()
        return self._is_draining

    async def _secured(self, stream: trio.SocketStream) -> trio.abc.Stream | None:
        if self._tls is None:
            return stream
        secured = trio.SSLStream(stream, self._tls, server_side=True, https_compatible=True)
        with trio.move_on_after(self._config.request_seconds):
            try:
                await secured.do_handshake()
            except (OSError, trio.BrokenResourceError):
                return None
            return secured
        return None

    async def _request(
        self, wire: Wire, stream: trio.abc.Stream, *, is_last: bool = False
    ) -> h11.Request | None:
        patience = _LAST_REQUEST_SECONDS if self._is_draining else self._config.idle_seconds
        with trio.CancelScope(deadline=trio.current_time() + patience) as scope:
            self._idle.add(scope)
            try:
                wire.has_waited = False
                if not wire.parser.trailing_data[0]:
                    wire.parser.receive_data(await wire.receive())
                # It is begun: it is not ended by a drain, and may not take for ever.
                self._reading.add(scope)
                self._idle.discard(scope)
                scope.deadline = trio.current_time() + self._config.request_seconds
                event = await wire.event()
                if not wire.has_waited:
                    # It was sent ahead: who does so must not keep the others waiting.
                    await trio.lowlevel.checkpoint()
            except h11.RemoteProtocolError as error:
                await _refuse(wire, stream, error.error_status_hint)
                return None
            finally:
                self._idle.discard(scope)
                self._reading.discard(scope)
                self._changed.set()
            return event if isinstance(event, h11.Request) else None
        if self._is_draining and not wire.has_begun and not is_last:
            # Time may have passed without a turn for anybody, as while the next generation was imported.
            return await self._request(wire, stream, is_last=True)
        return None

    async def _answer(self, exchange: Exchange) -> None:
        self._answering.add(exchange)
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - a boundary: one request must not end the others
            if exchange.is_gone:
                return  # whoever left in the middle has no answer to get
            self._log.error("http.request_failed", error=error)
            if not exchange.has_begun:
                await exchange.refuse(500, "The request failed; the log of Mosaic has the place.")
        finally:
            self._answering.discard(exchange)
            exchange.forget()
            self._changed.set()
        if exchange.is_late and not exchange.has_begun:
            await exchange.refuse(408, "The body of the request did not come in time.")

    async def _converse(self, wire: Wire, scope: dict[str, Any]) -> None:
        scope |= {
            "type": "websocket",
            "scheme": "wss" if self._tls else "ws",
            "subprotocols": _protocols(scope),
        }
        scope["extensions"][DENIAL] = {}
        socket = WebSocket(wire, scope, self._config.heartbeat_seconds, self._config.message_bytes)
        code = _RESTARTS
        try:
            await self._app(scope, socket.receive, socket.send)
            code = _NORMAL
        except Exception as error:  # noqa: BLE001 - a boundary, as above
            code = _FAILED
            if not wire.is_gone:
                self._log.error("http.socket_failed", error=error)
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _GRACE_SECONDS):
                await socket.end(code)


def _protocols(scope: dict[str, Any]) -> list[str]:
    given = b",".join(value for name, value in scope["headers"] if name == b"sec-websocket-protocol")
    return [part.strip() for part in given.decode("latin-1").split(",") if part.strip()]


def _is_reusable(parser: h11.Connection) -> bool:
    return parser.our_state is h11.DONE and parser.their_state is h11.DONE


async def _refuse(wire: Wire, stream: trio.abc.Stream, status: int) -> None:
    headers = [("connection", "close"), ("content-length", "0")]
    try:
        await wire.say(h11.Response(status_code=status, headers=headers), h11.EndOfMessage())
    except h11.LocalProtocolError:
        return  # an answer was begun already
    await _linger(wire, stream)


async def _linger(wire: Wire, stream: trio.abc.Stream) -> None:
    """Let a client read why it was refused: closing at once, while it still sends, would take that away."""
    if wire.parser.their_state in (h11.DONE, h11.CLOSED) or not isinstance(stream, trio.SocketStream):
        return
    left = _MOST_LINGERING
    with trio.move_on_after(_GRACE_SECONDS), contextlib.suppress(OSError, trio.BrokenResourceError):
        await stream.send_eof()
        while left > 0 and (data := await wire.receive()):
            left -= len(data)


async def _turn_away(stream: trio.SocketStream) -> None:
    with trio.move_on_after(_GRACE_SECONDS), contextlib.suppress(trio.BrokenResourceError):
        await stream.send_all(
            b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
    await trio.aclose_forcefully(stream)
