"""The plugin that serves Mosaic over MCP."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, State, hookimpl
from mosaic_hookspecs.operations import Operation

from .settings import Config
from .tiers import require_tiers


class McpPlugin:
    """Serves Mosaic over MCP: operations as tools, over stdio and Streamable HTTP."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the transport; it opens nothing."""
        from .transport import McpTransport

        self._transport = McpTransport(context, context.config)
        return [Provision(port="transport", name="mcp", provider=self._transport)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare what lends connections."""
        from .lending.operations import Lender

        return Lender(context, self._transport.loans, self._transport.reached).operations()

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Refuse sets of tools that there are not."""
        require_tiers(context.config.tiers, "plugins.mcp.tiers")

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say where it is reached, if it is to be."""
        trouble = await self._transport.trouble()
        where = ", ".join(self._transport.addresses)
        return Health(is_well=not trouble, detail=trouble or (f"serves at {where}" if where else ""))

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand the sessions and the loans on."""
        return self._transport.share()

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take the sessions and the loans over."""
        state.require(2)
        self._transport.take_over(state)

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Let the requests in flight finish."""
        await self._transport.drain()
