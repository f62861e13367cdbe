"""What an agent offers to a claim."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class AgentOffer:
    """An agent that a claim may hand tasks to.

    `labels` is what it can do. A `general` agent also takes tasks without labels and runtime, and
    tasks with labels that it does not have: it can try any work.
    """

    name: str
    labels: frozenset[str] = frozenset()
    is_general: bool = False

    def takes(self, runtime: str, labels: frozenset[str]) -> bool:
        """Whether tasks with this `runtime` and these `labels` may go to this agent."""
        if runtime:
            return runtime == self.name
        return self.is_general or (bool(labels) and labels <= self.labels)
