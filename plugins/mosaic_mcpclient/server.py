"""One configured server: started by its first use, listed, called, and started again within its budget.

Owns that nothing is called that is not allowed, approved, and still described as it was approved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import trio

from mosaic_hookspecs import Context, MosaicError, Unavailable, canonical_json, digest

from .budget import FailureBudget
from .configuration import Config, ServerEntry
from .definitions import Listing, read_listing
from .pins import Pin, Pins
from .records import Answer
from .refusals import not_allowed, not_approved, not_there, require_approved
from .results import answer_of
from .sdk import load_sdk

_PAGES = 50


class Server:
    """A server of the configuration; the SDK is loaded when it is first used."""

    def __init__(self, context: Context, config: Config, name: str, pins: Pins) -> None:
        self.name = name
        self.entry: ServerEntry = config.servers[name]
        self.origin = _origin(self.entry)
        self.pins = pins
        self._context = context
        self._config = config
        self._budget = FailureBudget(config.restarts, config.restart_window_seconds)
        self._connection: Any = None  # a Connection, whose module imports the SDK
        self._connecting = trio.Lock()
        self._listing = trio.Lock()
        self._secrets: frozenset[bytes] = frozenset()

    @property
    def state(self) -> str:
        """``idle``, ``connected`` or ``parked``."""
        self._settle()
        if self._connection is not None:
            return "connected"
        return "parked" if self._budget.is_spent else "idle"

    @property
    def protocol(self) -> str:
        """The revision that is spoken; "" while it is not connected."""
        return "" if self._connection is None else str(self._connection.protocol)

    async def known(self, *, refresh: bool = False) -> Mapping[str, Pin]:
        """Return the pins of the tools that may be used by the configuration; the server is asked if it was
        never seen, or if they are to be refreshed.
        """
        if refresh or not await self.pins.is_known(self.name, self.origin):
            await self.list(fresh=True)
        found = await self.pins.of_server(self.name)
        return {name: pin for name, pin in found.items() if self.entry.permits(name)}

    async def list(self, *, fresh: bool = False) -> Listing:
        """Ask the server what it offers, and remember it.

        Raises:
            Unavailable: it is not there, or its answer is none.
        """
        connection = await self._connected()
        with connection.use():
            return await self._listed(connection, fresh=fresh)

    async def call(self, tool: str, arguments: Mapping[str, Any], *, tells_difference: bool) -> Answer:
        """Call a tool. `tells_difference` says that who reads an error is a person, who may see what an
        unapproved description says.

        Raises:
            Denied: the configuration does not allow it. Refused: it is not approved, or not any more.
            NotFound: there is no such tool. Unavailable: the server is not there, or does not answer.
        """
        if not self.entry.permits(tool):
            raise not_allowed(self.name, tool)
        pin = await self.pins.find(self.name, tool)
        if pin is not None and pin.approval is None:
            raise not_approved(self.name, tool)
        connection = await self._connected()
        with connection.use():
            listing = await self._listed(connection, fresh=False)
            definition = listing.tools.get(tool)
            if definition is None:
                raise not_there(self.name, tool, listing)
            pin = await self.pins.find(self.name, tool)
            require_approved(self.name, pin, definition, self.origin, tells_difference=tells_difference)
            return await self._called(connection, tool, arguments)

    async def _called(self, connection: Any, tool: str, arguments: Mapping[str, Any]) -> Answer:
        from .asking import call_tool

        result = await call_tool(connection, self.name, tool, arguments, self.entry.seconds)
        most = self._config.result_bytes
        return answer_of(self.name, tool, result, secrets=self._secrets, most_bytes=most)

    async def _listed(self, connection: Any, *, fresh: bool) -> Listing:
        from .asking import list_tools

        async with self._listing:
            age = trio.current_time() - connection.listed_at
            is_old = connection.has_changed or age >= self._config.listing_seconds
            if fresh or connection.listing is None or is_old:
                # Before the question: what the server says meanwhile makes the answer old again.
                connection.has_changed = False
                asked_at = trio.current_time()
                tools = await list_tools(
                    connection, self.name, self.entry.seconds, pages=_PAGES, most=self._config.tools
                )
                listing = read_listing(tools, self._config.definition_bytes)
                await self._remember(listing, is_new=connection.listing != listing)
                connection.listing, connection.listed_at = listing, asked_at
            known: Listing = connection.listing
        return known

    async def _remember(self, listing: Listing, *, is_new: bool) -> None:
        if is_new or not await self.pins.is_known(self.name, self.origin):
            allowed = {name: one for name, one in listing.tools.items() if self.entry.permits(name)}
            trusts = self.entry.trust == "first-use"
            await self.pins.record(self.name, self.origin, allowed, trusts_first_use=trusts)

    async def _connected(self) -> Any:
        """Return a connection that can be used."""
        async with self._connecting:
            self._settle()
            if self._connection is None:
                if self._budget.is_spent:
                    raise Unavailable(
                        "server-parked",
                        f"the MCP server {self.name!r} has failed too often, and is left alone for a while",
                        expected=f"at most {self._config.restarts} restarts in "
                        f"{self._config.restart_window_seconds:g} s",
                        hint="Do without it; Mosaic's log says why it failed.",
                    )
                await self._connect()
            connection = self._connection
            try:
                await connection.ready()
            except MosaicError:
                self._settle()
                raise
        return connection

    async def _connect(self) -> None:
        await load_sdk()
        from .connection import Connection
        from .links import link_to

        connection = Connection(
            self.name,
            start_seconds=self.entry.start_seconds,
            idle_seconds=self.entry.idle_seconds,
            log=self._context.log,
        )
        link = link_to(self.entry, self._config, self._context.project_directory, connection.tell)
        self._secrets = link.secrets
        self._context.start_soon(connection.run, link.transport, self.entry.protocol)
        self._connection = connection

    def _settle(self) -> None:
        """Let go of a connection that has ended, and count it if it failed."""
        if self._connection is not None and self._connection.has_ended:
            if self._connection.has_failed:
                self._budget.failed()
            self._connection = None


def _origin(entry: ServerEntry) -> str:
    """Name the program or the address that approvals are bound to."""
    about = {"url": entry.url} if entry.url else {"command": list(entry.command)}
    return digest(canonical_json(about).encode(errors="surrogatepass"))
