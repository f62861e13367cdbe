"""The sessions of clients that have some: who is told of changes, and to which resources they subscribed."""

from __future__ import annotations

from typing import Any

import trio
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ToolsListChanged

_SECONDS = 5.0


def connection_of(ctx: ServerRequestContext[Any, Any]) -> Connection:
    """Return what lasts between the requests of one client."""
    return ctx.session._connection  # noqa: SLF001 - the only way to it


class Sessions:
    """Tells every client of changes: those of 2026-07-28 over the streams that they opened (`bus`), the others
    over their sessions.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._subscribed: dict[Connection, set[str]] = {}

    def enter(self, ctx: ServerRequestContext[Any, Any]) -> None:
        """Count a client in, until its connection ends."""
        connection = connection_of(ctx)
        if connection not in self._subscribed:
            self._subscribed[connection] = set()
            connection.exit_stack.callback(self._subscribed.pop, connection, None)

    def subscribe(self, ctx: ServerRequestContext[Any, Any], uri: str) -> None:
        """Tell this client of a resource's changes."""
        self.enter(ctx)
        self._subscribed[connection_of(ctx)].add(uri)

    def unsubscribe(self, ctx: ServerRequestContext[Any, Any], uri: str) -> None:
        """Tell it no more."""
        self._subscribed.get(connection_of(ctx), set()).discard(uri)

    async def tools_changed(self) -> None:
        """Tell everybody that the list of tools is another."""
        await self.bus.publish(ToolsListChanged())
        for connection in tuple(self._subscribed):
            with trio.move_on_after(_SECONDS):
                await connection.send_tool_list_changed()

    async def resources_changed(self) -> None:
        """Tell everybody that the list of resources is another."""
        await self.bus.publish(ResourcesListChanged())
        for connection in tuple(self._subscribed):
            with trio.move_on_after(_SECONDS):
                await connection.send_resource_list_changed()

    async def resource_updated(self, uri: str) -> None:
        """Tell whoever subscribed to a resource that it is another."""
        await self.bus.publish(ResourceUpdated(uri=uri))
        for connection, uris in tuple(self._subscribed.items()):
            if uri in uris:
                with trio.move_on_after(_SECONDS):
                    await connection.send_resource_updated(uri)
