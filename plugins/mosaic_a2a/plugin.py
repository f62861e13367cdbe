"""The plugin: each agent of the configuration is one of the agents port. Without any it does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Provision, hookimpl

from .configuration import Config


class A2aPlugin:
    """Provides agents that speak A2A."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the configured agents; none is called before a task is there."""
        config: Config = context.config or Config()
        if not config.agents:
            return []
        from .agent import A2aAgent

        return [
            Provision(port="agents", name=name, provider=A2aAgent(name, agent, config, context))
            for name, agent in config.agents.items()
        ]
