"""What the agent ``person`` offers, known without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.offers import AgentOffer

OFFER = AgentOffer(name="person", labels=frozenset({"human", "person"}), is_remote=True)
"""Tasks that name this runtime, or ask for a person by their labels."""


def offers() -> Sequence[AgentOffer]:
    """Answer the glance ``agents``."""
    return (OFFER,)
