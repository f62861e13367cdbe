"""Server-sent events: the log from a place on, and any other stream operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import trio

from mosaic_hookspecs.context import Context, Log
from mosaic_hookspecs.errors import InputError, MosaicError

from ..answers import SAFETY, json_bytes
from ..catalogue import Found
from ..inputs import from_path, from_query, joined, options_of, pairs_of
from ..problems import problem_of
from ..requests import Request
from ..settings import Config
from .hub import FOLLOW, Filter, Hub, Line, require_may
from .streams import Ended, items_of

_HEADERS = (
    *SAFETY,
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_BEAT = b": still here\n\n"
_SECONDS_FOR_THE_FIRST = 0.25
NOW = "now"
Take = Callable[[], Awaitable[bytes]]


class EventStreams:
    """Answers requests with streams, each until its client leaves or the stream ends."""

    def __init__(self, context: Context, config: Config, hub: Hub, nursery: trio.Nursery) -> None:
        self._context = context
        self._config = config
        self._hub = hub
        self._nursery = nursery

    async def answer(self, found: Found, request: Request) -> None:
        """Stream until there is nothing more to say, or nobody who listens.

        Raises:
            MosaicError: it does not begin.
        """
        pairs = pairs_of(request.query)
        operation = found.operation
        await request.body(self._config.body_bytes)
        if operation.name == FOLLOW:
            options, rest = options_of(operation, pairs, ("kinds",))
            data = joined(from_path(operation, found.values), from_query(operation, rest))
            _require_known(data, operation.fields)
            chosen = Filter(run_id=str(data.get("run_id", "")), kinds=kinds_of(options.get("kinds", "")))
            require_may(request.visitor.principal, operation)
            after = place_of(request.header(b"last-event-id") or data.get("after", 0))
            async with self._hub.listener(self._nursery, after, chosen) as listener:

                async def lines() -> bytes:
                    return frames(await listener.take())

                await self._send(request, lines, None)
            return
        data = joined(from_path(operation, found.values), from_query(operation, pairs))
        async with items_of(self._context, operation.name, data, request.visitor.principal) as items:

            async def item() -> bytes:
                return b"data: " + json_bytes(await items.take()) + b"\n\n"

            # What is wrong with the input is known at the first item, and better said by the status.
            first = None
            with trio.move_on_after(_SECONDS_FOR_THE_FIRST):
                try:
                    first = await item()
                except Ended:
                    first = b""
            await self._send(request, item, first)

    async def _send(self, request: Request, take: Take, first: bytes | None) -> None:
        await send_stream(request, take, first, self._config.heartbeat_seconds, self._context.log)


async def send_stream(
    request: Request, take: Take, first: bytes | None, heartbeat_seconds: float, log: Log
) -> None:
    """Answer a request whose body was read with the events that `take` gives, until it raises `Ended`, or the
    client leaves. `first` is what was taken before; nothing: it has ended.
    """
    await request.send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
    await _part(request, b"retry: 1000\n\n" + (first or b""))
    async with trio.open_nursery() as nursery:

        async def watch() -> None:
            await request.until_left()
            nursery.cancel_scope.cancel()

        nursery.start_soon(watch)
        while first != b"":
            data = _BEAT
            with trio.move_on_after(heartbeat_seconds):
                try:
                    data = await take()
                except Ended:
                    break
                except Exception as error:  # noqa: BLE001 - the client is told; the status was sent
                    if not isinstance(error, MosaicError | OSError):
                        log.error("http.stream_failed", error=error)  # noqa: TRY400 - our own logger
                    await _part(request, b"event: problem\ndata: " + json_bytes(problem_of(error)) + b"\n\n")
                    break
            await _part(request, data)
        await request.send({"type": "http.response.body", "body": b""})
        nursery.cancel_scope.cancel()


async def _part(request: Request, data: bytes) -> None:
    await request.send({"type": "http.response.body", "body": data, "more_body": True})


def frames(lines: Sequence[Line]) -> bytes:
    """Return events as server-sent ones, whose ids are their places in the log."""
    return b"".join([line.frame for line in lines])


def kinds_of(text: str) -> tuple[str, ...]:
    """Return the kinds that a list with commas names."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def place_of(given: Any) -> int | None:
    """Return a place in the log; None for the place where it is now (``now``).

    Raises:
        InputError: it is none (code ``bad-cursor``).
    """
    if given == NOW:
        return None
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # noqa: PLR2004 - what 64 bits hold
        raise InputError(
            "bad-cursor",
            "this is no place in the log",
            where="Last-Event-ID",
            expected=f"the number of an event, 0, or {NOW!r}",
            got=text[:80],
        )
    return int(text)


def _require_known(data: dict[str, Any], fields: Any) -> None:
    for name in data:
        if name not in fields:
            raise InputError(
                "bad-input", f"unknown key {name!r}", where=name, expected=", ".join(sorted(fields))
            )
