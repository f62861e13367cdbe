"""The plugin that watches files and asks the kernel to reload."""

from __future__ import annotations


class WatchPlugin:
    """Notices changed code, configuration and packages, and has them reloaded."""
