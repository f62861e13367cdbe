"""Calls of tools: an operation's output as a result, and its error as one that says what to do next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any

import mcp_types as types
import pydantic
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from mosaic_hookspecs.context import Log
from mosaic_hookspecs.errors import InputError, MosaicError

from .asking import Carry, answered
from .confirming import cannot_ask, confirmed
from .failures import describe
from .system import System
from .telling import Listener
from .tools import ANSWERS, ASKS, CONTENT, STATE, OfferedTool
from .watching import DRIVE, told_of
from .wording import REQUIRED


async def call(  # noqa: PLR0913 - what, for whom, and how
    system: System,
    tool: OfferedTool,
    ctx: ServerRequestContext[Any, Any],
    params: types.CallToolRequestParams,
    log: Log,
    *,
    confirms: bool,
    listener: Listener,
    put: Carry | None = None,
) -> types.CallToolResult | types.InputRequiredResult:
    """Carry out a tool, and ask the person first if it `confirms`. `listener` is told how far it is; `put` asks
    the client where the request cannot. Cancelling the caller cancels the operation.

    Raises:
        MCPError: the client cannot be asked what the tool must ask.
    """
    arguments = params.arguments or {}

    async def carry(given: Mapping[str, Any]) -> Any:
        return await _carried_out(system, tool, {**arguments, **given}, listener)

    try:
        require_arguments(tool, arguments)
        asking = confirmed(carry, tool.operation, arguments) if confirms else carry
        output = await answered(ctx, params, asking, put) if tool.asks or confirms else await carry({})
    except MCPError as error:
        if not (confirms and error.code == types.MISSING_REQUIRED_CLIENT_CAPABILITY):
            raise
        return types.CallToolResult(
            content=[_text({"error": describe(cannot_ask(tool.operation))})], is_error=True
        )
    except Exception as error:  # noqa: BLE001 - a boundary: what an operation raises is the tool's result
        return types.CallToolResult(content=[_text(failed(tool, error, log))], is_error=True)
    return output if isinstance(output, types.InputRequiredResult) else _result(tool, output)


async def carried_out(
    system: System, tool: OfferedTool, arguments: Mapping[str, Any], log: Log, listener: Listener
) -> types.CallToolResult:
    """Carry out a tool for which nobody waits, and which asks nothing."""
    try:
        require_arguments(tool, arguments)
        return _result(tool, await _carried_out(system, tool, arguments, listener))
    except Exception as error:  # noqa: BLE001 - a boundary: what an operation raises is the tool's result
        return types.CallToolResult(content=[_text(failed(tool, error, log))], is_error=True)


def failed(tool: OfferedTool, error: Exception, log: Log) -> dict[str, Any]:
    """Return what the model is told of an operation's exception; what is nobody's mistake is logged."""
    if not isinstance(error, MosaicError | OSError):
        log.error("mcp.call_failed", tool=tool.name, error=error)
    return {"error": describe(error)}


def require_arguments(tool: OfferedTool, arguments: Mapping[str, Any]) -> None:
    """Refuse what a model may not give, and miss what it must.

    Raises:
        InputError: code ``bad-input``.
    """
    forbidden = {ANSWERS, STATE} & set(arguments) if tool.asks else ()
    for name in forbidden:
        raise InputError("bad-input", f"unknown key {name!r}", where=name, got=name)
    for name in REQUIRED.get(tool.operation, ()):
        if not arguments.get(name):
            raise InputError("bad-input", f"{name!r} is missing", where=name, expected="text")


async def _carried_out(
    system: System, tool: OfferedTool, arguments: Mapping[str, Any], listener: Listener
) -> Any:
    if tool.is_stream:
        last: Any = None
        async with aclosing(system.follow(tool.operation, arguments)) as items:
            async for item in items:
                last = item
                await listener.item(item)
        return last
    async with AsyncExitStack() as stack:
        if tool.operation == DRIVE and listener.is_heard:
            await stack.enter_async_context(told_of(system, arguments["run_id"], listener.progress))
        return await system.dispatch(tool.operation, arguments)


def _result(tool: OfferedTool, output: Any) -> types.CallToolResult:
    if tool.asks and isinstance(output, dict):
        output = {name: value for name, value in output.items() if name not in (ASKS, STATE)}
    if isinstance(output, dict) and set(output) == {CONTENT}:
        try:
            return types.CallToolResult.model_validate({CONTENT: output[CONTENT]})
        except pydantic.ValidationError as error:
            wrong = InputError("bad-content", "the tool's content is none that MCP knows", got=str(error))
            return types.CallToolResult(content=[_text({"error": describe(wrong)})], is_error=True)
    structured = output if isinstance(output, dict) and not tool.is_stream else None
    return types.CallToolResult(content=[_text(output)], structured_content=structured)


def _text(data: Any) -> types.TextContent:
    return types.TextContent(text=json.dumps(data, ensure_ascii=False, separators=(",", ":")))
