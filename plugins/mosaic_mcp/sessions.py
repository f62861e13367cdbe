"""The sessions of clients that have some: who is told of changes, and to which resources they subscribed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import trio
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ToolsListChanged

_SECONDS = 5.0
_ENDLESS = "mosaic.endless"
"""The extension of ASGI by which a server is told that an answer has no end: it does not wait for it then."""


def connection_of(ctx: ServerRequestContext[Any, Any]) -> Connection:
    """Return what lasts between the requests of one client."""
    return ctx.session._connection  # noqa: SLF001 - the only way to it


def say_endless(ctx: ServerRequestContext[Any, Any]) -> None:
    """Tell the server that this came by that the answer has no end, if it wants to know."""
    scope = getattr(ctx.request, "scope", None) or {}
    say = scope.get("extensions", {}).get(_ENDLESS)
    if say is not None:
        say()


class Sessions:
    """Tells every client of changes: those of 2026-07-28 over the streams that they opened (`bus`), the others
    over their sessions.
    """

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._subscribed: dict[Connection, set[str]] = {}
        self._by_name: dict[str, Connection] = {}

    def enter(self, connection: Connection, uris: Iterable[str] = ()) -> None:
        """Count a client in, until its connection ends."""
        if connection not in self._subscribed:
            self._subscribed[connection] = set()
            connection.exit_stack.callback(self._leave, connection)
            if connection.session_id is not None:
                self._by_name[connection.session_id] = connection
        self._subscribed[connection] |= set(uris)

    def by_name(self) -> Mapping[str, Connection]:
        """Return the sessions that have a name, and have begun."""
        return self._by_name

    def all(self) -> Iterable[Connection]:
        """Return those that have begun, with a name and without."""
        return self._subscribed

    def uris_of(self, connection: Connection) -> AbstractSet[str]:
        """Return the resources that a session subscribed to."""
        return self._subscribed.get(connection, frozenset())

    def _leave(self, connection: Connection) -> None:
        self._subscribed.pop(connection, None)
        if connection.session_id is not None:
            self._by_name.pop(connection.session_id, None)

    def subscribe(self, ctx: ServerRequestContext[Any, Any], uri: str) -> None:
        """Tell this client of a resource's changes."""
        self.enter(connection_of(ctx))
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
