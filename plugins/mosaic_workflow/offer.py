"""What the agent ``workflow`` offers, known without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.offers import AgentOffer

OFFER = AgentOffer(name="workflow")
"""Its name; it can do nothing but jobs of workflows."""


def offers() -> Sequence[AgentOffer]:
    """Answer the glance ``agents``."""
    return (OFFER,)
