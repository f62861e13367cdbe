"""The plugin that serves Mosaic over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, State, hookimpl
from mosaic_hookspecs.operations import Operation

from .settings import Config


class HttpPlugin:
    """Serves Mosaic over HTTP: operations as REST routes and live streams."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the transport; it opens nothing before it serves."""
        from .transport import HttpTransport

        self._transport = HttpTransport(context, context.config)
        context.on_cleanup(self._transport.close)
        return [Provision(port="transport", name="http", provider=self._transport)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare what signs browsers in."""
        from .operations import Linking

        return Linking(self._transport).operations()

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Refuse to be reached from elsewhere without encryption."""
        from .reachability import require_safe

        require_safe(context.config)

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say whether it listens where it was asked to."""
        trouble = self._transport.trouble
        where = ", ".join(self._transport.addresses)
        return Health(is_well=not trouble, detail=trouble or (f"serves at {where}" if where else ""))

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand the listening socket and the browsers' sessions on."""
        return self._transport.share()

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take the listening socket and the browsers' sessions over."""
        state.require(1)
        self._transport.take_over(state)

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Let the requests in flight finish."""
        await self._transport.drain()
