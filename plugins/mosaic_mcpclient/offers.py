"""What the configured servers offer to claims, known without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.offers import AgentOffer

PREFIX = "mcp:"
"""Begins the name in the agents port of every configured server."""


def offers() -> Sequence[AgentOffer]:
    """Answer the glance ``agents``: without a configuration there is no server."""
    return ()
