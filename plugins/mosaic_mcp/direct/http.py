"""Direct requests that come by Streamable HTTP, of both eras."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import trio

from ..lending.loans import Attempt
from ..mounted import END
from ..sdk_sessions import SessionManager, in_use
from ..sessions import Sessions
from ..settings import Config
from ..tools import OfferedTool
from ..visitors import Visitor, Visitors
from .answers import Answers, cancelled
from .asked import MODERN, Asked, asked, has_fitting_headers
from .patience import HttpCall, Patience, Receive, Send

_MODERN = MODERN.encode()
# What they were before these revisions, the SDK knows best.
_SESSIONS = (b"2025-06-18", b"2025-11-25")
_CANCEL = "notifications/cancelled"
_ACCEPTS = 64
Place = tuple[bytes, int | str]


class DirectHttp:
    """Answers what is plain enough; says of everything else that it is not its own."""

    def __init__(  # noqa: PLR0913 - what it joins
        self,
        config: Config,
        answers: Answers,
        visitors: Visitors,
        sessions: Sessions,
        manager: SessionManager,
        patience: Patience,
    ) -> None:
        self._config = config
        self._answers = answers
        self._visitors = visitors
        self._sessions = sessions
        self._manager = manager
        self._patience = patience
        self._accepting: dict[bytes, bool] = {}
        self._in_flight: dict[Place, trio.CancelScope] = {}

    async def answer(  # noqa: PLR0913 - a request, and who sends it
        self,
        scope: Mapping[str, Any],
        headers: Mapping[bytes, bytes],
        attempt: Attempt | None,
        body: bytes,
        receive: Receive,
        send: Send,
    ) -> bool:
        """Answer a request, and return True; or False, and nothing was done."""
        # A header that came twice is the SDK's to judge.
        if len(headers) != len(scope["headers"]) or not self._is_acceptable(headers):
            return False
        version = headers.get(b"mcp-protocol-version")
        is_modern = version == _MODERN
        if not (is_modern or version in _SESSIONS):
            return False
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return False
        visitor = self._visitors.of(attempt, scope["query_string"])
        if not is_modern:
            return await self._of_session(headers, visitor, attempt, message, receive, send)
        request = asked(message, modern=True)
        if request is None or not has_fitting_headers(request, headers):
            return False
        # A client of this era takes back what it leaves; its connection is of no more use.
        return await self._answer_one(
            request, visitor, MODERN, HttpCall(receive, send, (), scope["extensions"][END])
        )

    async def _of_session(  # noqa: PLR0913 - a request, and who sends it
        self,
        headers: Mapping[bytes, bytes],
        visitor: Visitor,
        attempt: Attempt | None,
        message: Any,
        receive: Receive,
        send: Send,
    ) -> bool:
        name = headers.get(b"mcp-session-id", b"")
        transport = self._manager.held(name.decode("latin-1"), attempt)
        connection = self._sessions.by_name().get(name.decode("latin-1"))
        if transport is None or connection is None:
            return False
        if await self._took_back(name, message, send):
            return True
        request, version = asked(message, modern=False), connection.protocol_version
        if request is None or version.encode() != headers[b"mcp-protocol-version"]:
            return False
        place = (name, request.id)
        if place in self._in_flight:
            return False
        with in_use(transport, self._config.session_seconds):
            call = HttpCall(receive, send, ((b"mcp-session-id", name),), _go_on)
            return await self._answer_one(request, visitor, version, call, place)

    async def _answer_one(
        self, request: Asked, visitor: Visitor, version: str, call: HttpCall, place: Place | None = None
    ) -> bool:
        body = self._answers.at_once(request, visitor, version)
        if body is not None:
            await call.answer(body)
            return True
        tool = self._answers.tool(request, visitor)
        if tool is None:
            return False
        self._patience.enter(call)
        try:
            if place is None:
                body = await self._answers.call(request, visitor, tool)
            else:
                body = await self._revocable(request, visitor, tool, place)
            # Clients of sessions hear on a stream of what they took back; some do not look for it elsewhere.
            await (call.answer(cancelled(request), as_event=True) if body is None else call.answer(body))
        finally:
            self._patience.leave(call)
        return True

    async def _revocable(
        self, request: Asked, visitor: Visitor, tool: OfferedTool, place: Place
    ) -> bytes | None:
        """Carry out a call that its client may take back by a notification; None if it did."""
        with trio.CancelScope() as scope:
            self._in_flight[place] = scope
            try:
                return await self._answers.call(request, visitor, tool)
            finally:
                del self._in_flight[place]
        return None

    async def _took_back(self, name: bytes, message: Any, send: Send) -> bool:
        """End the call that a session's client takes back, if it is one of these."""
        if not self._in_flight or not isinstance(message, dict) or message.get("method") != _CANCEL:
            return False
        params = message.get("params")
        number: Any = params.get("requestId") if isinstance(params, dict) else None
        taken_back = self._in_flight.get((name, number)) if isinstance(number, int | str) else None
        if taken_back is None:
            return False
        taken_back.cancel()
        headers = ((b"content-length", b"0"), (b"mcp-session-id", name))
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body"})
        return True

    def _is_acceptable(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the client takes both of what it may be answered, and sends what it should."""
        given = headers.get(b"accept", b"") + b"\n" + headers.get(b"content-type", b"")
        found = self._accepting.get(given)
        if found is None:
            accept, _, sent = given.lower().partition(b"\n")
            kinds = {part.partition(b";")[0].strip() for part in accept.split(b",")}
            found = {b"application/json", b"text/event-stream"} <= kinds or b"*/*" in kinds
            found = found and sent.partition(b";")[0].strip() == b"application/json"
            if len(self._accepting) < _ACCEPTS:
                self._accepting[given] = found
        return found


def _go_on() -> None:
    """Do nothing: what a session asked for goes on without its client's connection."""
