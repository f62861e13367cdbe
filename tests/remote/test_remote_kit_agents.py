"""An agent in a process of its own passes the kit of its port; the journal stays in the kernel's."""

from remote_opening import isolated

from mosaic_testing.agents import TestAgents

__all__ = ["TestAgents"]

mosaic_provider = isolated("agents", "command", "command")
