"""One end of a JSON-RPC connection on trio: requests both ways, answers, cancellation, bounds.

Owns the numbering of requests and who waits for which answer. A request that is cancelled here is cancelled
there (``$/cancelRequest``), and its end is awaited for a moment, so that nothing goes on behind the caller's
back. `ask` is for callers that cannot await: it stands still, serving meanwhile what answers at once.
Refuses whatever is no message: a connection on which something else was said ends, with those words.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any, Protocol

import trio

from mosaic_hookspecs import wire
from mosaic_hookspecs.errors import InputError, MosaicError, Refused
from mosaic_hookspecs.plugin_protocol import NOW_METHODS

from ..failures import contained
from .peer_errors import broke_off, gone, not_reading, said_otherwise, silent, too_many_calls, unsendable
from .pipes import Pipe
from .unexpected import tell_error
from .waiting import Waiter

MOST_CALLS = 10_000
"""Requests of the other side that are served at once."""
HIGH_WATER = 2**20
MOST_WAITING = 2 * wire.MAX_LINE
_REMEMBERED = 1000


class Service(Protocol):
    """What one end serves to the other."""

    async def serve(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a request with JSON."""

    def serve_now(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a request whose sender stands still meanwhile (`NOW_METHODS`) with JSON."""

    def hear(self, method: str, params: Mapping[str, Any]) -> None:
        """Take a notification."""

    def complain(self, event: str, **facts: Any) -> None:
        """Take note of what the other side did wrong, and can be passed over."""


class Peer:
    """One end. `who` is the other side, for messages; `seconds` how long a cancelled request, or one that
    stands still, is waited for. One that `yields` stands still, too, while the other side reads too slowly
    what it is told.
    """

    def __init__(self, pipe: Pipe, service: Service, *, who: str, seconds: float, yields: bool = False) -> None:
        self.who = who
        self.seconds = seconds
        self._yields = yields
        self.ended: MosaicError | None = None
        self.released: list[int] = []
        self._pipe = pipe
        self._service = service
        self._thread = threading.get_ident()
        self._token = trio.lowlevel.current_trio_token()
        self._lines: deque[bytes] = deque()
        self._buffer = wire.LineBuffer()
        self._waiting: dict[int | str, Waiter] = {}
        self._given_up: OrderedDict[int | str, None] = OrderedDict()
        self._serving: dict[int | str, trio.CancelScope] = {}
        self._reading = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._numbers = 0

    @property
    def nursery(self) -> trio.Nursery:
        """Where what lasts longer than one request runs; it ends with the connection."""
        if self._nursery is None:
            raise gone(self.who)
        return self._nursery

    async def run(self) -> MosaicError | None:
        """Serve until the other side's output ends; return what was wrong with it, if anything was."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._pipe.write)
            with self._reading:
                while self._take(await self._pipe.receive()):
                    self._work()
            nursery.cancel_scope.cancel()
        if self.ended is None and self._buffer.is_inside_a_line:
            return broke_off(self.who)
        return self.ended

    async def request(self, method: str, params: Mapping[str, Any], *, lingers: bool = True) -> Any:
        """Ask, and wait for the answer; without `lingers`, one that is cancelled is not waited for.

        Raises:
            MosaicError: what the other side refused with; `Unavailable` if it has ended.
            RemoteFailure: something unexpected was raised there.
        """
        number, waiter = self._begin(method, params)
        try:
            await self._pipe.room(HIGH_WATER)
            await waiter.event.wait()
        except trio.Cancelled:
            if not waiter.is_answered():
                self.notify(wire.CANCEL, {"id": number})
                with trio.move_on_after(self.seconds if lingers else 0, shield=True):
                    await waiter.event.wait()
            raise
        finally:
            self._forget(number, waiter)
        return waiter.result()

    def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        """Ask, and stand still until the answer comes; for callers that cannot await.

        Raises:
            MosaicError: as `request`; `Unavailable` if no answer comes in time (code ``not-answering``).
        """
        if threading.get_ident() != self._thread:
            raise Refused("wrong-thread", f"{self.who} can be asked only from the event loop's thread")
        number, waiter = self._begin(method, params)
        deadline = time.monotonic() + self.seconds
        try:
            while not waiter.is_answered():
                self._work()
                rest = deadline - time.monotonic()
                if not waiter.is_answered() and rest <= 0:
                    raise silent(self.who, method, self.seconds)
                if not waiter.is_answered():
                    data = self._pipe.stand_still(rest)
                    if data is not None and not self._take(data):
                        raise copy.copy(self.ended) if self.ended else gone(self.who)
        finally:
            self._forget(number, waiter)
        return waiter.result()

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Tell something; from any thread."""
        line = wire.encode(wire.Notification(method=method, params=dict(params)))
        if threading.get_ident() == self._thread:
            self._send(line)
            if self._yields:
                self._press()
        else:
            self._token.run_sync_soon(self._send, line)

    def end(self, error: MosaicError) -> None:
        """Fail whatever waits, and whatever is asked from now on, with `error`."""
        if self.ended is None:
            self.ended = error
        for waiter in tuple(self._waiting.values()):
            if not waiter.is_answered():
                waiter.give(self.ended)
        self._reading.cancel()

    def _press(self) -> None:
        deadline = time.monotonic() + self.seconds
        while self._pipe.waiting > HIGH_WATER and self.ended is None and time.monotonic() < deadline:
            data = self._pipe.stand_still(deadline - time.monotonic())
            if data is not None and not self._take(data):
                break
            self._work()

    def _begin(self, method: str, params: Mapping[str, Any]) -> tuple[int, Waiter]:
        if self.ended is not None:
            raise copy.copy(self.ended)
        self._numbers += 1
        number, waiter = self._numbers, Waiter()
        line = wire.encode(wire.Request(id=number, method=method, params=dict(params)))
        self._waiting[number] = waiter
        self._send(line)
        return number, waiter

    def _forget(self, number: int, waiter: Waiter) -> None:
        del self._waiting[number]
        if not waiter.is_answered():
            self._given_up[number] = None
            if len(self._given_up) > _REMEMBERED:
                self._given_up.popitem(last=False)

    def _send(self, line: bytes) -> None:
        if self.ended is not None:
            return
        if self.released:
            numbers, self.released = self.released, []
            self._pipe.put(wire.encode(wire.Notification(method="release", params={"objects": numbers})))
        self._pipe.put(line)
        if self._pipe.waiting > MOST_WAITING:
            self.end(not_reading(self.who, MOST_WAITING))

    def _take(self, data: bytes) -> bool:
        try:
            self._lines.extend(self._buffer.feed(data))
        except InputError as error:
            self.end(said_otherwise(self.who, error))
        return bool(data) and self.ended is None

    def _work(self) -> None:
        # Lines are taken from one queue, so that a handler which stands still itself keeps their order.
        while self._lines and self.ended is None:
            line = self._lines.popleft()
            try:
                message = wire.decode(line)
            except InputError as error:
                self.end(said_otherwise(self.who, error))
            else:
                self._handle(message)

    def _handle(self, message: wire.Message) -> None:
        match message:
            case wire.Request():
                self._serve(message)
            case wire.Notification(method=wire.CANCEL):
                number = message.params.get("id")
                if isinstance(number, int | str) and number in self._serving:
                    self._serving[number].cancel()
            case wire.Notification():
                try:
                    self._service.hear(message.method, message.params)
                except Exception as error:  # noqa: BLE001 - the other side's mistake must not end this one
                    self._service.complain("process.bad_notification", method=message.method, error=error)
            case wire.Response() | wire.Failure():
                self._answered(message)

    def _answered(self, message: wire.Response | wire.Failure) -> None:
        number = message.id
        waiter = self._waiting.get(number) if number is not None else None
        if waiter is not None and not waiter.is_answered():
            waiter.give(message)
        elif number is not None and number in self._given_up:
            del self._given_up[number]
        elif isinstance(message, wire.Failure) and number is None:
            self._service.complain("process.did_not_understand", error=str(message.error.get("message", "")))
        else:
            self._service.complain("process.unknown_answer", id=number)

    def _serve(self, message: wire.Request) -> None:
        if message.method in NOW_METHODS:
            try:
                self._answer(message.id, self._service.serve_now(message.method, message.params))
            except Exception as error:  # noqa: BLE001 - the asker's to know
                self._refuse(message.id, error)
        elif message.id in self._serving or len(self._serving) >= MOST_CALLS or self._nursery is None:
            self._refuse(message.id, too_many_calls(MOST_CALLS))
        else:
            scope = self._serving[message.id] = trio.CancelScope()
            self._nursery.start_soon(self._serve_later, message, scope)

    async def _serve_later(self, message: wire.Request, scope: trio.CancelScope) -> None:
        try:
            with scope:
                try:
                    result = await self._service.serve(message.method, message.params)
                except BaseException as error:
                    if contained(error) is None:
                        raise
                    self._refuse(message.id, error)
                else:
                    self._answer(message.id, result)
            if scope.cancelled_caught:
                self._fail(message.id, {"code": wire.CANCELLED, "message": "the request was cancelled"})
            await self._pipe.room(HIGH_WATER)
        finally:
            self._serving.pop(message.id, None)

    def _answer(self, number: int | str, result: Any) -> None:
        try:
            line = wire.encode(wire.Response(id=number, result=result))
        except InputError as error:
            self._refuse(number, unsendable(error))
        else:
            self._send(line)

    def _refuse(self, number: int | str, error: BaseException) -> None:
        self._fail(number, tell_error(error))

    def _fail(self, number: int | str, error: Mapping[str, Any]) -> None:
        self._send(wire.encode(wire.Failure(id=number, error=dict(error))))
