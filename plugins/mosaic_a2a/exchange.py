"""HTTP to one agent: a request, and its answer whole or as a stream of events. Over TLS that is verified.

Owns the connection of each request, which carries no second one. Refuses redirects, compression, and answers
without end.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from urllib.parse import SplitResult

import h11
import trio

from mosaic_hookspecs import InputError

from .addresses import authority, port_of
from .event_lines import EventLines

_PIECE = 65536
_OK = 200
_SHOWN = 300


class Broken(Exception):
    """There was no whole answer; the words say why."""


class Rejected(Exception):
    """The server answered with another status than 200."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"HTTP status {status}" + (f": {words}" if words else ""))
        self.status = status


class Exchange:
    """Carries requests to one agent.

    Args:
        headers: what every request has, the credential among them.
        ca_file: certificates to trust instead of the machine's.
        connect_seconds: how long a connection may take.
        longest: the most bytes of an answer, or of an event.
    """

    def __init__(self, headers: Mapping[str, str], ca_file: str, connect_seconds: float, longest: int) -> None:
        self._headers = headers
        self._ca_file = ca_file
        self._connect_seconds = connect_seconds
        self._longest = longest

    async def fetch(self, address: SplitResult, body: bytes | None = None) -> bytes:
        """Return the whole answer to a GET, or to a POST of `body`.

        Raises:
            Broken: there is none.
            Rejected: the server refuses.
        """
        data = bytearray()
        async with aclosing(self._pieces(address, body, "application/json")) as pieces:
            async for piece in pieces:
                data += piece
                if len(data) > self._longest:
                    raise Broken(f"the answer has more than {self._longest} bytes")
        return bytes(data)

    async def follow(self, address: SplitResult, body: bytes) -> AsyncGenerator[str, None]:
        """Yield the data of each event of the answer's stream; to be closed if it is left early.

        Raises:
            Broken: it broke off.
            Rejected: the server refuses.
        """
        events = EventLines(self._longest)
        async with aclosing(self._pieces(address, body, "text/event-stream, application/json")) as pieces:
            async for piece in pieces:
                for event in events.feed(piece):
                    yield event
                if events.is_too_long:
                    raise Broken(f"an event has more than {self._longest} bytes")
        for event in events.finish():
            yield event

    async def _pieces(
        self, address: SplitResult, body: bytes | None, accept: str
    ) -> AsyncGenerator[bytes, None]:
        stream = await self._connect(address)
        wire = h11.Connection(h11.CLIENT)
        try:
            await self._send(stream, wire, address, body, accept)
            head = await _next(stream, wire)
            while isinstance(head, h11.InformationalResponse):
                head = await _next(stream, wire)
            if not isinstance(head, h11.Response):
                raise Broken("the server ended the connection without an answer")
            encoding = dict(head.headers).get(b"content-encoding", b"identity")
            if encoding.lower() != b"identity":
                raise Broken("the server compresses its answer, though asked not to")
            if head.status_code != _OK:
                event = await _next(stream, wire)
                shown = bytes(event.data[:_SHOWN]) if isinstance(event, h11.Data) else b""
                raise Rejected(head.status_code, " ".join(shown.decode(errors="replace").split()))
            while isinstance(event := await _next(stream, wire), h11.Data):
                yield bytes(event.data)
        except (h11.RemoteProtocolError, trio.BrokenResourceError, ssl.SSLError) as error:
            raise Broken(f"the connection broke off ({type(error).__name__})") from None
        finally:
            await trio.aclose_forcefully(stream)

    async def _send(
        self,
        stream: trio.abc.Stream,
        wire: h11.Connection,
        address: SplitResult,
        body: bytes | None,
        accept: str,
    ) -> None:
        headers = {
            "host": authority(address),
            "accept": accept,
            "accept-encoding": "identity",
            "user-agent": "mosaic",
            "connection": "close",
            **{name.lower(): value for name, value in self._headers.items()},
        }
        if body is not None:
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        method = "GET" if body is None else "POST"
        try:
            data = wire.send(h11.Request(method=method, target=target, headers=list(headers.items())))
        except h11.LocalProtocolError as error:
            raise InputError("bad-header", "the headers for the agent cannot be sent", got=str(error)) from None
        if body:
            data += wire.send(h11.Data(data=body))
        await stream.send_all(data + wire.send(h11.EndOfMessage()))

    async def _connect(self, address: SplitResult) -> trio.abc.Stream:
        host = address.hostname or ""
        with trio.move_on_after(self._connect_seconds):
            try:
                stream: trio.abc.Stream = await trio.open_tcp_stream(host, port_of(address))
            except OSError as error:
                raise Broken(f"nobody answers at {authority(address)} ({_words(error)})") from None
            if address.scheme != "https":
                return stream
            try:
                secured = trio.SSLStream(stream, self._trusted(), server_hostname=host, https_compatible=True)
                await secured.do_handshake()
            except (trio.BrokenResourceError, ssl.SSLError) as error:
                await trio.aclose_forcefully(stream)
                cause = error.__cause__ or error
                why = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "it broke off"
                raise Broken(f"no trustworthy TLS connection to {authority(address)}: {why}") from None
            except BaseException:
                await trio.aclose_forcefully(stream)
                raise
            return secured
        raise Broken(f"no connection to {authority(address)} within {self._connect_seconds:g} seconds")

    def _trusted(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file or None)
        except OSError as error:
            raise InputError(
                "bad-certificates",
                "the certificates to trust cannot be read",
                where="plugins.a2a.agents.*.ca_file",
                got=f"{self._ca_file}: {error}",
            ) from error


async def _next(stream: trio.abc.Stream, wire: h11.Connection) -> object:
    while (event := wire.next_event()) is h11.NEED_DATA:
        wire.receive_data(bytes(await stream.receive_some(_PIECE)))
    return event


def _words(error: OSError) -> str:
    cause = error.__cause__
    if isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[-1]
    return getattr(cause, "strerror", None) or error.strerror or "the name cannot be looked up"
