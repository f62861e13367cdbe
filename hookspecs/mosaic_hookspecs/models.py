"""The models port: language models that Mosaic itself asks, for planning, the built-in loop and reviews.

A provider carries one request to one endpoint and back. It keeps no conversation, retries nothing and knows no
budget: who asks owns all three. The conformance kit for this port is ``mosaic_testing.models``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.tasks import Usage

MODELS_CONTRACT = "1.0"


@attrs.frozen(kw_only=True)
class ToolCall:
    """A tool that the model wants called. `arguments` are what it wrote, decoded; `problem` says why that could
    not be decoded ("" where it could).
    """

    id: str
    name: str
    arguments: JsonObject = attrs.field(factory=dict)
    problem: str = ""


@attrs.frozen(kw_only=True)
class Message:
    """One turn. `role` is ``user``, ``assistant`` or ``tool``: the answer to the call `call_id`, of which
    `is_error` says whether it failed.
    """

    role: str
    text: str = ""
    calls: Sequence[ToolCall] = ()
    call_id: str = ""
    is_error: bool = False


@attrs.frozen(kw_only=True)
class ModelTool:
    """A tool that the model may ask for; `schema` is the JSON Schema of its arguments, an object."""

    name: str
    description: str
    schema: JsonObject


@attrs.frozen(kw_only=True)
class ModelRequest:
    """What a model is asked. `schema` is the JSON Schema that the answer should fit (None: free text);
    providers ask for it by the best means that the endpoint has, and promise nothing: who asked validates.
    `model` "" is the provider's default.
    """

    system: str = ""
    messages: Sequence[Message] = ()
    tools: Sequence[ModelTool] = ()
    schema: JsonObject | None = None
    model: str = ""
    max_tokens: int = 8192
    temperature: float | None = None


@attrs.frozen(kw_only=True)
class ModelReply:
    """What came back. `stopped` is ``end``, ``tools`` (it wants `calls` answered), ``length`` (it was cut
    off) or ``refused``. `model` is what the endpoint says has answered.
    """

    text: str = ""
    calls: Sequence[ToolCall] = ()
    stopped: str = "end"
    usage: Usage = Usage()
    model: str = ""


class Model(Protocol):
    """A provider of the models port."""

    @property
    def name(self) -> str:
        """What the configuration calls it."""

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once, without retries. Cancelling ends the request.

        Raises:
            Unavailable: the endpoint cannot be reached, is overloaded or took too long (``model-unavailable``,
                and then trying again may help), or its answer is none (``model-malformed``).
            Denied: it does not accept the credentials (``model-denied``); the hint names the setting.
            InputError: it does not accept the request, as for an unknown model or one that is too long
                (``model-refused``).
        """
