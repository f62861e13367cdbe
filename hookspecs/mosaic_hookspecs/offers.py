"""What an agent offers to a claim."""

from __future__ import annotations

import attrs

AGENTS_CHANGED = "agents.changed"
"""Topic of the notice that an agent has come, gone, or takes other work than before; since contract 1.1."""


@attrs.frozen(kw_only=True)
class AgentOffer:
    """An agent that a claim may hand tasks to.

    `labels` is what it can do. A `general` agent also takes tasks without labels and runtime, and
    tasks with labels that it does not have: it can try any work.

    `room` is how many more attempts it takes now (None: as many as there are). `is_remote` says that its
    attempts are made elsewhere, and so take none of this process's slots. An agent whose offer changes
    publishes `AGENTS_CHANGED` on the bus. Both since contract 1.1.
    """

    name: str
    labels: frozenset[str] = frozenset()
    is_general: bool = False
    room: int | None = None
    is_remote: bool = False

    def takes(self, runtime: str, labels: frozenset[str]) -> bool:
        """Whether tasks with this `runtime` and these `labels` may go to this agent."""
        if runtime:
            return runtime == self.name
        return self.is_general or (bool(labels) and labels <= self.labels)
