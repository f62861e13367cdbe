"""What became of a step, and the words about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


class StepFailed(Exception):
    """A step could not do what it should; the words are for people."""

    def __init__(
        self, reason: str, outputs: Mapping[str, Any] | None = None, exit_code: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outputs = dict(outputs or {})
        self.exit_code = exit_code


@attrs.frozen(kw_only=True)
class StepResult:
    """How a step ended: `outcome` before ``continue-on-error``, `conclusion` after it."""

    outcome: str
    conclusion: str
    outputs: Mapping[str, Any] = attrs.field(factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Return what ``steps.ID`` gives."""
        return {"outcome": self.outcome, "conclusion": self.conclusion, "outputs": dict(self.outputs)}


def describe(step: Mapping[str, Any], index: int) -> str:
    """Name a step as people know it."""
    if step.get("name"):
        return str(step["name"])
    if step.get("uses"):
        return str(step["uses"])
    first = str(step.get("run", "")).strip().splitlines()
    return first[0][:60] if first else f"step {index + 1}"
