"""The two requests that are made of a server, each within its time, and what its failures are called.

Goes below the SDK's own calls of tools: those check answers against the server's output schema, whose
patterns could keep this process busy for ever.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import mcp_types as types
import pydantic
import trio
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from mosaic_hookspecs import Refused, Unavailable

from .connection import Connection
from .neutral import one_line

Result = TypeVar("Result")
_SHOWN = 300
_PROBE_SECONDS = 5.0
_ANSWER: pydantic.TypeAdapter[types.CallToolResult | types.InputRequiredResult] = pydantic.TypeAdapter(
    types.CallToolResult | types.InputRequiredResult
)
_LOST = ("Session terminated",)
"""What the SDK says of a session that the server does not know any more; it has no code of its own."""


async def list_tools(
    connection: Connection, server: str, seconds: float, *, pages: int, most: int
) -> Sequence[Mapping[str, Any]]:
    """Return all tools of a server, as MCP writes them.

    Raises:
        Unavailable: it does not answer, or not with tools. Refused: it has too many.
    """

    async def ask(client: Client) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor: str | None = None
        for _ in range(pages):
            params = types.PaginatedRequestParams(cursor=cursor) if cursor else None
            page = await client.session.list_tools(params=params)
            found += [tool.model_dump(by_alias=True, mode="json", exclude_none=True) for tool in page.tools]
            cursor = page.next_cursor
            if not cursor or len(found) > most:
                break
        if cursor or len(found) > most:
            raise Refused(
                "too-many-tools",
                f"the MCP server {server!r} has more tools than it may",
                expected=f"at most {most}, on at most {pages} pages",
                hint="Raise plugins.mcpclient.tools if that is right.",
            )
        return found

    try:
        return await _asked(connection, server, seconds, ask)
    except MCPError as error:
        raise Unavailable(
            "no-tools",
            f"the MCP server {server!r} does not tell its tools",
            got=one_line(error.message, _SHOWN),
            hint="Do without it; a person can look at the server.",
        ) from None


async def call_tool(
    connection: Connection, server: str, tool: str, arguments: Mapping[str, Any], seconds: float
) -> Mapping[str, Any]:
    """Call a tool; return its result as MCP writes it. An error that the server answers is such a result.

    Raises:
        Unavailable: it does not answer, or not with a result. Refused: it asks for something first.
    """
    request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=dict(arguments)))

    async def ask(client: Client) -> types.CallToolResult | types.InputRequiredResult:
        return await client.session.send_request(request, _ANSWER)

    try:
        result = await _asked(connection, server, seconds, ask)
    except MCPError as error:
        return {"content": [{"type": "text", "text": error.message}], "isError": True}
    if isinstance(result, types.InputRequiredResult):
        raise Refused(
            "tool-asks",
            f"the tool {server}/{tool} asks for something before it answers, and nobody here may answer",
            hint="Give it all that it needs as arguments, or use another tool.",
        )
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


async def _asked(
    connection: Connection, server: str, seconds: float, ask: Callable[[Client], Awaitable[Result]]
) -> Result:
    """Await a request within its time.

    Raises:
        MCPError: the server answered an error. Unavailable: it did not answer, or not as MCP wants it.
    """
    try:
        with trio.move_on_after(seconds), connection.use() as client:
            return await ask(client)
    except MCPError as error:
        if error.code != types.CONNECTION_CLOSED and error.message not in _LOST:
            raise
        raise await connection.lost(one_line(error.message, _SHOWN)) from None
    except (pydantic.ValidationError, RuntimeError, ValueError) as error:
        raise Unavailable(
            "bad-answer",
            f"the MCP server {server!r} answered with what MCP does not know",
            got=one_line(str(error).partition("\n")[0], _SHOWN),
            hint="Do without it; a person can look at the server.",
        ) from None
    if not await _is_alive(connection, min(seconds, _PROBE_SECONDS)):
        connection.give_up(f"it did not answer within {seconds:g} seconds, nor a further question")
    raise Unavailable(
        "server-slow",
        f"the MCP server {server!r} did not answer in time",
        expected=f"an answer within {seconds:g} s",
        hint="Ask for less at once, or do without it; a person can raise `seconds` of the server.",
    )


async def _is_alive(connection: Connection, seconds: float) -> bool:
    """Whether a server that let a request wait answers a plain one: what is slow may go on, what hangs not."""
    with trio.move_on_after(seconds):
        try:
            with connection.use() as client:
                await client.session.list_tools()
        except Exception:  # noqa: BLE001 - any answer is a sign of life, and a lost connection is told elsewhere
            return not connection.has_ended
        return True
    return False
