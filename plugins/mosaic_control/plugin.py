"""The plugin that answers the command line from a running system."""

from __future__ import annotations


class ControlPlugin:
    """Lets the command line reach a running system, through a Unix socket of the project."""
