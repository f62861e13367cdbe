"""The kit of the models port lets a right model be, and says what is wrong with others."""

from __future__ import annotations

import contextlib

import attrs
import pytest
import trio
from kit_running import failures, opening, require_told

from mosaic_hookspecs import InputError, Refused, Unavailable, Usage
from mosaic_hookspecs.models import ModelReply, ToolCall
from mosaic_testing import models
from mosaic_testing.models import Asked

KEY = "a-key-of-these-tests-0123"
GOOD = ModelReply(text="hello", usage=Usage(input_tokens=5, output_tokens=1, cached_tokens=2))


class Right:
    """Says hello, unless it is asked for another model."""

    name = "it"
    reply = GOOD

    async def complete(self, request):
        await trio.lowlevel.checkpoint()
        if request.model or not request.messages:
            self.refuse(request)
        return self.reply

    def refuse(self, request):
        raise InputError("model-refused", "there is no such model", hint="Name another.")


def replying(**changes):
    return type("Replying", (Right,), {"reply": attrs.evolve(GOOD, **changes)})


def refusing(error):
    def refuse(self, request):
        raise error

    return type("Refusing", (Right,), {"refuse": refuse})


class OtherAsk(Right):
    async def complete(self, question):
        return GOOD


class Renaming(Right):
    async def complete(self, request):
        self.name = "another"
        return await super().complete(request)


class Nothing(Right):
    async def complete(self, request):
        await trio.lowlevel.checkpoint()


class Meddling(Right):
    async def complete(self, request):
        if request.schema:
            request.schema["title"] = "Mine"
        return await super().complete(request)


class Stubborn(Right):
    async def complete(self, request):
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep(0.01)
        return GOOD


class OneAtATime(Right):
    is_busy = False

    async def complete(self, request):
        if self.is_busy:
            raise RuntimeError("busy")
        self.is_busy = True
        await trio.sleep(0.01)
        self.is_busy = False
        return await super().complete(request)


def call(**fields):
    return ToolCall(**{"id": "1", "name": "look", **fields})


ASKED = Asked(secrets=[KEY])
REPLIES = "test_whatever_it_is_asked_is_answered_or_refused"


async def run(made, tmp_path, *, asked=ASKED, only=()):
    opened = opening("models", made, tmp_path)
    return await failures(models, opened, tmp_path, only=only, mosaic_asked=asked)


@pytest.mark.parametrize(
    ("made", "asked"), [(Right, ASKED), (refusing(Unavailable("model-unavailable", "gone")), None)]
)
async def test_a_right_model_passes(tmp_path, made, asked):
    assert await run(made, tmp_path, asked=asked) == {}


@pytest.mark.parametrize(
    ("made", "test", "words"),
    [
        (
            OtherAsk,
            "test_it_keeps_the_contract",
            "Model.complete: expected complete(request), found complete(question)",
        ),
        (Renaming, "test_its_name_stays", "its name 'it' became 'another'"),
        (Nothing, REPLIES, "complete() returned NoneType"),
        (Meddling, REPLIES, "complete() changed its request, a schema"),
        (Stubborn, "test_cancellation_is_let_through", "it caught trio.Cancelled"),
        (OneAtATime, "test_many_ask_at_once", "complete() raised RuntimeError for a word"),
        (replying(text="", calls=()), "test_it_answers", "with nothing"),
        (replying(text="\ud800"), REPLIES, "cannot be written as UTF-8"),
        (replying(text=b"hello"), REPLIES, "is none"),
        (replying(stopped="finished"), REPLIES, "stopped with 'finished'"),
        (replying(stopped="tools"), REPLIES, "wants tools, and calls none"),
        (replying(calls=[call(id="")]), REPLIES, "has no id"),
        (replying(calls=[call(), call()]), REPLIES, "have the same id"),
        (replying(calls=[call(arguments=[1])]), REPLIES, "are no mapping"),
        (replying(calls=[call(arguments={"a": float("nan")})]), REPLIES, "are not JSON"),
        (replying(usage=Usage(input_tokens=-1)), REPLIES, "a figure that is none"),
        (replying(usage=Usage(money=float("inf"))), REPLIES, "a figure that is none"),
        (
            replying(usage=Usage(input_tokens=1, cached_tokens=2)),
            REPLIES,
            "more cached tokens than input tokens",
        ),
        (refusing(ValueError("no")), REPLIES, "complete() raised ValueError"),
        (refusing(InputError("bad-model", "no")), REPLIES, "with the code 'bad-model'"),
        (refusing(Refused("model-refused", "no")), REPLIES, "complete() raised Refused"),
        (refusing(InputError("model-refused", "")), REPLIES, "says nothing"),
        (
            refusing(InputError("model-refused", "no", got=f"Bearer {KEY}")),
            REPLIES,
            "tells a secret in its 'got'",
        ),
    ],
)
async def test_what_is_wrong_is_said(tmp_path, made, test, words):
    require_told(await run(made, tmp_path, only=[test]), words)


async def test_who_promises_an_answer_gives_one(tmp_path):
    asked = Asked(request=models.REQUESTS["no message"])
    require_told(
        await run(Right, tmp_path, asked=asked, only=["test_it_answers"]),
        "the model refused the request of mosaic_asked",
    )
