"""What the agent ``scaffold`` offers, known without a kernel."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.blueprint import WORK_KINDS
from mosaic_hookspecs.offers import AgentOffer

OFFER = AgentOffer(name="scaffold", labels=frozenset(WORK_KINDS))
"""Every kind of work on services, and nothing else."""


def offers() -> Sequence[AgentOffer]:
    """Answer the glance ``agents``."""
    return (OFFER,)
