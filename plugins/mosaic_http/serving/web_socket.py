"""One WebSocket, as an ASGI application sees it."""

from __future__ import annotations

import contextlib
from typing import Any

import h11
import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from .wire import Wire

Message = dict[str, Any]
_TOO_BIG, _GONE_AWAY, _BAD = 1009, 1006, 1002
DENIAL = "websocket.http.response"
"""The extension of ASGI by which an application answers a handshake with a refusal of its own."""


def wants_web_socket(request: h11.Request) -> bool:
    """Whether a request asks for a WebSocket that can be given."""
    if request.method != b"GET":
        return False
    headers = {bytes(name): bytes(value).lower() for name, value in request.headers}
    return (
        headers.get(b"upgrade") == b"websocket"
        and b"upgrade" in headers.get(b"connection", b"")
        and headers.get(b"sec-websocket-version") == b"13"
        and b"sec-websocket-key" in headers
    )


class WebSocket:
    """One handshake, and what follows it. A client that does not answer a ping within `heartbeat` is gone."""

    def __init__(self, wire: Wire, scope: dict[str, Any], heartbeat: float, most: int) -> None:
        self.scope = scope
        self._wire = wire
        self._heartbeat = heartbeat
        self._most = most
        self._connection = Connection(ConnectionType.SERVER)
        self._state = "new"
        self._code = _GONE_AWAY
        self._parts: list[str | bytes] = []
        self._size = 0
        self._denial: Message | None = None
        self._is_pinged = False

    async def receive(self) -> Message:
        """Return the handshake first, then each message, and at last that the client has left."""
        if self._state == "new":
            self._state = "asked"
            return {"type": "websocket.connect"}
        while self._state == "open":
            found = await self._next()
            if found is not None:
                return found
        return {"type": "websocket.disconnect", "code": self._code}

    async def _next(self) -> Message | None:
        try:
            for event in self._connection.events():
                self._is_pinged = False
                found = await self._on(event)
                if found is not None or self._state != "open":
                    return found
        except RemoteProtocolError:
            await self._close(_BAD, "")
            return None
        with trio.move_on_after(self._heartbeat):
            data = await self._wire.receive()
            if data:
                self._connection.receive_data(data)
            else:
                self._state = "closed"
            return None
        if self._is_pinged:
            self._state = "closed"
            self._wire.is_gone = True
        else:
            self._is_pinged = True
            await self._wire.send(self._connection.send(Ping()))
        return None

    async def _on(self, event: Any) -> Message | None:
        match event:
            case TextMessage() | BytesMessage():
                return await self._message(event)
            case Ping():
                await self._wire.send(self._connection.send(event.response()))
            case Pong():
                pass
            case CloseConnection():
                self._code, self._state = int(event.code), "closed"
                with contextlib.suppress(LocalProtocolError):
                    await self._wire.send(self._connection.send(event.response()))
        return None

    async def _message(self, event: TextMessage | BytesMessage) -> Message | None:
        data = event.data if isinstance(event, TextMessage) else bytes(event.data)
        self._size += len(data)
        if self._size > self._most:
            await self._close(_TOO_BIG, f"a message has at most {self._most} bytes")
            return None
        self._parts.append(data)
        if not event.message_finished:
            return None
        parts, self._parts, self._size = self._parts, [], 0
        if isinstance(event, TextMessage):
            return {"type": "websocket.receive", "text": "".join(str(part) for part in parts), "bytes": None}
        whole = b"".join(part for part in parts if isinstance(part, bytes))
        return {"type": "websocket.receive", "text": None, "bytes": whole}

    async def send(self, message: Message) -> None:
        """Accept, send, or close; or answer with a refusal, before it was accepted."""
        kind = message["type"]
        if kind == "websocket.accept":
            await self._accept(message)
        elif kind == "websocket.send" and self._state == "open":
            text = message.get("text")
            event = TextMessage(data=text) if text is not None else BytesMessage(data=message["bytes"])
            await self._wire.send(self._connection.send(event))
            if self._wire.is_gone:
                raise ConnectionResetError("the client has left")
        elif kind == "websocket.close":
            if self._state == "open":
                await self._close(int(message.get("code") or 1000), str(message.get("reason") or ""))
            elif self._state in ("new", "asked"):
                await self._deny({"status": 403, "headers": []}, b"")
        elif kind == f"{DENIAL}.start":
            self._denial = message
        elif kind == f"{DENIAL}.body" and self._denial is not None:
            await self._deny(self._denial, message.get("body", b""))

    async def end(self, code: int) -> None:
        """Close what the application has left open."""
        if self._state == "open":
            await self._close(code, "")
        elif self._state in ("new", "asked"):
            await self._deny({"status": 500, "headers": []}, b"")

    async def _accept(self, message: Message) -> None:
        given = {bytes(name): bytes(value) for name, value in self.scope["headers"]}
        headers = [
            (b"upgrade", b"websocket"),
            (b"connection", b"Upgrade"),
            (b"sec-websocket-accept", generate_accept_token(given[b"sec-websocket-key"])),
            *((bytes(name), bytes(value)) for name, value in message.get("headers", ())),
        ]
        if message.get("subprotocol"):
            headers.append((b"sec-websocket-protocol", str(message["subprotocol"]).encode("ascii")))
        await self._wire.say(h11.InformationalResponse(status_code=101, headers=headers, reason=b"Switching"))
        self._state = "open"
        ahead = self._wire.parser.trailing_data[0]
        if ahead:
            self._connection.receive_data(ahead)

    async def _deny(self, start: Message, body: bytes) -> None:
        self._state = "closed"
        headers = [(bytes(name), bytes(value)) for name, value in start.get("headers", ())]
        known = {name for name, _ in headers}
        if b"content-length" not in known:
            headers.append((b"content-length", str(len(body)).encode()))
        headers.append((b"connection", b"close"))
        events: list[Any] = [h11.Response(status_code=start["status"], headers=headers)]
        if body:
            events.append(h11.Data(data=body))
        await self._wire.say(*events, h11.EndOfMessage())

    async def _close(self, code: int, reason: str) -> None:
        self._state, self._code = "closed", code
        with contextlib.suppress(LocalProtocolError):
            await self._wire.send(self._connection.send(CloseConnection(code=code, reason=reason or None)))
