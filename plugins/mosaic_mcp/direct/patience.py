"""Direct calls that do not end soon: their client may leave, and must hear that they go on.

Most calls end before anybody would look, so that nothing is started for one: a single task looks ten times a
second at those that are new, and sleeps while there are none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import trio

_LOOK_SECONDS = 0.1
_PING_SECONDS = 15.0
_PING = b": ping\r\n\r\n"
_STREAM = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
)
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Header = tuple[bytes, bytes]


class HttpCall:
    """One call in flight. `on_left` is called when its client has left."""

    __slots__ = (
        "_headers",
        "_is_answered",
        "_is_streaming",
        "_lock",
        "_receive",
        "_send",
        "_watching",
        "number",
        "on_left",
    )

    def __init__(
        self, receive: Receive, send: Send, headers: tuple[Header, ...], on_left: Callable[[], None]
    ) -> None:
        self.on_left = on_left
        self.number = 0
        self._receive = receive
        self._send = send
        self._headers = headers
        self._is_answered = False
        self._is_streaming = False
        self._lock: trio.Lock | None = None
        self._watching: trio.CancelScope | None = None

    async def answer(self, body: bytes, *, as_event: bool = False) -> None:
        """Send the answer: as it is, or as the last event of the stream that was begun; or as the only event of
        one (`as_event`).
        """
        self._is_answered = True
        if self._lock is None:
            await (self._send_event(body) if as_event else self._send_json(body))
            return
        async with self._lock:
            await (self._send_event(body) if as_event or self._is_streaming else self._send_json(body))
            self.leave()

    def leave(self) -> None:
        """Look no more after it."""
        if self._watching is not None:
            self._watching.cancel()

    def begin_watching(self) -> None:
        """Say that somebody looks after it from now on."""
        self._lock = trio.Lock()
        self._watching = trio.CancelScope()

    async def watch(self) -> None:
        """Look after it until it ends."""
        assert self._watching is not None  # noqa: S101 - it began
        with self._watching:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._until_left)
                while True:
                    await trio.sleep(_PING_SECONDS)
                    await self._ping()

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._is_answered:  # what has its answer is over, which looks the same
            self.on_left()

    async def _ping(self) -> None:
        assert self._lock is not None  # noqa: S101 - it is watched
        async with self._lock:
            # Half a message would spoil the answer, which may come at any time.
            with trio.CancelScope(shield=True):
                await self._begin_stream()
                await self._send({"type": "http.response.body", "body": _PING, "more_body": True})

    async def _begin_stream(self) -> None:
        if not self._is_streaming:
            self._is_streaming = True
            headers = (*_STREAM, *self._headers)
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _send_event(self, body: bytes) -> None:
        await self._begin_stream()
        event = b"".join((b"event: message\r\ndata: ", body, b"\r\n\r\n"))
        await self._send({"type": "http.response.body", "body": event})

    async def _send_json(self, body: bytes) -> None:
        length = (b"content-length", b"%d" % len(body))
        headers = ((b"content-type", b"application/json"), length, *self._headers)
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


class Patience:
    """Looks after the calls in flight."""

    def __init__(self) -> None:
        self._calls: dict[HttpCall, None] = {}
        self._count = 0
        self._wake: trio.Event | None = None

    def enter(self, call: HttpCall) -> None:
        """Look after a call, should it last."""
        self._count += 1
        call.number = self._count
        self._calls[call] = None
        if self._wake is not None:
            self._wake.set()
            self._wake = None

    def leave(self, call: HttpCall) -> None:
        """Look after it no more."""
        self._calls.pop(call, None)
        call.leave()

    async def run(self) -> None:
        """Look, for as long as there is something to look at."""
        looked = 0
        async with trio.open_nursery() as nursery:
            while True:
                if not self._calls:
                    wake = self._wake = trio.Event()
                    await wake.wait()
                await trio.sleep(_LOOK_SECONDS)
                for call in [call for call in self._calls if call.number <= looked]:
                    # Who waits for work may do so for hours: nobody looks ten times a second meanwhile.
                    del self._calls[call]
                    call.begin_watching()
                    nursery.start_soon(call.watch)
                looked = self._count
