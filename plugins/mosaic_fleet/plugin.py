"""The plugin: provides the pull workers as agents, and the operations by which they work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Provision, hookimpl
from mosaic_hookspecs.operations import Operation

from .configuration import Config

if TYPE_CHECKING:
    from .fleet import Fleet


class FleetPlugin:
    """Makes any MCP client a worker. Does nothing until one comes."""

    Config = Config

    def __init__(self) -> None:
        self._fleet: Fleet | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the workers."""
        return [Provision(port="agents", name="pull", provider=self._the_fleet(context).agents)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations."""
        return self._the_fleet(context).operations()

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Give back what workers hold, and write what is kept of them."""
        await self._the_fleet(context).end()

    def _the_fleet(self, context: Context) -> Fleet:
        from .fleet import Fleet

        if self._fleet is None:
            self._fleet = Fleet(context, Config.of(context.config))
        return self._fleet
