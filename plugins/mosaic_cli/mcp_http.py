"""The client side of Streamable HTTP on loopback: requests, and the messages that answer them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import h11
import trio

_CHUNK = 2**16
_CONNECT_SECONDS = 10.0
_OK = 200


class Response:
    """An answer: its head, and what comes after it. `text` is the body of one that holds no messages."""

    def __init__(self, stream: trio.SocketStream, parser: h11.Connection, head: h11.Response) -> None:
        self.status = head.status_code
        self.headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
        self.text = ""
        self._stream = stream
        self._parser = parser

    async def messages(self) -> AsyncIterator[str]:
        """Iterate over the messages: the one that is the body, or the events of the stream."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        if kind == "text/event-stream":
            async for text in self._events():
                yield text
            return
        body = b"".join([data async for data in self._parts()]).decode("utf-8", "replace")
        if kind == "application/json" and body.strip():
            yield body
        else:
            self.text = body

    async def _events(self) -> AsyncIterator[str]:
        lines: list[str] = []
        kept = b""
        async for data in self._parts():
            *whole, kept = (kept + data).split(b"\n")
            for line in whole:
                text = line.rstrip(b"\r").decode("utf-8", "replace")
                if text.startswith("data:"):
                    lines.append(text[5:].removeprefix(" "))
                elif not text and lines:
                    found, lines = "\n".join(lines), []
                    if found:  # an empty one only says where to read on
                        yield found

    async def _parts(self) -> AsyncIterator[bytes]:
        while True:
            event = self._parser.next_event()
            if event is h11.NEED_DATA:
                self._parser.receive_data(await self._stream.receive_some(_CHUNK))
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
            else:
                return


class HttpEndpoint:
    """One address; `headers` go with every request. Connections are used again."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._target = parts.path or "/"
        self._headers = {
            "host": parts.netloc,
            "accept": "application/json, text/event-stream",
            "content-type": "application/json",
            **headers,
        }
        self._free: list[tuple[trio.SocketStream, h11.Connection]] = []

    @asynccontextmanager
    async def post(self, body: bytes, headers: Mapping[str, str]) -> AsyncIterator[Response]:
        """Send a message, and give what answers it. Leaving early closes the connection."""
        async with self._asked("POST", {**headers, "content-length": str(len(body))}, body) as response:
            yield response

    @asynccontextmanager
    async def listen(self, headers: Mapping[str, str]) -> AsyncIterator[Response]:
        """Open the stream on which the endpoint speaks by itself."""
        async with self._asked("GET", headers, b"") as response:
            yield response

    async def forget(self, headers: Mapping[str, str]) -> None:
        """End a session."""
        async with self._asked("DELETE", headers, b""):
            pass

    @asynccontextmanager
    async def _asked(self, method: str, headers: Mapping[str, str], body: bytes) -> AsyncIterator[Response]:
        stream, parser, head = await self._sent(method, headers, body)
        is_reusable = False
        try:
            yield Response(stream, parser, head)
            is_reusable = parser.our_state is h11.DONE and parser.their_state is h11.DONE
        except h11.RemoteProtocolError as error:
            raise OSError(f"it ended in the middle of an answer ({error})") from None
        finally:
            if is_reusable:
                parser.start_next_cycle()
                self._free.append((stream, parser))
            else:
                await trio.aclose_forcefully(stream)

    async def _sent(
        self, method: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[trio.SocketStream, h11.Connection, h11.Response]:
        request = h11.Request(
            method=method, target=self._target, headers=list({**self._headers, **headers}.items())
        )
        while True:
            is_used = bool(self._free)
            if is_used:
                stream, parser = self._free.pop()
            else:
                with trio.fail_after(_CONNECT_SECONDS):
                    stream = await trio.open_tcp_stream(self._host, self._port)
                parser = h11.Connection(h11.CLIENT)
            try:
                return stream, parser, await _head(stream, parser, request, body)
            except (h11.RemoteProtocolError, trio.BrokenResourceError) as error:
                await trio.aclose_forcefully(stream)
                # One that lay idle may have been closed meanwhile; then nothing was done with the request.
                if not is_used:
                    raise OSError(f"it closed the connection ({error})") from None
            except BaseException:
                await trio.aclose_forcefully(stream)
                raise


async def _head(stream: trio.SocketStream, parser: h11.Connection, request: h11.Request, body: bytes) -> Any:
    events: list[Any] = [request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()]
    await stream.send_all(b"".join(parser.send(event) or b"" for event in events))
    while True:
        event = parser.next_event()
        if event is h11.NEED_DATA:
            parser.receive_data(await stream.receive_some(_CHUNK))
        elif isinstance(event, h11.Response):
            return event
        elif event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
            raise h11.RemoteProtocolError("the connection was closed")
