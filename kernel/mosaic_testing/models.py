"""The conformance kit of the models port: whatever it is asked, a model answers soundly or refuses in words.

What your model can be asked only you know, and whether it can be asked at all while tests run. So override the
fixture `mosaic_asked` in the ``conftest.py`` at the root of your project::

    @pytest.fixture
    def mosaic_asked():
        return Asked(secrets=["the key of mosaic_settings"])

Then the kit expects an answer to its `request`. Without it, a refusal will do: an endpoint that is configured
and does not serve is `Unavailable`, and that is all that can be shown then.
"""

from __future__ import annotations

import copy
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from mosaic_hookspecs import Denied, InputError, MosaicError, Unavailable
from mosaic_hookspecs.data import JsonObject, canonical_json
from mosaic_hookspecs.models import Message, Model, ModelReply, ModelRequest, ModelTool, ToolCall

from .cancelling import require_lets_go
from .contracts import require_contract_of
from .opening import Opened, OpenKernel
from .secrecy import secrets_told

__all__ = ["REQUESTS", "Asked", "TestCancelling", "TestContract", "TestReplies", "require_sound"]

_SECONDS = 10.0
_MANY = 8
_STOPPED = frozenset({"end", "tools", "length", "refused"})
_REFUSALS: Mapping[str, type[MosaicError]] = {
    "model-unavailable": Unavailable,
    "model-malformed": Unavailable,
    "model-denied": Denied,
    "model-refused": InputError,
}
_HELLO = Message(role="user", text="Say hello, in one word.")
_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
    "additionalProperties": False,
}
_TOOL = ModelTool(name="look", description="Look something up.", schema=_SCHEMA)
_CALL = ToolCall(id="call-1", name="look", arguments={"word": "hello"})
_ASKS = (_HELLO, Message(role="assistant", text="Let me look.", calls=(_CALL,)))

REQUESTS: Mapping[str, ModelRequest] = {
    "a word": ModelRequest(messages=(_HELLO,)),
    "a system prompt": ModelRequest(system="You are brief.", messages=(_HELLO,), temperature=0.0),
    "a single token": ModelRequest(messages=(_HELLO,), max_tokens=1),
    "a schema": ModelRequest(messages=(_HELLO,), schema=_SCHEMA),
    "a tool": ModelRequest(messages=(_HELLO,), tools=(_TOOL,)),
    "a schema beside a tool": ModelRequest(messages=(_HELLO,), tools=(_TOOL,), schema=_SCHEMA),
    "an answered call": ModelRequest(
        messages=(*_ASKS, Message(role="tool", text="It is a greeting.", call_id="call-1")), tools=(_TOOL,)
    ),
    "a call that failed": ModelRequest(
        messages=(*_ASKS, Message(role="tool", text="no such word", call_id="call-1", is_error=True)),
        tools=(_TOOL,),
    ),
    "a call without an answer": ModelRequest(messages=_ASKS, tools=(_TOOL,)),
    "a long conversation": ModelRequest(messages=(_HELLO, Message(role="assistant", text="Hello.")) * 20),
    "no message": ModelRequest(),
    "an empty message": ModelRequest(messages=(Message(role="user"),)),
    "text made to break a writer": ModelRequest(
        messages=(Message(role="user", text='\x00\ud800"\\\u2028]]>'),)
    ),
    "a long text": ModelRequest(messages=(Message(role="user", text="ü " * 50_000),)),
    "a model that there is not": ModelRequest(messages=(_HELLO,), model="no\nsuch/model " + "x" * 300),
}
"""What every model is asked."""


@attrs.frozen(kw_only=True)
class Asked:
    """A request that the tested model answers, and what must be seen neither in an error nor in the log."""

    request: ModelRequest = REQUESTS["a word"]
    secrets: Sequence[str] = ()


@asynccontextmanager
async def _opened(open_kernel: OpenKernel) -> AsyncIterator[Opened]:
    async with open_kernel(settings={"kernel.log_level": "debug"}) as opened:
        yield opened


async def _ask(model: Any, request: ModelRequest, what: str) -> ModelReply | MosaicError:
    """Ask; return a reply, which must be sound, or a refusal, which must be in words."""
    __tracebackhide__ = True
    asked = copy.deepcopy(request)
    try:
        reply = await model.complete(asked)
    except MosaicError as error:
        _require_words(error, what)
        return error
    except Exception as error:
        raise AssertionError(
            f"complete() raised {type(error).__name__} for {what}; it raises Unavailable, Denied or "
            f"InputError: {str(error)[:200]}"
        ) from error
    assert asked == request, f"complete() changed its request, {what}"
    require_sound(reply, what)
    return reply  # type: ignore[no-any-return] # that it is one was just required


