"""What the agent ``command`` offers, known without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.offers import AgentOffer

OFFER = AgentOffer(name="command")
"""Only tasks that name this runtime."""


def offers() -> Sequence[AgentOffer]:
    """Answer the glance ``agents``."""
    return (OFFER,)
