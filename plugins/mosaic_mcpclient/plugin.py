"""The plugin: the configured servers as agents of one call, and the operations over them."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Health, Operation, Provision, hookimpl

from .configuration import Config
from .offers import PREFIX


class McpClientPlugin:
    """Uses external MCP servers. Without a configured one it does nothing; none is started before its use."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make a provider for each server; none holds anything open yet."""
        from .agent import ToolAgent
        from .desk import Desk
        from .pins import Pins
        from .server import Server

        config: Config = context.config or Config()
        pins = Pins(context)
        self._servers = {name: Server(context, config, name, pins) for name in config.servers}
        self._desk = Desk(self._servers, pins)
        return [
            Provision(port="agents", name=f"{PREFIX}{name}", provider=ToolAgent(server))
            for name, server in self._servers.items()
        ]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations."""
        from .operations import operations

        return operations(self._desk)

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say which servers are left alone since they fail."""
        parked = [name for name, server in self._servers.items() if server.state == "parked"]
        detail = f"left alone, since they failed too often: {', '.join(parked)}" if parked else ""
        return Health(is_well=not parked, detail=detail)
