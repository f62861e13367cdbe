"""An attempt in the hands of a worker, from the claim until the worker has reported it or lost it."""

from __future__ import annotations

from typing import TypeAlias

import attrs
import trio

from mosaic_hookspecs import AgentResult, Assignment

Key: TypeAlias = tuple[str, str, int]
"""Run, task and token: what names an attempt."""


@attrs.define(eq=False)
class Held:
    """One attempt. `deadline` is trio's time at which it is lost unless its worker is heard before.

    `is_given` says whether a worker has it: before, it waits for one to come back. `result` is set by the first
    report, and by no other.
    """

    assignment: Assignment
    worker: str
    deadline: float
    since: int
    is_given: bool = False
    result: AgentResult | None = None
    changed: trio.Event = attrs.field(factory=trio.Event)

    @property
    def key(self) -> Key:
        """Run, task and token."""
        return (self.assignment.run_id, self.assignment.spec.task_id, self.assignment.token)

    @property
    def is_reported(self) -> bool:
        """Whether its worker has said what became of it."""
        return self.result is not None

    def renew(self, seconds: float) -> None:
        """Let it last for so long from now."""
        self.deadline = trio.current_time() + seconds

    def give(self, seconds: float) -> None:
        """Hand it to its worker, or back: `seconds` is how long it lasts from now."""
        self.renew(seconds)
        self.wake()

    def settle(self, result: AgentResult) -> None:
        """Take the worker's result."""
        self.result = result
        self.wake()

    def wake(self) -> None:
        """Have whoever waits look at it again."""
        self.changed.set()

    async def outcome(self) -> AgentResult | None:
        """Wait for the result; None when the deadline has passed without one."""
        while not self.is_reported:
            self.changed = trio.Event()
            with trio.move_on_at(self.deadline):
                await self.changed.wait()
            if trio.current_time() >= self.deadline:
                break
        return self.result
