"""Whoever waits for the answer to a request."""

from __future__ import annotations

import copy
from typing import TypeAlias

import trio

from mosaic_hookspecs import wire
from mosaic_hookspecs.data import Json
from mosaic_hookspecs.errors import MosaicError, Unavailable

from .codec import to_error

Answer: TypeAlias = wire.Response | wire.Failure | MosaicError


class Waiter:
    """Waits for one answer: `event` is set when it is there."""

    __slots__ = ("_answer", "event")

    def __init__(self) -> None:
        self._answer: Answer | None = None
        self.event = trio.Event()

    def is_answered(self) -> bool:
        """Whether the answer is there."""
        return self._answer is not None

    def give(self, answer: Answer) -> None:
        """Leave the answer: the other side's, or why there will be none."""
        self._answer = answer
        self.event.set()

    def result(self) -> Json:
        """Return the result, or raise what the other side failed with."""
        if isinstance(self._answer, wire.Response):
            return self._answer.result
        if isinstance(self._answer, wire.Failure):
            raise to_error(self._answer.error)
        # A copy: one error raised in many tasks would gather all their tracebacks.
        raise copy.copy(self._answer or Unavailable("not-answering", "there is no answer yet"))