def _require_words(error: MosaicError, what: str) -> None:
    __tracebackhide__ = True
    kind = _REFUSALS.get(error.code)
    assert kind is not None, (
        f"complete() refused {what} with the code {error.code!r}; it is one of {', '.join(_REFUSALS)}"
    )
    assert isinstance(error, kind), (
        f"complete() raised {type(error).__name__} with the code {error.code!r}, which {kind.__name__} has"
    )
    assert error.what, f"the refusal of {what} says nothing"


def require_sound(reply: Any, what: str = "a request") -> None:
    """Fail unless a reply is one that can be stored, counted and gone on with."""
    __tracebackhide__ = True
    assert isinstance(reply, ModelReply), (
        f"complete() returned {type(reply).__qualname__} for {what}; it returns a ModelReply"
    )
    assert isinstance(reply.text, str), f"the text of the reply to {what} is none: {reply.text!r:.100}"
    has_surrogates = any("\ud800" <= sign <= "\udfff" for sign in reply.text)
    assert not has_surrogates, f"the text of the reply to {what} cannot be written as UTF-8"
    assert reply.stopped in _STOPPED, (
        f"the reply to {what} stopped with {reply.stopped!r}; it is one of {', '.join(sorted(_STOPPED))}"
    )
    assert reply.stopped != "tools" or reply.calls, f"the reply to {what} wants tools, and calls none"
    ids = [call.id for call in reply.calls]
    assert all(ids), f"a call in the reply to {what} has no id, so nobody can answer it"
    assert len(set(ids)) == len(ids), f"two calls in the reply to {what} have the same id"
    for call in reply.calls:
        assert isinstance(call.arguments, Mapping), f"the arguments of {call.name!r} are no mapping"
        try:
            canonical_json(dict(call.arguments)).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise AssertionError(f"the arguments of {call.name!r} are not JSON: {error}") from error
    usage = reply.usage
    figures = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.money)
    is_counted = all(math.isfinite(figure) and figure >= 0 for figure in figures)
    assert is_counted, f"the usage of {what} has a figure that is none: {usage}"
    assert usage.cached_tokens <= usage.input_tokens, (
        f"the usage of {what} has more cached tokens than input tokens, of which they are a part: {usage}"
    )


class TestContract:
    """Its methods are those of the protocol, and its name is the one that it is known by."""

    async def test_it_keeps_the_contract(self, mosaic_opened: OpenKernel, mosaic_contract: str) -> None:
        async with _opened(mosaic_opened) as opened:
            require_contract_of(opened.provider, Model, contract=mosaic_contract)

    async def test_its_name_stays(self, mosaic_opened: OpenKernel) -> None:
        async with _opened(mosaic_opened) as opened:
            name = opened.provider.name
            assert isinstance(name, str), f"the name {name!r} is no text"
            assert name, "the model has no name"
            await _ask(opened.provider, REQUESTS["a word"], "a word")
            assert opened.provider.name == name, f"its name {name!r} became {opened.provider.name!r}"


class TestReplies:
    """What comes back."""

    async def test_it_answers(self, mosaic_opened: OpenKernel, mosaic_asked: Asked | None) -> None:
        if mosaic_asked is None:
            pytest.skip("nobody says that the model can be asked: override the fixture mosaic_asked")
        async with _opened(mosaic_opened) as opened:
            reply = await _ask(opened.provider, mosaic_asked.request, "the request of mosaic_asked")
            if isinstance(reply, MosaicError):
                pytest.fail(f"the model refused the request of mosaic_asked: {reply}")
            assert reply.text or reply.calls, "the model answered the request of mosaic_asked with nothing"

    async def test_whatever_it_is_asked_is_answered_or_refused(
        self, mosaic_opened: OpenKernel, mosaic_asked: Asked | None
    ) -> None:
        secrets = mosaic_asked.secrets if mosaic_asked else ()
        async with _opened(mosaic_opened) as opened:
            for what, request in REQUESTS.items():
                found = await _ask(opened.provider, request, what)
                if not isinstance(found, MosaicError):
                    continue
                for secret in secrets:
                    told = secrets_told(found, "", secret)
                    assert not told, f"the refusal of {what} tells a secret in {', '.join(told)}"
            for secret in secrets:
                assert secret not in opened.log.text, "the log tells a secret"

    async def test_many_ask_at_once(self, mosaic_opened: OpenKernel) -> None:
        async with _opened(mosaic_opened) as opened, trio.open_nursery() as nursery:
            for _ in range(_MANY):
                nursery.start_soon(_ask, opened.provider, REQUESTS["a word"], "a word")


class TestCancelling:
    """A question that nobody waits for any more ends."""

    async def test_cancellation_is_let_through(self, mosaic_opened: OpenKernel) -> None:
        async with _opened(mosaic_opened) as opened:
            for request in (REQUESTS["a word"], REQUESTS["a schema"]):
                await require_lets_go(opened.provider.complete(request), "complete()", seconds=_SECONDS)
