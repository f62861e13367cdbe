"""The plugin: each agent of the configuration is one of the agents port. Without any it does nothing."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Health, Provision, hookimpl

from .configuration import Config


class AcpPlugin:
    """Provides agents that speak ACP."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the configured agents; none is started before a task is there."""
        config: Config = context.config or Config()
        if not config.agents:
            return []
        from .agent import AcpAgent
        from .presets import launch_of

        launches = [launch_of(name, settings) for name, settings in config.agents.items()]
        return [
            Provision(port="agents", name=launch.name, provider=AcpAgent(launch, config, context))
            for launch in launches
        ]

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say which of the agents' programs are not here, and how to get them."""
        config: Config = context.config or Config()
        if not config.agents:
            return Health(detail="no agent is configured")
        from .presets import launch_of, missing_programs

        launches = [launch_of(name, settings) for name, settings in config.agents.items()]
        return Health(detail=" ".join(missing_programs(launches)) or f"agents: {', '.join(config.agents)}")
