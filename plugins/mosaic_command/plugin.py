"""The plugin: provides the agent ``command`` and the runners of ``command`` and ``http`` checks."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Provision, hookimpl

from .agent import CommandAgent
from .command_check import CommandCheck
from .http_check import HttpCheck


class CommandPlugin:
    """Provides what runs commands."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the agent and the check runners; none holds anything open."""
        return [
            Provision(port="agents", name="command", provider=CommandAgent(context.port("workspace"))),
            Provision(port="agents", name="check:command", provider=CommandCheck()),
            Provision(port="agents", name="check:http", provider=HttpCheck()),
        ]
