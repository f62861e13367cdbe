"""The agent's JSON-RPC: questions with one answer, and questions whose answers come as a stream."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from .card import Card
from .exchange import Broken, Exchange
from .values import text


class RemoteError(Exception):
    """An error as the agent answers it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message or f"error {code}")
        self.code = code


class Remote:
    """One agent, as its card says to reach it."""

    def __init__(self, exchange: Exchange, card: Card) -> None:
        self._exchange = exchange
        self._card = card
        self._numbers = itertools.count(1)

    async def call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Ask a question; return its result.

        Raises:
            RemoteError: the agent answers with an error.
            Broken: there is no answer.
            Rejected: the server refuses.
        """
        return _result((await self._exchange.fetch(self._card.address, self._body(method, params))).decode())

    async def follow(self, method: str, params: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the results of a stream, to be closed if it is left early. Raises as `call`."""
        events = self._exchange.follow(self._card.address, self._body(method, params))
        async with aclosing(events):
            async for event in events:
                yield _result(event)

    def _body(self, method: str, params: Mapping[str, Any]) -> bytes:
        tenant = {"tenant": self._card.tenant} if self._card.tenant else {}
        message = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": method,
            "params": {**tenant, **params},
        }
        return json.dumps(message, ensure_ascii=False).encode(errors="replace")


def _result(answer: str) -> dict[str, Any]:
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, dict):
        code = error.get("code")
        raise RemoteError(code if isinstance(code, int) else 0, text(error, "message"))
    result = data.get("result") if isinstance(data, dict) else None
    if not isinstance(result, dict):
        raise Broken("the answer is no JSON-RPC")
    return result
