"""The plugin: provides the coding agents that the configuration makes of presets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, hookimpl

from .configuration import Config

if TYPE_CHECKING:
    from mosaic_hookspecs.operations import Operation

    from .preset import Preset


class HeadlessPlugin:
    """Provides command lines of coding agents as agents."""

    Config = Config

    def __init__(self) -> None:
        self._presets: dict[str, Preset] = {}

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Read the presets of the configured agents, and make the agents; none holds anything open."""
        config: Config = context.config or Config()
        if not config.agents:
            return []
        from .agent import HeadlessAgent
        from .library import Library

        library = Library(config.presets, context.project_directory)
        self._presets = {
            name: library.get(settings.preset, f"plugins.headless.agents.{name}.preset")
            for name, settings in config.agents.items()
        }
        return [
            Provision(
                port="agents",
                name=name,
                provider=HeadlessAgent(name, settings, self._presets[name], config, context),
            )
            for name, settings in config.agents.items()
        ]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the list of presets."""
        from .discovery import Discovery
        from .library import Library

        config: Config = context.config or Config()
        return Discovery(Library(config.presets, context.project_directory), config).operations()

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Tell which agents have no program on this machine."""
        if not self._presets:
            return Health()
        from .discovery import Discovery
        from .library import Library

        config: Config = context.config or Config()
        missing = Discovery(Library(config.presets, context.project_directory), config).missing(self._presets)
        return Health(is_well=not missing, detail="; ".join(missing))
