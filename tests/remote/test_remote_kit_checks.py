"""Runners of checks in a process of their own pass the kit of their port."""

from remote_opening import isolated

from mosaic_testing.agents import TestCheckRunners

__all__ = ["TestCheckRunners"]

mosaic_provider = isolated("agents", "command", "check:command", "check:http")
