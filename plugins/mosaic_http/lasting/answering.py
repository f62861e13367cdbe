"""Calls that last, over HTTP: begun with 202 and a place to look, or told as events until they have ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.operations import Principal

from ..answers import Answer, json_answer, json_bytes
from ..catalogue import Offered
from ..live.sse import send_stream
from ..live.streams import Ended
from ..problems import problem_of, told
from ..requests import Request
from ..settings import Config
from .calls import (
    CANCELLED,
    DONE,
    FAILED,
    PREFIX,
    RUNNING,
    Call,
    LongCalls,
    Paths,
    changed,
    ended,
    result_of,
    shown,
)
from .preferring import patience_of, wants_events

PLACE = ("api", "operations")
_SECONDS_FOR_THE_FIRST = 0.25
_FOREVER = float("inf")
_LOOK_SECONDS = "1"


class LongAnswers:
    """Answers for calls that last."""

    def __init__(self, context: Context, config: Config, calls: LongCalls) -> None:
        self._context = context
        self._config = config
        self._calls = calls

    async def later(
        self,
        operation: Offered,
        data: Mapping[str, Any],
        principal: Principal,
        paths: Paths,
        patience: float | None,
    ) -> Answer | Call:
        """Begin a call, and return where to look for it: with 202; the call itself if it has ended by then, as
        it does at once if something is wrong with the request.
        """
        call = self._calls.begin(operation, data, principal, paths)
        is_told = False
        try:
            has_ended = await ended(call, _SECONDS_FOR_THE_FIRST if patience is None else patience)
            is_told = not has_ended
        finally:
            if not is_told:
                self._abandon(call)
        if has_ended:
            return call
        place = f"/{'/'.join(PLACE)}/{call['id']}"
        return json_answer(shown(call), status=202).with_headers(
            ("Location", place), ("Preference-Applied", "respond-async"), ("Retry-After", _LOOK_SECONDS)
        )

    async def stream(
        self, operation: Offered, data: Mapping[str, Any], request: Request, paths: Paths
    ) -> Answer | None:
        """Carry out a call, and send its progress as events, the result as the last one. Return what it is
        answered instead if it fails at once. If the client leaves, the call is cancelled.
        """
        call = self._calls.begin(operation, data, request.visitor.principal, paths)
        try:
            await ended(call, _SECONDS_FOR_THE_FIRST)
            if call["state"] == FAILED:
                return told(call["problem"])
            await self._send(request, call)
        finally:
            self._abandon(call)
        return None

    def _abandon(self, call: Call) -> None:
        if call["state"] == RUNNING:
            self._calls.end(call)
        self._calls.forget(call)

    def holds(self, request: Request) -> bool:
        """Whether a request is about a call that was begun here."""
        place = request.segments
        return place[:2] == PLACE and len(place) == 3 and place[2].startswith(PREFIX)  # noqa: PLR2004 - and its name

    async def look(self, request: Request) -> Answer | None:
        """Answer with how a call stands, as soon as it has ended if the client would wait; or send its progress
        as events. Cancel it for DELETE.

        Raises:
            NotFound: there is no such call of this client's.
        """
        call = self._calls.find(request.segments[2], request.visitor.principal)
        await request.body(self._config.body_bytes)
        if request.method == "DELETE":
            self._calls.end(call)
            return Answer(status=204)
        if wants_events(request):
            await self._send(request, call)
            return None
        await ended(call, patience_of(request) or 0)
        more = (("Retry-After", _LOOK_SECONDS),) if call["state"] == RUNNING else ()
        return json_answer(shown(call)).with_headers(("Cache-Control", "no-store"), *more)

    async def _send(self, request: Request, call: Call) -> None:
        seen: Any = None
        has_ended = False

        async def take() -> bytes:
            nonlocal seen, has_ended
            while True:
                if has_ended:
                    raise Ended
                if call["progress"] != seen:
                    seen = call["progress"]
                    return b"event: progress\ndata: %b\n\n" % json_bytes(seen)
                if call["state"] != RUNNING:
                    has_ended = True
                    return _last(call)
                await changed(call, _FOREVER)

        await send_stream(request, take, None, self._config.heartbeat_seconds, self._context.log)


def _last(call: Call) -> bytes:
    if call["state"] == DONE:
        return b"event: result\ndata: %b\n\n" % json_bytes(result_of(call))
    return b"event: problem\ndata: %b\n\n" % json_bytes(
        call["problem"] or problem_of(Unavailable(CANCELLED, "the operation was cancelled"))
    )
