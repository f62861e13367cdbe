"""One request over HTTP, and its answer piece by piece: bounded in bytes, in silence and in time.

Retries nothing. Leaving it early, as a cancellation does, closes the connection, by which the endpoint learns
that nobody listens any more.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

import h11
import trio

from .configuration import KINDS, Endpoint
from .connecting import Connection, NoWay, connect
from .draft import Draft
from .failures import Failures
from .receiving import Head, receive
from .wire import Broken, Wire, address_of

_PIECE = 65536
T = TypeVar("T")


class Exchange:
    """Carries requests to one endpoint.

    Args:
        endpoint: where it is and what it may take.
        wire: what it speaks.
        failures: how what goes wrong is told.
    """

    def __init__(self, endpoint: Endpoint, wire: Wire, failures: Failures) -> None:
        self._endpoint = endpoint
        self._wire = wire
        self._failures = failures
        self._address = urlsplit(address_of(endpoint.url or KINDS[endpoint.kind], wire.path))
        self._trusted = ssl.create_default_context() if self._address.scheme == "https" else None

    async def ask(self, body: Mapping[str, Any], key: str) -> Draft:
        """Send a request; return what was answered.

        Raises:
            MosaicError: as the port's contract says.
        """
        secrets = [key, *self._endpoint.headers.values()]
        try:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        except (TypeError, ValueError, RecursionError) as error:
            raise self._failures.refused(f"it is no JSON ({type(error).__name__})") from None
        connection = await self._connect()
        try:
            return await self._converse(connection, self._headers(connection, content, key), content, secrets)
        except Broken as broken:
            raise self._failures.of_kind(broken.kind, broken.words, secrets) from None
        except h11.LocalProtocolError:
            raise self._failures.refused("its key or its headers cannot be sent") from None
        except (h11.RemoteProtocolError, trio.BrokenResourceError, ssl.SSLError) as error:
            raise self._failures.unreachable(f"broke off the answer ({type(error).__name__})") from None
        finally:
            await trio.aclose_forcefully(connection.stream)

    async def _connect(self) -> Connection:
        seconds = self._endpoint.connect_seconds
        try:
            with trio.move_on_after(seconds):
                return await connect(self._address, self._trusted)
        except NoWay as error:
            where = f"{self._address.scheme}://{self._address.netloc}{self._address.path}"
            raise self._failures.unreachable(f"cannot be reached at {where}: {error}") from None
        raise self._failures.unreachable(f"did not take the connection within {seconds:g} s (connect_seconds)")

    async def _converse(
        self, connection: Connection, headers: list[tuple[str, str]], content: bytes, secrets: list[str]
    ) -> Draft:
        wire = h11.Connection(h11.CLIENT)
        request = h11.Request(method="POST", target=connection.target, headers=headers)
        data = wire.send(request) + wire.send(h11.Data(data=content)) + wire.send(h11.EndOfMessage())
        stream = connection.stream
        # Where sending breaks off it may have answered already, for instance that this is too long.
        with suppress(trio.BrokenResourceError):
            await self._in_time(stream.send_all(data))
        head = await self._head(stream, wire)
        async with aclosing(self._pieces(stream, wire)) as pieces:
            return await receive(head, pieces, self._wire, self._failures, secrets)

    def _headers(self, connection: Connection, content: bytes, key: str) -> list[tuple[str, str]]:
        wire, endpoint = self._wire, self._endpoint
        headers = {
            "host": connection.host,
            "content-type": "application/json",
            "accept": "text/event-stream, application/json",
            "accept-encoding": "identity",
            "user-agent": "mosaic",
            **wire.fixed_headers(),
            **{name.lower(): value for name, value in endpoint.headers.items()},
        }
        if key:
            own = endpoint.key_header.lower()
            headers[own or wire.key_header] = key if own else wire.key_value(key)
        headers |= {"content-length": str(len(content)), "connection": "close"}
        return [*headers.items(), *connection.headers]

    async def _head(self, stream: trio.abc.Stream, wire: h11.Connection) -> Head:
        while True:
            event = await self._next(stream, wire)
            if isinstance(event, h11.Response):
                fields = {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}
                return Head(status=event.status_code, fields=fields)
            if not isinstance(event, h11.InformationalResponse):
                raise self._failures.unreachable("ended the connection without an answer")

    async def _pieces(self, stream: trio.abc.Stream, wire: h11.Connection) -> AsyncGenerator[bytes, None]:
        total = 0
        while isinstance(event := await self._next(stream, wire), h11.Data):
            total += len(event.data)
            if total > self._endpoint.max_bytes:
                raise self._failures.malformed(
                    f"answered with more than {self._endpoint.max_bytes} bytes (max_bytes)"
                )
            yield bytes(event.data)

    async def _next(self, stream: trio.abc.Stream, wire: h11.Connection) -> Any:
        while (event := wire.next_event()) is h11.NEED_DATA:
            wire.receive_data(bytes(await self._in_time(stream.receive_some(_PIECE))))
        return event

    async def _in_time(self, awaitable: Awaitable[T]) -> T:
        seconds = self._endpoint.silence_seconds
        with trio.move_on_after(seconds):
            return await awaitable
        raise self._failures.unreachable(f"said nothing for {seconds:g} s (silence_seconds)")
