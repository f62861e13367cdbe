"""Direct requests that come over two descriptors, of both eras."""

from __future__ import annotations

from typing import Any

import trio

from ..descriptors import Lines
from ..sessions import Sessions
from ..tools import OfferedTool
from ..visitors import Visitor
from .answers import Answers
from .asked import MODERN, Asked, asked, is_modern

_CANCEL = "notifications/cancelled"
_VERSIONS = ("2025-06-18", "2025-11-25")


class DirectStdio:
    """Answers what is plain enough, once the SDK has answered the request by which the client began."""

    def __init__(
        self, answers: Answers, visitor: Visitor, sessions: Sessions, lines: Lines, nursery: trio.Nursery
    ) -> None:
        self._answers = answers
        self._visitor = visitor
        self._sessions = sessions
        self._lines = lines
        self._nursery = nursery
        self._is_open = False
        self._is_modern = False
        self._in_flight: dict[int | str, trio.CancelScope] = {}

    def answers(self, message: Any) -> bool:
        """Begin to answer a message, and return True; or False, and nothing was done."""
        if not self._is_open:
            if isinstance(message, dict) and "id" in message and "method" in message:
                self._is_open = True
                self._is_modern = message["method"] != "initialize" and is_modern(message)
            return False
        if self._took_back(message):
            return True
        version = MODERN if self._is_modern else self._version()
        request = asked(message, modern=self._is_modern) if version else None
        if request is None or request.id in self._in_flight:
            return False
        body = self._answers.at_once(request, self._visitor, version)
        if body is not None:
            self._nursery.start_soon(self._lines.send, body)
            return True
        tool = self._answers.tool(request, self._visitor)
        if tool is None:
            return False
        scope = self._in_flight[request.id] = trio.CancelScope()
        self._nursery.start_soon(self._call, request, tool, scope)
        return True

    async def _call(self, request: Asked, tool: OfferedTool, scope: trio.CancelScope) -> None:
        body = None
        with scope:
            body = await self._answers.call(request, self._visitor, tool)
        del self._in_flight[request.id]
        if body is not None:
            await self._lines.send(body)

    def _version(self) -> str:
        """Return what the client of a session speaks; "" before it has begun, or where the SDK knows better."""
        for connection in self._sessions.all():
            return connection.protocol_version if connection.protocol_version in _VERSIONS else ""
        return ""

    def _took_back(self, message: Any) -> bool:
        if not self._in_flight or not isinstance(message, dict) or message.get("method") != _CANCEL:
            return False
        params = message.get("params")
        number = params.get("requestId") if isinstance(params, dict) else None
        scope = self._in_flight.get(number) if isinstance(number, int | str) else None
        if scope is None:
            return False
        scope.cancel()
        return True
