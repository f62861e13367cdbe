"""The plugin: provides the agent ``scaffold``."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Provision, hookimpl


class ScaffoldPlugin:
    """Fills the agents port with one agent that needs no model."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the agent; it holds nothing that would have to be closed."""
        from .agent import ScaffoldAgent

        return [Provision(port="agents", name="scaffold", provider=ScaffoldAgent())]
