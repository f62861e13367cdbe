"""The plugin that answers the command line from a running system."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, State, hookimpl

from .settings import Config

_FAR = "The command line cannot reach this system."


class ControlPlugin:
    """Lets the command line reach a running system, through a Unix socket of the project."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the transport; it opens nothing before it serves."""
        from .transport import ControlTransport

        self._transport = ControlTransport(context, context.config)
        context.on_cleanup(self._transport.close)
        return [Provision(port="transport", name="control", provider=self._transport)]

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say whether the socket could be opened."""
        trouble = self._transport.trouble
        return Health(is_well=not trouble, detail=f"{_FAR} {trouble}" if trouble else "")

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand the listening socket on."""
        return self._transport.share()

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take the listening socket over."""
        state.require(1)
        self._transport.take_over(state)

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """End the streams, and let the connections finish what else is in flight."""
        await self._transport.drain()
