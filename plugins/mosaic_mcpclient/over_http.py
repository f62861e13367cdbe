"""MCP with an address over Streamable HTTP, for the SDK's client: answers are bounded, and nothing is followed
elsewhere.

Refuses compressed answers, whose length says nothing, proxies of the environment, and the stream of a
server's own messages, which the client would open again and again.
"""

from __future__ import annotations

import os
import string
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client.streamable_http import streamable_http_client

from mosaic_hookspecs import Unavailable

_EVENTS = 16
_CONNECTIONS = httpx2.Limits(max_connections=32, max_keepalive_connections=4)


def filled_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with their ``${NAME}`` filled in.

    Raises:
        Unavailable: a variable is not set.
    """
    try:
        return {name: string.Template(text).substitute(os.environ) for name, text in headers.items()}
    except KeyError as error:
        raise Unavailable(
            "no-variable",
            f"the environment variable {error.args[0]} is not set, which a header needs",
            hint="Set it where Mosaic is started.",
        ) from None


@asynccontextmanager
async def over_http(
    url: str, headers: Mapping[str, str], message_bytes: int, seconds: float
) -> AsyncIterator[Any]:
    """Speak with an address; yields the streams that the SDK's client takes."""
    transport = _Bounded(httpx2.AsyncHTTPTransport(limits=_CONNECTIONS), message_bytes)
    timeout = httpx2.Timeout(seconds, read=None)  # each call has a deadline of its own
    given = {**headers, "Accept-Encoding": "identity"}
    async with (
        httpx2.AsyncClient(transport=transport, headers=given, timeout=timeout, trust_env=False) as http,
        streamable_http_client(url, http_client=http, max_sse_event_size=message_bytes) as streams,
    ):
        yield streams


class _Bounded(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport, message_bytes: int) -> None:
        self._inner = inner
        self._message_bytes = message_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(405, request=request)
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("the answer is compressed, which was not asked for", request=request)
        is_stream = response.headers.get("content-type", "").startswith("text/event-stream")
        most = self._message_bytes * (_EVENTS if is_stream else 1)
        response.stream = _BoundedStream(response.stream, most)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: Any, most: int) -> None:
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._left -= len(piece)
            if self._left < 0:
                raise httpx2.ReadError("the answer is longer than a message may be")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
