"""The plugin of the dashboard: one provider of the port ``ui``, and the stream that its pages follow."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Operation, Provision, hookimpl

from .settings import Config


class DashboardPlugin:
    """Draws the contributions of all plugins; does nothing before a browser asks."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the pages, as contributions and as an application for the plugin http."""
        from .provider import Dashboard

        return [Provision(port="ui", name="dashboard", provider=Dashboard(context, context.config or Config()))]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare what open pages follow, and what tells what they are made of."""
        from .contribution_list import list_operations
        from .notices import operations

        return [*operations(context), *list_operations(context)]
