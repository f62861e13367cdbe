"""One connection: reads requests, carries them out side by side, and sends what comes of them.

Owns the limits on what a client may take: the length of a line and the time it takes, requests in flight,
time to read an answer, idleness. What a client has asked for ends with its connection.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, MosaicError, Refused, Unavailable
from mosaic_hookspecs.wire import (
    CANCEL,
    CANCELLED,
    Failure,
    LineBuffer,
    Notification,
    Request,
    Response,
    decode,
    encode,
    error_to_data,
)

from .calls import CHANGES, FOLLOW, answer
from .settings import Config

_CHUNK = 2**16
_GOODBYE_SECONDS = 0.5


class Connection:
    """A client of the same user, at the other end of `stream`; `on_answer` is called after each answer."""

    def __init__(
        self, stream: trio.abc.Stream, context: Context, config: Config, on_answer: Callable[[], None]
    ) -> None:
        self._stream = stream
        self._context = context
        self._config = config
        self._on_answer = on_answer
        self._sending = trio.Lock()
        self._requests: dict[int | str, tuple[Request, trio.CancelScope]] = {}
        self._answering: set[trio.CancelScope] = set()
        self._reading = trio.CancelScope()
        self._busy_at = 0.0
        self._is_finishing = False
        self._is_ending = False

    async def serve(self) -> None:
        """Serve until the client is gone, breaks a limit, or `finish` was called and nothing is in flight.
        When it is cancelled it takes half a second at most to tell the client.
        """
        try:
            async with trio.open_nursery() as nursery:
                try:
                    with self._reading:
                        await self._read(nursery)
                finally:
                    self._is_ending = True
                    for scope in self._answering:
                        scope.deadline = min(scope.deadline, trio.current_time() + _GOODBYE_SECONDS)
                    nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            await trio.aclose_forcefully(self._stream)

    def finish(self) -> None:
        """Take no more requests, end the streams, and serve no longer than what else is in flight takes."""
        self._is_finishing = True
        for request, scope in self._requests.values():
            if request.method == FOLLOW:
                scope.cancel()
        self._leave_if_done()

    @property
    def waits_for_answers(self) -> bool:
        """Whether something is in flight that the end of this plugin should wait for: changes of plugins may
        wait for it themselves.
        """
        asked = (request.params.get("operation") for request, _ in self._requests.values())
        return bool(self._answering) or any(operation not in CHANGES for operation in asked)

    def _leave_if_done(self) -> None:
        if self._is_finishing and not self._requests and not self._answering:
            self._reading.cancel()

    async def _read(self, nursery: trio.Nursery) -> None:
        lines = LineBuffer(self._config.line_bytes)
        until = math.inf
        while True:
            if not lines.is_inside_a_line:
                until = math.inf
            elif until == math.inf:
                until = trio.current_time() + self._config.line_seconds
            data = await self._receive(until)
            if not data:
                return
            try:
                for line in lines.feed(data):
                    until = math.inf
                    await self._take(line, nursery)
            except InputError as error:
                await self._send(encode(Failure(id=None, error=error_to_data(error))))
                return

    async def _receive(self, until: float) -> bytes:
        """Return what has come; nothing when the client is gone, or has been silent for too long."""
        self._busy_at = trio.current_time()
        while True:
            idle_until = self._busy_at + self._config.idle_seconds
            with trio.CancelScope(deadline=min(until, idle_until)):
                return bytes(await self._stream.receive_some(_CHUNK))
            if trio.current_time() >= until:
                return b""
            if self._requests or self._answering:
                self._busy_at = trio.current_time()
            elif trio.current_time() >= self._busy_at + self._config.idle_seconds:
                return b""

    async def _take(self, line: bytes, nursery: trio.Nursery) -> None:
        message = decode(line)
        if isinstance(message, Request):
            refusal = self._refusal(message)
            if refusal is not None:
                await self._send(encode(Failure(id=message.id, error=error_to_data(refusal))))
                return
            scope = trio.CancelScope()
            self._requests[message.id] = (message, scope)
            nursery.start_soon(self._carry_out, message, scope)
        elif isinstance(message, Notification) and message.method == CANCEL:
            number = message.params.get("id")
            if isinstance(number, int | str) and number in self._requests:
                self._requests[number][1].cancel()

    def _refusal(self, request: Request) -> MosaicError | None:
        if self._is_finishing:
            return Unavailable(
                "connection-ends", "this connection takes no more requests", hint="Connect again."
            )
        if request.id in self._requests:
            return Refused("duplicate-id", "a request with this id is in flight", got=repr(request.id))
        if len(self._requests) < self._config.requests:
            return None
        return Refused(
            "too-many-requests",
            "too many requests are in flight on this connection",
            expected=f"at most {self._config.requests}",
            hint="Wait for an answer first.",
        )

    async def _carry_out(self, request: Request, scope: trio.CancelScope) -> None:
        reply = _goodbye(request)
        try:
            with scope:
                reply = await self._reply(request)
            if scope.cancelled_caught and not self._is_finishing:
                reply = encode(Failure(id=request.id, error={"code": CANCELLED, "message": "cancelled"}))
        finally:
            # The client may use the id again as soon as it has the answer.
            del self._requests[request.id]
            await self._send_answer(reply)

    async def _reply(self, request: Request) -> bytes:
        try:
            result: Any = await answer(self._context, request, self._send_item)
            return encode(Response(id=request.id, result=result))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise
        except MosaicError as error:
            return encode(Failure(id=request.id, error=error_to_data(error)))
        except Exception as error:  # noqa: BLE001 - a boundary: what a handler raises belongs to its caller
            self._context.log.error("control.call_failed", method=request.method, error=error)  # noqa: TRY400 - our own logger
            return encode(Failure(id=request.id, error=error_to_data(error)))

    async def _send_answer(self, line: bytes) -> None:
        # What was done is told, also when this plugin ends at that moment.
        try:
            await self._send_whole(line)
        finally:
            self._busy_at = trio.current_time()
            self._leave_if_done()
            self._on_answer()

    async def _send_item(self, item: Notification) -> None:
        await self._send_whole(encode(item))

    async def _send_whole(self, line: bytes) -> None:
        # A stream that is ended inside a line would spoil the answer after it.
        scope = trio.CancelScope(shield=True)
        if self._is_ending:
            scope.deadline = trio.current_time() + _GOODBYE_SECONDS
        self._answering.add(scope)
        try:
            with scope:
                await self._send(line)
        finally:
            self._answering.discard(scope)

    async def _send(self, line: bytes) -> None:
        with trio.CancelScope() as scope:
            async with self._sending:
                scope.deadline = trio.current_time() + self._config.send_seconds
                await self._stream.send_all(line)
        if scope.cancelled_caught:
            # What was sent may have ended in the middle of a line.
            self._context.log.warning("control.slow_reader", seconds=self._config.send_seconds)
            await trio.aclose_forcefully(self._stream)
            raise trio.BrokenResourceError


def _goodbye(request: Request) -> bytes:
    error = Unavailable(
        "connection-ended",
        "the system stopped answering here before the call had ended",
        hint="A change of plugins goes on all the same: `mosaic plugins list` shows how it stands.",
    )
    return encode(Failure(id=request.id, error=error_to_data(error)))
