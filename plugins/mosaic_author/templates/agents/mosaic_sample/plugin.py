"""The plugin class: provides the agent."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Agent, Context, Provision, hookimpl


class SamplePlugin:
    """Provides the agents port. The kernel makes an instance for each generation."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the agent; it holds nothing open."""
        from .agent import FilesAgent  # only who runs tasks pays for importing it

        agent: Agent = FilesAgent()
        return [Provision(port="agents", name="sample", provider=agent)]
