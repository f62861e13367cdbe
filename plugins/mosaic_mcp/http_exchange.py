"""One request and its answer over HTTP/1.1, as an ASGI application sees them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import h11
import trio

from .writing import acquired, written_at_once

Message = dict[str, Any]
_CHUNK = 2**16
_GONE: Message = {"type": "http.disconnect"}


class Wire:
    """The bytes of one connection: read and written with deadlines. `is_gone` once the client has left;
    `has_waited` says that others had their turn since it was last set to False.
    """

    def __init__(self, stream: trio.SocketStream, send_seconds: float, most_ahead: int) -> None:
        self.parser = h11.Connection(h11.SERVER)
        self.is_gone = False
        self.has_waited = False
        self._stream = stream
        self._send_seconds = send_seconds
        self._most_ahead = most_ahead
        self._sending = trio.Lock()

    async def event(self) -> Any:
        """Return the next event of the request, or h11's ``PAUSED`` when this one is complete.

        Raises:
            h11.RemoteProtocolError: this is no HTTP.
        """
        while True:
            event = self.parser.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self.parser.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            await self._receive()

    async def until_gone(self) -> None:
        """Return when the client has left; what it sends ahead is kept, and bounded."""
        ahead = 0
        while not self.is_gone:
            ahead += await self._receive()
            if ahead > self._most_ahead:
                self.is_gone = True

    async def send(self, *events: Any) -> None:
        """Write events at once; a client that does not read them in time is gone, and gets nothing more."""
        data = b"".join([self.parser.send(event) or b"" for event in events])
        if self.is_gone or not data:
            return
        await acquired(self._sending)
        try:
            # Most answers fit into what the system keeps for a socket: then nobody waits.
            data = written_at_once(self._stream.socket.fileno(), data)
            if not data:
                return
            with trio.CancelScope(deadline=trio.current_time() + self._send_seconds) as scope:
                try:
                    await self._stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    self.is_gone = True
        except OSError:
            self.is_gone = True
            return
        finally:
            self._sending.release()
        if scope.cancelled_caught:
            self.is_gone = True

    async def _receive(self) -> int:
        self.has_waited = True
        try:
            data = await self._stream.receive_some(_CHUNK)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            self.is_gone = True
        self.parser.receive_data(data)
        return len(data)


class Exchange:
    """One request; `receive` and `send` are those of ASGI."""

    def __init__(self, wire: Wire, request: h11.Request, client: Any, server: Any, deadline: float) -> None:
        self.is_complete = False
        self._wire = wire
        self._deadline = deadline
        self._body_ended = False
        self._start: Message | None = None
        self._receiving = trio.Lock()
        self._waiting: trio.CancelScope | None = None
        path, _, query = request.target.partition(b"?")
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": request.http_version.decode("ascii"),
            "method": request.method.decode("ascii"),
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(request.headers),
            "client": client,
            "server": server,
        }

    async def receive(self) -> Message:
        """Return the next part of the body; after the last, wait until the client leaves."""
        await acquired(self._receiving)
        try:
            if self.is_complete or self._wire.is_gone:
                return _GONE
            if not self._body_ended:
                return self._at_hand() or await self._body()
            with trio.CancelScope() as self._waiting:
                await self._wire.until_gone()
            return _GONE
        finally:
            self._receiving.release()

    def _at_hand(self) -> Message | None:
        """Return the body, if all of it came together with its head, as most do."""
        parser = self._wire.parser
        if parser.they_are_waiting_for_100_continue:
            return None
        try:
            return self._read(parser.next_event())
        except h11.RemoteProtocolError:
            return None  # which it says again, where it is waited for

    async def _body(self) -> Message:
        with trio.CancelScope(deadline=self._deadline):
            try:
                found = self._read(await self._wire.event())
            except h11.RemoteProtocolError:
                found = None
            if found is not None:
                return found
        self._wire.is_gone = True
        return _GONE

    def _read(self, event: Any) -> Message | None:
        """Return what has come of the body, from this event on; None for nothing."""
        parts: list[bytes] = []
        while isinstance(event, h11.Data):
            parts.append(bytes(event.data))
            event = self._wire.parser.next_event()
        self._body_ended = isinstance(event, h11.EndOfMessage)
        if not (parts or self._body_ended):
            return None
        return {"type": "http.request", "body": b"".join(parts), "more_body": not self._body_ended}

    async def send(self, message: Message) -> None:
        """Write a part of the answer."""
        if self.is_complete:
            return
        if message["type"] == "http.response.start":
            self._start = message
            return
        events: list[Any] = []
        if self._start is not None:
            start, self._start = self._start, None
            headers = self._headers(start, is_whole=not message.get("more_body", False))
            events.append(h11.Response(status_code=start["status"], headers=headers))
        if message.get("body"):
            events.append(h11.Data(data=message["body"]))
        is_last = not message.get("more_body", False)
        if is_last:
            events.append(h11.EndOfMessage())
        await self._wire.send(*events)
        if is_last:
            # Not before it is sent: who waits in `receive` ends the application, and so this.
            self.is_complete = True
            if self._waiting is not None:
                self._waiting.cancel()

    def _headers(self, start: Message, *, is_whole: bool) -> list[tuple[bytes, bytes]]:
        """Return the headers of the answer; one says that the connection ends, if it does."""
        headers = [(bytes(name), bytes(value)) for name, value in start.get("headers", ())]
        while is_whole and not self._body_ended and self._at_hand() is not None:
            pass  # it is here, and nobody asked for it
        if not self._body_ended and not any(name == b"connection" for name, _ in headers):
            # What comes behind a body that nobody has read cannot be told from it.
            headers.append((b"connection", b"close"))
        return headers

    async def refuse(self, status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Answer with a plain sentence."""
        body = f"{text}\n".encode()
        plain = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))), *headers]
        encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in plain]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})
        await self.send({"type": "http.response.body", "body": body})

    @property
    def is_gone(self) -> bool:
        """Whether the client has left."""
        return self._wire.is_gone

    @property
    def has_begun(self) -> bool:
        """Whether a part of the answer has been written."""
        return self._wire.parser.our_state is not h11.SEND_RESPONSE
