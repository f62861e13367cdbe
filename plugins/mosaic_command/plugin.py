"""The plugin: provides the agent ``command``, the programs that the configuration makes agents, and the
runners of ``command`` and ``http`` checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Provision, hookimpl

from .agent import CommandAgent
from .command_check import CommandCheck
from .configuration import Config
from .http_check import HttpCheck
from .program_agent import ProgramAgent


class CommandPlugin:
    """Provides what runs commands."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the agent and the check runners; none holds anything open."""
        config: Config = context.config or Config()
        command = CommandAgent(context.port("workspace"))
        programs = [
            Provision(port="agents", name=name, provider=ProgramAgent(name, program, command))
            for name, program in config.agents.items()
        ]
        return [
            *programs,
            Provision(port="agents", name="command", provider=command),
            Provision(port="agents", name="check:command", provider=CommandCheck()),
            Provision(port="agents", name="check:http", provider=HttpCheck()),
        ]
