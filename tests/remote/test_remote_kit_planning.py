"""A planner in a process of its own passes the kit of its port."""

from remote_opening import isolated

from mosaic_testing.planning import TestPlanner

__all__ = ["TestPlanner"]

mosaic_provider = isolated("planning", "upp", "rules")
