"""Asking a model, so that its answer holds: bounded, cached by content, and each call recorded.

A call is recorded with its prompt and its answer as blobs, and the event ``modelplanner.called`` names them,
the model, and what it has used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import attrs
import trio

from mosaic_hookspecs import (
    Context,
    JsonObject,
    Message,
    ModelReply,
    ModelRequest,
    MosaicError,
    RecordEvent,
    Refused,
    Storage,
    Unavailable,
    canonical_json,
    digest,
)

from .decoding import Malformed, json_in
from .keeping import AnswerCache, kept, storable
from .prompts import SYSTEM
from .settings import Config

T = TypeVar("T")
_BY = "modelplanner"
_LONGEST_QUOTE = 30_000
_LONGEST_PROBLEM = 2000
_LONGEST_NAME = 200


class Mouth(Protocol):
    """What carries one request to a model; raises as `mosaic_hookspecs.models.Model.complete` does."""

    @property
    def name(self) -> str:
        """What it is called in the records."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once."""


@attrs.define
class Asking:
    """The calls for one plan. `known` holds answers that were had already, by the key of what was asked."""

    context: Context
    config: Config
    mouth: Mouth
    known: Mapping[str, ModelReply] = attrs.field(factory=dict)
    calls: int = 0
    _cache: AnswerCache | None = None

    async def ask(self, phase: str, prompt: str, schema: JsonObject, decode: Callable[[Any], T]) -> T:
        """Return the model's answer, decoded; one that does not hold is given back, so often as is configured.

        Raises:
            Unavailable: no answer has held (code ``model-malformed``), or the endpoint does not answer.
            Refused: the plan takes more calls than are configured (``model-calls``).
        """
        messages: list[Message] = [Message(role="user", text=prompt)]
        problem = ""
        for _ in range(self.config.repairs + 1):
            request = self._request(messages, schema)
            key = key_of(self.mouth.name, request)
            if (found := await self._found(key)) is not None:
                with suppress(Malformed):  # what is kept was good once: it is asked anew
                    return decode(json_in(found.text))
            reply = await self._call(phase, key, request)
            try:
                decoded = decode(json_in(_whole(reply)))
            except Malformed as error:
                problem = str(error)[:_LONGEST_PROBLEM]
                self.context.log.info("modelplanner.malformed", phase=phase, problem=problem)
            else:
                if (cache := self._the_cache()) is not None:
                    await cache.keep(key, reply)
                return decoded
            messages += [
                Message(role="assistant", text=reply.text[:_LONGEST_QUOTE] or "(nothing)"),
                Message(
                    role="user",
                    text=f"That cannot be used: {problem}. Answer again, with the whole JSON object.",
                ),
            ]
        raise Unavailable(
            "model-malformed",
            f"the model's answers cannot be used ({phase})",
            expected=f"JSON that holds, within {self.config.repairs + 1} tries",
            got=problem,
            hint="Try another model, or `mosaic plan new` without --planner.",
        )

    async def forget(self) -> None:
        """Have the next plan of the same ask anew: what this one was told has led nowhere."""
        if (cache := self._the_cache()) is not None:
            await cache.forget()

    def _the_cache(self) -> AnswerCache | None:
        if self._cache is None and self.config.caches:
            self._cache = AnswerCache(
                self._storage, self.context.clock, self.config.cache_days, self.config.cache_answers
            )
        return self._cache

    @property
    def _storage(self) -> Storage:
        storage: Storage = self.context.port("storage").get()
        return storage

    def _request(self, messages: Sequence[Message], schema: JsonObject) -> ModelRequest:
        return ModelRequest(
            system=SYSTEM,
            messages=tuple(messages),
            schema=schema,
            model=self.config.model,
            max_tokens=self.config.max_tokens,
        )

    async def _found(self, key: str) -> ModelReply | None:
        cache = self._the_cache()
        return await cache.find(key) if cache is not None else None

    async def _call(self, phase: str, key: str, request: ModelRequest) -> ModelReply:
        if self.calls >= self.config.calls:
            raise Refused(
                "model-calls",
                "planning takes more calls of the model than are allowed",
                expected=f"at most {self.config.calls} (plugins.modelplanner.calls)",
                got=f"one more, at {phase}",
            )
        self.calls += 1
        if key in self.known:
            return self.known[key]
        with trio.move_on_after(self.config.seconds) as scope:
            reply = await self.mouth.complete(request)
        if scope.cancelled_caught:
            raise Unavailable(
                "model-unavailable",
                "the model did not answer in time",
                expected=f"an answer within {self.config.seconds:g} s (plugins.modelplanner.seconds)",
            )
        await record(self._storage, phase, self.mouth.name, request, reply)
        return reply


def key_of(endpoint: str, request: ModelRequest) -> str:
    """Name a request by its content and by who is asked."""
    return digest(f"{endpoint}\n{_asked(request)}".encode("utf-8", "replace"))


async def record(storage: Storage, phase: str, endpoint: str, request: ModelRequest, reply: ModelReply) -> None:
    """Record a call in the log, with its prompt and its answer."""
    event = RecordEvent(
        kind="modelplanner.called",
        body={
            "phase": phase,
            "endpoint": endpoint,
            "agent": "planner",
            "model": storable(reply.model[:_LONGEST_NAME]),
            "prompt": await storage.put_blob(_asked(request).encode("utf-8", "replace")),
            "answer": await storage.put_blob(canonical_json(kept(reply)).encode()),
            "usage": attrs.asdict(reply.usage),
        },
    )
    outcome = (await storage.apply([event], by=_BY))[0]
    if isinstance(outcome, MosaicError):
        raise outcome


def _asked(request: ModelRequest) -> str:
    return canonical_json(attrs.asdict(request))


def _whole(reply: ModelReply) -> str:
    if reply.stopped == "length":
        raise Malformed("the answer was cut off at its longest; say the same in fewer words")
    if reply.stopped == "refused":
        raise Malformed("you refused to answer")
    return reply.text
