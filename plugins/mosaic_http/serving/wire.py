"""The bytes of one connection: read and written within deadlines."""

from __future__ import annotations

import os
from typing import Any

import h11
import trio

_CHUNK = 2**16


class Wire:
    """One connection. `is_gone` once its client has left, or was given up; `has_waited` says that others had
    their turn since it was last set to False.
    """

    def __init__(self, stream: trio.abc.Stream, send_seconds: float, most_ahead: int) -> None:
        self.parser = h11.Connection(h11.SERVER)
        self.is_gone = False
        self.has_waited = False
        self._stream = stream
        # What is written at once goes past trio, and so only where nothing lies between.
        self._descriptor = stream.socket.fileno() if isinstance(stream, trio.SocketStream) else None
        self._send_seconds = send_seconds
        self._most_ahead = most_ahead
        self._sending = trio.Lock()

    @property
    def has_begun(self) -> bool:
        """Whether a part of a request has come."""
        return bool(self.parser.trailing_data[0])

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
                await self.say(h11.InformationalResponse(status_code=100, headers=[]))
            self.parser.receive_data(await self.receive())

    async def until_gone(self) -> None:
        """Return when the client has left; what it sends ahead is kept, and bounded."""
        ahead = 0
        while not self.is_gone:
            data = await self.receive()
            self.parser.receive_data(data)
            ahead += len(data)
            if ahead > self._most_ahead:
                self.is_gone = True

    async def say(self, *events: Any) -> None:
        """Write events of HTTP at once."""
        await self.send(b"".join([self.parser.send(event) or b"" for event in events]))

    async def send(self, data: bytes) -> None:
        """Write bytes; a client that does not read them in time is gone, and gets nothing more."""
        if self.is_gone or not data:
            return
        await acquired(self._sending)
        try:
            if self._descriptor is not None:
                # Most answers fit into what the system keeps for a socket: then nobody waits.
                data = _written_at_once(self._descriptor, data)
                if not data:
                    return
            with trio.CancelScope(deadline=trio.current_time() + self._send_seconds) as scope:
                await self._stream.send_all(data)
            if scope.cancelled_caught:
                self.is_gone = True
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            self.is_gone = True
        except BaseException:
            self.is_gone = True  # a part may be written, and nothing fits behind it
            raise
        finally:
            self._sending.release()

    async def receive(self) -> bytes:
        """Return what comes next; nothing: the client has left."""
        self.has_waited = True
        try:
            data = bytes(await self._stream.receive_some(_CHUNK))
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            self.is_gone = True
        return data


async def acquired(lock: trio.Lock) -> None:
    """Acquire a lock; at once, and without a turn for others, where nobody has it."""
    try:
        lock.acquire_nowait()
    except trio.WouldBlock:
        await lock.acquire()


def _written_at_once(descriptor: int, data: bytes) -> bytes:
    """Write what there is room for; return the rest."""
    try:
        count = os.write(descriptor, data)
    except BlockingIOError:
        return data
    return data[count:]
