"""What pull workers offer, known without a kernel: nothing, since they come to a system that runs."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.offers import AgentOffer


def offers() -> Sequence[AgentOffer]:
    """Answer the glance ``agents``."""
    return ()
