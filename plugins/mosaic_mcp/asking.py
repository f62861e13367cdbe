"""Operations that must ask before they can answer: the person, the client's model, or for the client's roots.

Such an operation holds nothing between the rounds. Its output has the fields ``asks`` (what to ask, by key:
``{"method": …, "params": …}`` as MCP writes it) and ``state`` (a text of its own); while one of them is
filled, it has not answered. What a client cannot be asked is left out. It is called again with the same
input, and in the fields ``answers`` and ``state`` what came of it. Clients of the revision 2026-07-28 carry
the rounds themselves; the others are asked, and wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from mosaic_hookspecs.errors import Refused

from .tools import ANSWERS, ASKS, STATE

_ROUNDS = 16
_REQUESTS: Mapping[str, type[Any]] = {
    "elicitation/create": types.ElicitRequest,
    "sampling/createMessage": types.CreateMessageRequest,
    "roots/list": types.ListRootsRequest,
}
_CAPABILITIES = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
Carry = Callable[[Mapping[str, Any]], Awaitable[Any]]


def is_asking(output: Any) -> bool:
    """Whether an output asks, instead of answering."""
    return isinstance(output, dict) and ASKS in output and bool(output[ASKS] or output.get(STATE))


def is_modern(ctx: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client carries the rounds itself."""
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS


async def answered(
    ctx: ServerRequestContext[Any, Any],
    params: types.InputResponseRequestParams,
    carry: Carry,
    put: Carry | None = None,
) -> Any:
    """Have an operation carried out, round by round: return its output, or what is to be asked of the client.
    With `put`, that asks the client, whatever its era.

    Raises:
        MCPError: the client cannot be asked this.
        Refused: the operation asks without end (code ``asks-too-often``).
    """
    given: dict[str, Any] = {}
    if params.input_responses:
        given[ANSWERS] = {key: _plain(answer) for key, answer in params.input_responses.items()}
    if params.request_state:
        given[STATE] = params.request_state
    for _ in range(_ROUNDS):
        output = await carry(given)
        if not is_asking(output):
            return output
        asks = _answerable(ctx, {key: _request(ask) for key, ask in output[ASKS].items()})
        if put is None and is_modern(ctx):
            return types.InputRequiredResult(
                input_requests=asks or None, request_state=output.get(STATE) or None
            )
        if put is not None:
            answers = await put(asks)
        else:
            answers = {key: await _asked(ctx, ask) for key, ask in asks.items()}
        given = {ANSWERS: answers, STATE: output.get(STATE, "")}
    raise Refused("asks-too-often", f"the tool asked {_ROUNDS} times, and did not answer")


def _request(ask: Mapping[str, Any]) -> Any:
    return _REQUESTS[ask["method"]].model_validate({**ask, "params": ask.get("params") or {}})


def _answerable(ctx: ServerRequestContext[Any, Any], asks: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this client can be asked. Raises `MCPError` where that is nothing, of something."""
    declared = ctx.session.client_capabilities
    wanted = {key: _CAPABILITIES[ask.method] for key, ask in asks.items()}
    missing = {name for name in wanted.values() if getattr(declared, name, None) is None}
    found = {key: ask for key, ask in asks.items() if wanted[key] not in missing}
    if missing and not found:
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            f"This needs a client that can be asked: {', '.join(sorted(missing))}",
            {"requiredCapabilities": {name: {} for name in sorted(missing)}},
        )
    return found


async def _asked(ctx: ServerRequestContext[Any, Any], request: Any) -> dict[str, Any]:
    from mcp.shared.message import ServerMessageMetadata

    metadata = ServerMessageMetadata(related_request_id=ctx.request_id)
    kinds = {
        "elicitation/create": types.ElicitResult,
        "sampling/createMessage": types.CreateMessageResult,
        "roots/list": types.ListRootsResult,
    }
    return _plain(await ctx.session.send_request(request, kinds[request.method], metadata=metadata))


def _plain(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.model_dump(by_alias=True, mode="json", exclude_none=True)
    return found
