"""One life of a connection, in a task of its own. Imports the SDK: import it late."""

from __future__ import annotations

from typing import Any

import anyio
import mcp_types as types
import pydantic
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from mosaic_hookspecs.errors import Unavailable

from .failures import connection_ended, error_of, not_there
from .links import Link

_ANSWER: pydantic.TypeAdapter[types.CallToolResult | types.InputRequiredResult] = pydantic.TypeAdapter(
    types.CallToolResult | types.InputRequiredResult
)


class Connection:
    """A connection; run `live` in a task, and wait until it `is_ready`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._client: Client | None = None
        self._is_known = anyio.Event()
        self._over = anyio.Event()
        self._ended = anyio.Event()
        self._scope = anyio.CancelScope()
        self._words = ""

    @property
    def has_ended(self) -> bool:
        """Whether it is of no use any more."""
        return self._over.is_set() or self._ended.is_set()

    async def live(self) -> None:
        """Be connected until it is over; raises nothing but cancellation."""
        try:
            with self._scope:
                async with Client(self._link.open(), mode="auto", cache=None) as client:
                    self._client = client
                    self._is_known.set()
                    await self._over.wait()
        except Exception as error:  # noqa: BLE001 - a boundary: what the SDK and the other side do ends here
            self._words = self._words or _words(error)
        finally:
            self._ended.set()
            self._is_known.set()

    async def ready(self) -> None:
        """Wait until it can be used.

        Raises:
            Unavailable: it did not come about.
        """
        await self._is_known.wait()
        if self._client is None:
            await self._ended.wait()
            raise Unavailable(
                "not-connected",
                f"Mosaic could not be reached ({self._link.where})",
                got=" | ".join(part for part in (self._words, self._link.said()) if part)[:1000],
                hint="See that it runs, that address and token are right, and that it has mosaic-stack[mcp].",
            )

    async def close(self) -> None:
        """End it, and return when it has ended."""
        self._over.set()
        if self._client is None:
            self._scope.cancel()
        await self._ended.wait()

    async def call(self, tool: str, arguments: dict[str, Any]) -> types.CallToolResult:
        """Call a tool; return its result, whatever the tool says in it.

        Below the SDK's own call, which lists all tools first, to check answers that the server has checked.
        """
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=arguments))
        result = await self._asked(tool, lambda client: client.session.send_request(request, _ANSWER))
        if isinstance(result, types.CallToolResult):
            if result.is_error:
                raise error_of(tool, _text_of(result.content))
            return result
        raise Unavailable(
            "tool-asks",
            f"the tool {tool} asks a person first, and a program has none to ask",
            hint="Have the person do it, for instance with `mosaic approve`.",
        )

    async def read(self, uri: str) -> types.ReadResourceResult:
        """Read what is at an address."""
        found: types.ReadResourceResult = await self._asked(uri, lambda client: client.read_resource(uri))
        return found

    async def prompt(self, name: str, arguments: dict[str, str]) -> types.GetPromptResult:
        """Return a prompt, filled in."""
        found: types.GetPromptResult = await self._asked(
            name, lambda client: client.get_prompt(name, arguments)
        )
        return found

    async def tools(self) -> list[str]:
        """Return the names of the tools that are offered."""
        found: list[str] = []
        cursor: str | None = None
        while True:
            after = cursor
            page = await self._asked("tools", lambda client, after=after: client.list_tools(cursor=after))
            found += [tool.name for tool in page.tools]
            cursor = page.next_cursor
            if not cursor:
                return found

    async def _asked(self, about: str, ask: Any) -> Any:
        if self._client is None or self.has_ended:
            raise connection_ended(self._link.where, self._words, self._link.said())
        try:
            return await ask(self._client)
        except MCPError as error:
            if error.code == types.INVALID_PARAMS:
                raise not_there(about, error.message) from None
            raise await self._lost(error.message) from None
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream) as error:
            raise await self._lost(_words(error)) from None

    async def _lost(self, words: str) -> Unavailable:
        self._words = words
        self._over.set()
        await self._ended.wait()  # how it ended is known then
        return connection_ended(self._link.where, words, self._link.said())


def _text_of(content: list[Any]) -> str:
    return "\n".join(str(getattr(block, "text", "")) for block in content)


def _words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
