"""One request, as the application has it: its head, its path in parts, its body, whether its sender left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import attrs
import trio

from mosaic_hookspecs.errors import InputError

from .answers import Send
from .beside import beside
from .guard import Visitor

Receive = Callable[[], Awaitable[Any]]


class BoundedBody:
    """A body that is given up when it is longer than `most` bytes; `error` says so then.

    Raises:
        InputError: it says so itself (code ``body-too-long``).
    """

    def __init__(self, receive: Receive, headers: Mapping[bytes, bytes], most: int) -> None:
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > most:
            raise _too_long(most, f"{length.decode()} bytes")
        self.error: InputError | None = None
        self._receive = receive
        self._left = most
        self._most = most

    async def receive(self) -> Any:
        """Return the next part; that the client has left, when there were too many."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.error = _too_long(self._most, "more")
            return {"type": "http.disconnect"}
        return message


class Left(Exception):
    """The client has left before its request was complete, or its body did not come in time."""


@attrs.frozen(kw_only=True)
class Request:
    """A request that was let in. `method` is GET for HEAD too: the body is left out at the end."""

    method: str
    segments: tuple[str, ...]
    query: bytes
    headers: Mapping[bytes, bytes]
    scope: Mapping[str, Any]
    visitor: Visitor
    receive: Receive
    send: Send

    def header(self, name: bytes) -> str:
        """Return a header; "" if it is not there."""
        return self.headers.get(name, b"").decode("latin-1")

    async def body(self, most: int) -> bytes:
        """Return the whole body.

        Raises:
            InputError: it is longer than `most` bytes (code ``body-too-long``).
            Left: it does not come.
        """
        length = self.header(b"content-length")
        if length.isdigit() and int(length) > most:
            raise _too_long(most, f"{length} bytes")
        parts, size = [], 0
        while True:
            message = await self.receive()
            if message["type"] != "http.request":
                raise Left
            parts.append(message["body"])
            size += len(message["body"])
            if size > most:
                raise _too_long(most, "more")
            if not message.get("more_body", False):
                return b"".join(parts)

    async def until_left(self) -> None:
        """Return when the client has left, once its body was read."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def unless_left(request: Request, work: Callable[[], Awaitable[Any]]) -> Any:
    """Return what `work` returns; it is cancelled if the client leaves.

    Raises:
        Left: the client has left.
    """
    with trio.CancelScope() as scope:

        async def watch() -> None:
            await request.until_left()
            scope.cancel()

        async with beside(watch):
            return await work()
    raise Left


def segments_of(raw_path: bytes) -> tuple[str, ...]:
    """Return the parts of a path, each decoded by itself: an encoded slash is a part of a name.

    Raises:
        InputError: it is no UTF-8, or has parts that lead elsewhere (code ``bad-path``).
    """
    try:
        parts = tuple(unquote_to_bytes(part).decode("utf-8") for part in raw_path.strip(b"/").split(b"/"))
    except UnicodeDecodeError:
        raise InputError("bad-path", "the path is not UTF-8", where="path") from None
    for part in parts:
        if part in (".", "..") or "\x00" in part:
            raise InputError("bad-path", "the path has parts that lead elsewhere", where="path")
    return parts


def _too_long(most: int, got: str) -> InputError:
    return InputError(
        "body-too-long", "the body is too long", where="body", expected=f"at most {most} bytes", got=got
    )
