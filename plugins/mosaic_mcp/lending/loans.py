"""Who was lent a connection: attempts, by the digest of their bearer. The bearers themselves are not kept.

Owns the calls, too, that come in by these connections: what is recalled ends those that wait.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import trio

PREFIX = "mosaic-lent-"
"""How the bearer of a loan begins: nothing that begins so ever stands for the person."""


@attrs.frozen(kw_only=True)
class Attempt:
    """The attempt that a connection was lent for, and the agent that makes it."""

    run_id: str
    task_id: str
    token: int
    agent: str


class Loans:
    """The loans of one system, at most `most` at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._attempts: dict[str, Attempt] = {}
        self._calls: dict[trio.CancelScope, Attempt] = {}

    def __len__(self) -> int:
        return len(self._attempts)

    def __iter__(self) -> Iterator[Attempt]:
        return iter(tuple(self._attempts.values()))

    def lend(self, attempt: Attempt) -> str:
        """Return a bearer that stands for this attempt from now on."""
        bearer = PREFIX + secrets.token_urlsafe(32)
        self._attempts[_digest(bearer)] = attempt
        return bearer

    def recall(self, run_id: str, task_id: str, token: int) -> int:
        """Forget what was lent for an attempt, and end its calls; return how many loans that were."""
        named = (run_id, task_id, token)
        ended = [key for key, one in self._attempts.items() if (one.run_id, one.task_id, one.token) == named]
        for key in ended:
            del self._attempts[key]
        for scope, one in self._calls.items():
            if (one.run_id, one.task_id, one.token) == named:
                scope.cancel()
        return len(ended)

    @contextmanager
    def calling(self, attempt: Attempt) -> Iterator[None]:
        """Carry out a call of an attempt's; if that is recalled meanwhile, what is left of the block is passed
        over.
        """
        scope = trio.CancelScope()
        self._calls[scope] = attempt
        try:
            with scope:
                yield
        finally:
            del self._calls[scope]

    def find(self, bearer: str) -> Attempt | None:
        """Return whose bearer this is; None for one that was not lent, or was recalled."""
        # The time of this look-up tells of the digest alone, which says nothing of the bearer.
        return self._attempts.get(_digest(bearer))

    def to_data(self) -> list[Any]:
        """Return the loans as JSON data, for the next generation."""
        return [[key, attrs.asdict(attempt)] for key, attempt in self._attempts.items()]

    def take_over(self, data: Collection[Any]) -> None:
        """Take over the loans of the generation before."""
        self._attempts |= {key: Attempt(**attempt) for key, attempt in data}


def _digest(bearer: str) -> str:
    return hashlib.sha256(bearer.encode("utf-8", "surrogateescape")).hexdigest()
