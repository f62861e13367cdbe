"""The plugin by which the command line shows up among the others; its commands are a static index."""

from __future__ import annotations


class CliPlugin:
    """Provides nothing to the kernel: the command line embeds a kernel, as any program can."""
