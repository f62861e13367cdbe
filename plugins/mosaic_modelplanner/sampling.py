"""Plans by the client's model, where the client still offers sampling.

Planning is carried out anew at each round, with the answers that were had: what it asks next is asked of the
client. The answers are kept in the store, under a name that only this client knows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NoReturn

import attrs

from mosaic_hookspecs import (
    Call,
    Context,
    InputError,
    ModelReply,
    ModelRequest,
    PlanRequest,
    Storage,
    canonical_json,
    digest,
)

from .asking import Asking, key_of, record
from .decoding import LONGEST_ANSWER
from .drafts import write_plan
from .keeping import kept, trim
from .phases import Phases, require_plannable
from .records import Sampled, SamplePlan
from .repository import readable
from .settings import Config

_COLLECTION = "modelplanner.sampling"
_NAME = "sampling"
_ASK = "answer"
_LASTS = 86_400_000
"""Milliseconds for which an unfinished plan is kept after its last answer."""
_STOPS = {"maxTokens": "length", "refusal": "refused"}


class _Unanswered(Exception):
    def __init__(self, request: ModelRequest) -> None:
        super().__init__()
        self.request = request


class _Client:
    """Has no voice of its own: what is not known yet is to be asked."""

    name = _NAME

    async def complete(self, request: ModelRequest) -> NoReturn:
        raise _Unanswered(request)


class Sampling:
    """The handler of ``plan.sample``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def sample(self, request: SamplePlan, call: Call) -> Sampled:
        """Plan as far as the answers reach."""
        storage: Storage = self._context.port("storage").get()
        config = attrs.evolve(self._context.config or Config(), caches=False)
        asked = PlanRequest(
            text=request.text,
            source=request.source,
            goal=request.goal,
            repository=readable(request.repository, self._context, call.principal),
        )
        require_plannable(asked, config)
        if not request.state:
            now = self._context.clock.now()
            await trim(storage, _COLLECTION, now - _LASTS, config.samplings - 1)
        about = digest(canonical_json(attrs.asdict(asked)).encode("utf-8", "replace"))
        name, known = await self._known(storage, request, about)
        asking = Asking(self._context, config, _Client(), known)
        try:
            plan = await Phases(self._context, asking).plan(asked)
        except _Unanswered as unanswered:
            body = {
                "about": about,
                "pending": _data(unanswered.request),
                "replies": _replies(known),
                "at": self._context.clock.now(),
            }
            await storage.put_document(_COLLECTION, name, body)
            return Sampled(asks={_ASK: _question(unanswered.request)}, state=name)
        await storage.delete_document(_COLLECTION, name)
        leaves = plan.leaves()
        return Sampled(
            file=str(write_plan(self._context.state_directory, plan)),
            tasks=len(leaves),
            minutes=sum(leaf.minutes or 0 for leaf in leaves),
        )

    async def _known(
        self, storage: Storage, request: SamplePlan, about: str
    ) -> tuple[str, Mapping[str, ModelReply]]:
        if not request.state:
            return secrets.token_urlsafe(24), {}
        document = await storage.get_document(_COLLECTION, request.state)
        body: Any = document.body if document else None
        if body is None or body["about"] != about:
            raise InputError(
                "no-such-state",
                "planning does not stand there, or for something else",
                where="state",
                hint="Begin again without state.",
            )
        known = {key: ModelReply(**reply) for key, reply in body["replies"].items()}
        if request.answers:
            reply = _reply(request.answers.get(_ASK))
            pending = ModelRequest(**{**body["pending"], "messages": _messages(body["pending"]["messages"])})
            known[key_of(_NAME, pending)] = reply
            await record(storage, "sampling", _NAME, pending, reply)
        return request.state, known


def _messages(data: Any) -> Any:
    from mosaic_hookspecs import Message

    return tuple(Message(**one) for one in data)


def _data(request: ModelRequest) -> Any:
    return attrs.asdict(request)


def _replies(known: Mapping[str, ModelReply]) -> Any:
    return {key: kept(reply) for key, reply in known.items()}


def _question(request: ModelRequest) -> Any:
    messages = [
        {"role": message.role, "content": {"type": "text", "text": message.text}}
        for message in request.messages
    ]
    schema = f"\nThe JSON Schema of the answer:\n{canonical_json(request.schema)}" if request.schema else ""
    return {
        "method": "sampling/createMessage",
        "params": {
            "systemPrompt": request.system + schema,
            "messages": messages,
            "maxTokens": request.max_tokens,
        },
    }


def _reply(answer: Any) -> ModelReply:
    content = answer.get("content") if isinstance(answer, Mapping) else None
    blocks = content if isinstance(content, list) else [content]
    texts = [block.get("text", "") for block in blocks if isinstance(block, Mapping)]
    if not isinstance(answer, Mapping):
        raise InputError("no-answer", "the client's model gave no answer", where="answers")
    return ModelReply(
        text="".join(text for text in texts if isinstance(text, str))[: LONGEST_ANSWER + 1],
        stopped=_STOPS.get(str(answer.get("stopReason")), "end"),
        model=str(answer.get("model", ""))[:200],
    )
