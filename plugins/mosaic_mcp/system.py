"""The system whose operations are offered: what the MCP server knows of it, wherever it runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.operations import Principal

_PRINCIPAL = Principal(name="mcp", kind="agent", permissions=frozenset("*"))


class System(Protocol):
    """A Mosaic whose operations can be carried out. Inputs and outputs are JSON data."""

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out a query or command. Cancelling the caller cancels it. Raises as the operation does."""

    def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream; to be closed (``aclosing``) if it is left early. Raises at the first item."""

    async def until_back(self) -> None:
        """Return when a system that was gone can be followed again."""


class OwnSystem:
    """The kernel that this plugin runs in."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out a query or command."""
        return to_json_data(await self._context.dispatch(operation, dict(data), _PRINCIPAL))

    async def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream."""
        items = self._context.follow(operation, dict(data), _PRINCIPAL)
        try:
            async for item in items:
                yield to_json_data(item)
        finally:
            await items.aclose()

    async def until_back(self) -> None:
        """Wait: this kernel is gone when this plugin is."""
        await trio.sleep_forever()
