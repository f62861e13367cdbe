"""One request and its answer over HTTP/1.1, as an ASGI application sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import h11
import trio

from .wire import Wire, acquired

Message = dict[str, Any]
_GONE: Message = {"type": "http.disconnect"}
_EVENTS = b"text/event-stream"
ENDLESS = "mosaic.endless"
"""The extension of ASGI by which an application says that its answer has no end: nobody waits for it then."""
END = "mosaic.end"
"""The extension of ASGI by which an application ends the connection, itself included: its client has left."""


def scope_of(
    request: h11.Request, scheme: str, client: Any, server: Any, end: Callable[[], None]
) -> dict[str, Any]:
    """Return what ASGI says of a request, but for its type. `end` ends the connection."""
    path, _, query = request.target.partition(b"?")
    return {
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": request.http_version.decode("ascii"),
        "scheme": scheme,
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(request.headers),
        "client": client,
        "server": server,
        "extensions": {END: end},
        "state": {},
    }


class Exchange:
    """One request; `receive` and `send` are those of ASGI. `is_late`: its body did not come in time;
    `is_stream`: its answer is one that has no end, such as events that were asked for with GET. `begins` is
    called when the answer does, and tells whether the connection ends with it.
    """

    def __init__(self, wire: Wire, scope: dict[str, Any], deadline: float, begins: Callable[[], bool]) -> None:
        self.is_complete = False
        self.is_late = False
        self.is_stream = False
        self.scope = scope
        self._wire = wire
        self._deadline = deadline
        self._begins = begins
        self._body_ended = False
        self._start: Message | None = None
        self._receiving = trio.Lock()
        self._waiting: trio.CancelScope | None = None
        scope["extensions"][ENDLESS] = self._has_no_end

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

    def pass_over_body(self) -> None:
        """Take a body that nobody asked for, if all of it is here, so that the connection can go on."""
        while not self._body_ended and self._at_hand() is not None:
            pass

    def _at_hand(self) -> Message | None:
        """Return the body, if it came together with its head, as most do."""
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
            if found is None:
                self._wire.is_gone = True
            return found or _GONE
        self.is_late = True
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
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        return {"type": "http.request", "body": body, "more_body": not self._body_ended}

    def forget(self) -> None:
        """Let go of what leads back here, so that nothing of a request waits for the garbage collector."""
        self.scope["extensions"].pop(ENDLESS, None)

    def _has_no_end(self) -> None:
        self.is_stream = True

    async def send(self, message: Message) -> None:
        """Write a part of the answer."""
        if self.is_complete:
            return
        if message["type"] == "http.response.start":
            self._start = message
            self.is_stream |= self.scope["method"] == "GET" and _has_events(message)
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
        await self._wire.say(*events)
        if self._wire.is_gone and self._waiting is not None:
            self._waiting.cancel()  # who waits for that would else wait for a client that only does not read
        if is_last:
            # Not before it is sent: who waits in `receive` ends the application, and so this.
            self.is_complete = True
            if self._waiting is not None:
                self._waiting.cancel()

    def _headers(self, start: Message, *, is_whole: bool) -> list[tuple[bytes, bytes]]:
        """Return the headers of the answer; one says that the connection ends, if it does."""
        headers = [(bytes(name), bytes(value)) for name, value in start.get("headers", ())]
        if is_whole:
            self.pass_over_body()
        # What comes behind a body that nobody has read cannot be told from it.
        is_last = self._begins() or not self._body_ended
        if is_last and not any(name == b"connection" for name, _ in headers):
            headers.append((b"connection", b"close"))
        return headers

    async def refuse(self, status: int, text: str) -> None:
        """Answer with a plain sentence."""
        body = f"{text}\n".encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    @property
    def is_gone(self) -> bool:
        """Whether the client has left."""
        return self._wire.is_gone

    @property
    def has_begun(self) -> bool:
        """Whether a part of the answer has been written."""
        return self._wire.parser.our_state is not h11.SEND_RESPONSE


def _has_events(start: Message) -> bool:
    return any(
        bytes(name).lower() == b"content-type" and bytes(value).startswith(_EVENTS)
        for name, value in start.get("headers", ())
    )
