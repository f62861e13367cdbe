"""Asking a model, so that its answer holds: bounded, cached by content, and each call recorded.

A call is recorded with its prompt and its answer as blobs, and the event ``modelplanner.called`` names them,
the model, and what it has used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from .prompts import SYSTEM
from .settings import Config

T = TypeVar("T")
_CACHE = "modelplanner.cache"
_BY = "modelplanner"
_LONGEST_QUOTE = 30_000


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

    async def ask(self, phase: str, prompt: str, schema: JsonObject, decode: Callable[[Any], T]) -> T:
        """Return the model's answer, decoded; one that does not hold is given back, so often as is configured.

        Raises:
            Unavailable: no answer has held (code ``model-malformed``), or the endpoint does not answer.
            Refused: the plan takes more calls than are configured (``model-calls``).
        """
        messages: list[Message] = [Message(role="user", text=prompt)]
        problem = ""
        for _ in range(self.config.repairs + 1):
            reply = await self._call(phase, messages, schema)
            try:
                return decode(json_in(_whole(reply)))
            except Malformed as error:
                problem = str(error)
                self.context.log.info("modelplanner.malformed", phase=phase, problem=problem)
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

    async def _call(self, phase: str, messages: Sequence[Message], schema: JsonObject) -> ModelReply:
        if self.calls >= self.config.calls:
            raise Refused(
                "model-calls",
                "planning takes more calls of the model than are allowed",
                expected=f"at most {self.config.calls} (plugins.modelplanner.calls)",
                got=f"one more, at {phase}",
            )
        self.calls += 1
        request = ModelRequest(
            system=SYSTEM,
            messages=tuple(messages),
            schema=schema,
            model=self.config.model,
            max_tokens=self.config.max_tokens,
        )
        key = key_of(self.mouth.name, request)
        if key in self.known:
            return self.known[key]
        storage: Storage = self.context.port("storage").get()
        known = await storage.get_document(_CACHE, key) if self.config.caches else None
        if known is not None:
            body: Any = known.body
            return ModelReply(text=body["text"], stopped=body["stopped"], model=body["model"])
        with trio.move_on_after(self.config.seconds) as scope:
            reply = await self.mouth.complete(request)
        if scope.cancelled_caught:
            raise Unavailable(
                "model-unavailable",
                "the model did not answer in time",
                expected=f"an answer within {self.config.seconds:g} s (plugins.modelplanner.seconds)",
            )
        await record(storage, phase, self.mouth.name, request, reply)
        if self.config.caches and reply.stopped == "end" and reply.text.strip():
            await storage.put_document(_CACHE, key, _kept(reply))
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
            "model": reply.model,
            "prompt": await storage.put_blob(_asked(request).encode("utf-8", "replace")),
            "answer": await storage.put_blob(canonical_json(_kept(reply)).encode()),
            "usage": attrs.asdict(reply.usage),
        },
    )
    outcome = (await storage.apply([event], by=_BY))[0]
    if isinstance(outcome, MosaicError):
        raise outcome


def _asked(request: ModelRequest) -> str:
    return canonical_json(attrs.asdict(request))


def _kept(reply: ModelReply) -> JsonObject:
    text = reply.text.encode("utf-8", "replace").decode()
    return {"text": text, "stopped": reply.stopped, "model": reply.model}


def _whole(reply: ModelReply) -> str:
    if reply.stopped == "length":
        raise Malformed("the answer was cut off at its longest; say the same in fewer words")
    if reply.stopped == "refused":
        raise Malformed("you refused to answer")
    return reply.text
