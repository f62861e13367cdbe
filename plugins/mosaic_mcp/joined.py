"""A system in another process of this project, reached through its control socket.

One connection carries every call. Where it ends, what is in flight fails; the next call looks for whoever
listens then, and connects anew.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.wire import (
    CANCEL,
    Failure,
    LineBuffer,
    Message,
    Notification,
    Request,
    Response,
    decode,
    encode,
    error_from_data,
)

_CHUNK = 2**16
_CONNECT_SECONDS = 5.0
_SEND_SECONDS = 30.0
_GOODBYE_SECONDS = 0.5
_CREDENTIALS = struct.Struct("3i")
_GONE = Unavailable(
    "system-ended",
    "the running Mosaic that this server had joined has ended",
    hint="Ask the person to start `mosaic run` again, or to restart this MCP server: it then starts one.",
)


@attrs.define(eq=False)
class _Link:
    """One connection, and what is in flight on it."""

    stream: trio.SocketStream
    waiting: dict[int, trio.MemorySendChannel[Any]] = attrs.field(factory=dict)
    sending: trio.Lock = attrs.field(factory=trio.Lock)
    is_open: bool = True


class JoinedSystem:
    """Whichever system runs for a project; `directory` holds the control sockets."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._link: _Link | None = None
        self._connecting = trio.Lock()
        self._nursery: trio.Nursery | None = None
        self._count = 0
        self._back = trio.Event()

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[JoinedSystem]:
        """Stay connected for as long as the context lasts."""
        async with trio.open_nursery() as self._nursery:
            try:
                yield self
            finally:
                self._nursery.cancel_scope.cancel()

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out a query or command there."""
        async with self._asked("dispatch", operation, data) as answers:
            async for message in answers:
                if isinstance(message, Response):
                    return message.result
        raise _GONE

    async def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream there."""
        async with self._asked("follow", operation, data) as answers:
            async for message in answers:
                if isinstance(message, Response):
                    return
                yield message.params.get("item")
        raise _GONE

    async def until_back(self) -> None:
        """Return when a connection has been made anew."""
        await self._back.wait()

    @asynccontextmanager
    async def _asked(
        self, method: str, operation: str, data: Mapping[str, Any]
    ) -> AsyncIterator[AsyncIterator[Any]]:
        link = await self._connected()
        self._count += 1
        request = Request(id=self._count, method=method, params={"operation": operation, "input": dict(data)})
        into, answers = trio.open_memory_channel[Any](math.inf)
        link.waiting[self._count] = into
        is_answered = False

        async def told() -> AsyncIterator[Any]:
            nonlocal is_answered
            async for message in answers:
                is_answered = not isinstance(message, Notification)
                if isinstance(message, Failure):
                    raise error_from_data(message.error)
                yield message

        try:
            await self._send(link, request)
            yield told()
        finally:
            link.waiting.pop(request.id if isinstance(request.id, int) else 0, None)
            if link.is_open and not is_answered:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _GOODBYE_SECONDS):
                    await self._send(link, Notification(method=CANCEL, params={"id": request.id}))

    async def _send(self, link: _Link, message: Message) -> None:
        try:
            async with link.sending:
                with trio.fail_after(_SEND_SECONDS):
                    await link.stream.send_all(encode(message))
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
            self._end(link)

    async def _connected(self) -> _Link:
        async with self._connecting:
            if self._link is None:
                assert self._nursery is not None  # noqa: S101 - it is used inside of `joined`
                self._link = _Link(await self._found())
                self._nursery.start_soon(self._read, self._link)
                back, self._back = self._back, trio.Event()
                back.set()
            return self._link

    async def _found(self) -> trio.SocketStream:
        for path in _newest_first(self._directory):
            with suppress(OSError, trio.TooSlowError):
                with trio.fail_after(_CONNECT_SECONDS):
                    stream = await trio.open_unix_socket(str(path))
                if _is_same_user(stream):
                    return stream
                await trio.aclose_forcefully(stream)
        raise _GONE

    async def _read(self, link: _Link) -> None:
        lines = LineBuffer()
        try:
            while data := await link.stream.receive_some(_CHUNK):
                for line in lines.feed(data):
                    self._deliver(link, decode(line))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            self._end(link)
            await trio.aclose_forcefully(link.stream)

    def _deliver(self, link: _Link, message: Message) -> None:
        number = message.params.get("id") if isinstance(message, Notification) else message.id
        into = link.waiting.get(number) if isinstance(number, int) else None
        if into is not None:
            into.send_nowait(message)

    def _end(self, link: _Link) -> None:
        link.is_open = False
        if self._link is link:
            self._link = None
        for into in link.waiting.values():
            into.close()


def _newest_first(directory: Path) -> list[Path]:
    # Where the path is too long for a socket it is a link, and another one after each system.
    return sorted(Path(os.path.realpath(directory)).glob("[0-9]*.sock"), key=_age)


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _is_same_user(stream: trio.SocketStream) -> bool:
    import socket

    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True  # the modes of the directory and of the socket have decided it
    data = stream.socket.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    user: int = _CREDENTIALS.unpack(data)[1]
    return user == os.getuid()
