"""Formats and sources in a process of their own pass the kit: methods that are stood still for."""

from remote_opening import isolated

from mosaic_testing.planning import TestFormat, TestSource

__all__ = ["TestFormat", "TestSource"]

mosaic_provider = isolated("planning", "upp", "format:json", "source:prd")
