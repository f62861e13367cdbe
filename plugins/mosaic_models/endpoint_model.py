"""A provider of the models port: one endpoint of the configuration."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import trio

from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.models import ModelReply, ModelRequest
from mosaic_hookspecs.tasks import Usage

from .anthropic_wire import AnthropicWire
from .configuration import Endpoint
from .draft import Draft
from .failures import Failures
from .manner import Manner, Manners, after_refusal
from .openai_wire import OpenAIWire
from .schema_answers import ANSWER, is_json, json_in
from .spending import usage_of
from .wire import Ask, Wire

if TYPE_CHECKING:
    from .exchange import Exchange

_WIRES: dict[str, type[Wire]] = {"openai": OpenAIWire, "anthropic": AnthropicWire}


class EndpointModel:
    """Asks one endpoint. Connects when it is asked, not before.

    Args:
        name: what the configuration calls it.
        endpoint: where it is, and how it is asked.
    """

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self._name = name
        self._endpoint = endpoint
        self._wire = _WIRES[endpoint.kind]()
        self._failures = Failures(name, endpoint.key_from)
        self._manners = Manners()
        self._exchange: Exchange | None = None

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    @property
    def trouble(self) -> str:
        """Why it cannot be asked, as far as that can be known without asking; "" where nothing is."""
        variable = self._endpoint.key_from
        return f"{self._name}: {variable} is not set" if variable and not os.environ.get(variable) else ""

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask; see `mosaic_hookspecs.models.Model`. A request that was refused because of how it was put is put
        in another way, which is remembered; that is no second try of the same.
        """
        await trio.lowlevel.checkpoint()
        model = request.model or self._endpoint.model
        if not request.messages:
            raise self._failures.refused("it holds no message")
        seconds = self._endpoint.seconds
        with trio.move_on_after(seconds):
            return await self._complete(request, model)
        raise self._failures.unreachable(f"did not end its answer within {seconds:g} s (seconds)")

    async def _complete(self, request: ModelRequest, model: str) -> ModelReply:
        key, exchange = self._key(), self._connected()
        modes = self._modes(request)
        manner = self._manners.of(model, modes)
        first: InputError | None = None
        while True:
            ask = Ask(
                request=request,
                model=model,
                max_tokens=max(1, min(request.max_tokens, self._endpoint.max_tokens)),
                manner=manner,
            )
            body = self._wire.body(ask)
            try:
                draft = await exchange.ask(body, key)
                break
            except InputError as error:
                first = first or error
                other = after_refusal(manner, modes, error.got, has_temperature=request.temperature is not None)
                if other is None:
                    raise first from None
                manner = other
        self._manners.keep(model, manner)
        usage = usage_of(draft, self._endpoint, model, canonical_json(body))
        return self._reply(draft, usage, manner, modes, model)

    def _reply(
        self, draft: Draft, usage: Usage, manner: Manner, modes: Sequence[str], model: str
    ) -> ModelReply:
        reply = draft.reply(usage)
        reply = attrs.evolve(reply, model=reply.model or model)
        if not manner.mode:
            return reply
        if manner.mode == "tool":
            given = [call for call in reply.calls if call.name == ANSWER and not call.problem]
            stopped = "end" if reply.stopped == "tools" else reply.stopped
            text = canonical_json(given[0].arguments) if given else reply.text
            reply = attrs.evolve(reply, text=text, calls=(), stopped=stopped)
        if reply.stopped == "end":
            reply = attrs.evolve(reply, text=json_in(reply.text))
            self._manners.judge(model, manner, modes, is_json=is_json(reply.text))
        return reply

    def _modes(self, request: ModelRequest) -> Sequence[str]:
        modes = self._wire.modes(request)
        wanted = self._endpoint.structured
        return modes if wanted == "auto" or not modes else (wanted,)

    def _key(self) -> str:
        variable = self._endpoint.key_from
        if not variable:
            return ""
        key = os.environ.get(variable, "").strip()
        if not key or not (key.isascii() and key.isprintable()):
            raise self._failures.no_key()
        return key

    def _connected(self) -> Exchange:
        if self._exchange is None:
            from .exchange import Exchange  # imports the client, which only who asks pays for

            self._exchange = Exchange(self._endpoint, self._wire, self._failures)
        return self._exchange
