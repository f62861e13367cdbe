"""An agent that does what a test tells it to.

A *step* is an asynchronous function of the assignment: it returns an `AgentResult`, or None for success,
or raises. This module makes the usual ones; a test writes others itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import trio

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, MosaicError, Unavailable, Usage

from .providing import GivenPlugin, providing

__all__ = [
    "ScriptedAgent",
    "Step",
    "crash",
    "fail",
    "hang",
    "refuse",
    "say",
    "skip",
    "spend",
    "succeed",
    "write",
]

Step: TypeAlias = Callable[[Assignment], Awaitable[AgentResult | None]]


def succeed(**outputs: Any) -> Step:
    """Succeed, with these outputs."""
    return _answer(AgentResult(outcome="succeeded", outputs=outputs))


def fail(summary: str = "it did not work") -> Step:
    """Report that the work failed."""
    return _answer(AgentResult(outcome="failed", summary=summary, exit_code=1))


def skip(summary: str = "there is nothing to do") -> Step:
    """Report that the task's own condition is false."""
    return _answer(AgentResult(outcome="skipped", summary=summary))


def _answer(result: AgentResult) -> Step:
    async def answer(assignment: Assignment) -> AgentResult:
        await trio.lowlevel.checkpoint()
        return result

    return answer


def hang() -> Step:
    """Never end, until cancelled."""

    async def never(assignment: Assignment) -> None:
        await trio.sleep_forever()

    return never


def crash(error: Exception | None = None) -> Step:
    """Raise what no agent may raise: by default a `RuntimeError`."""

    async def raise_it(assignment: Assignment) -> None:
        raise error or RuntimeError("the agent crashed")

    return raise_it


def refuse(error: MosaicError | None = None) -> Step:
    """Refuse to begin, in words."""
    return crash(error or Unavailable("no-program", "the agent's program is not here", hint="Install it."))


def write(path: str, text: str) -> Step:
    """Write a file in the workspace, and succeed. The task must ask for a workspace."""

    async def write_it(assignment: Assignment) -> None:
        if assignment.workspace is None:
            raise Unavailable("no-workspace", f"task {assignment.spec.task_id!r} asks for no workspace")
        if PurePosixPath(path).is_absolute():
            raise ValueError(f"write() takes a path in the workspace, not {path!r}")
        target = trio.Path(assignment.workspace.path / path)
        await target.parent.mkdir(parents=True, exist_ok=True)
        await target.write_text(text, encoding="utf-8")

    return write_it


def say(text: str) -> Step:
    """Write to the attempt's live log, and succeed."""

    async def say_it(assignment: Assignment) -> None:
        assignment.journal.output(text.encode())

    return say_it


def spend(tokens: int, money: float = 0.0) -> Step:
    """Say that so many tokens, and dollars, were used, and succeed."""

    async def spend_it(assignment: Assignment) -> None:
        assignment.journal.usage(Usage(output_tokens=tokens, money=money))

    return spend_it


class ScriptedAgent:
    """A provider of the agents port.

    Args:
        scripts: maps a task's identifier to a step, or to a sequence of steps, one for each attempt, of
            which the last is repeated.
        otherwise: the step of every other task.
        name: what it is called.
        labels: what it offers to do.
        is_general: whether it takes any task.
    """

    def __init__(
        self,
        scripts: Mapping[str, Step | Sequence[Step]] | None = None,
        otherwise: Step | None = None,
        *,
        name: str = "scripted",
        labels: Sequence[str] = (),
        is_general: bool = True,
    ) -> None:
        self.offer = AgentOffer(name=name, labels=frozenset(labels), is_general=is_general)
        self.scripts: dict[str, Step | Sequence[Step]] = dict(scripts or {})
        self.otherwise = otherwise or succeed()
        self.assignments: list[Assignment] = []
        self.running = 0
        self.most_at_once = 0
        self._attempts: Counter[str] = Counter()
        self._began: dict[str, trio.Event] = {}

    def plugin(self, name: str = "scripted-agent") -> GivenPlugin:
        """Return a plugin that puts this agent into the agents port."""
        return providing(name, {("agents", self.offer.name): self})

    def attempts(self, task_id: str) -> Sequence[Assignment]:
        """Return what was asked of it for a task, oldest first."""
        return [one for one in self.assignments if one.spec.task_id == task_id]

    async def wait_begun(self, task_id: str) -> None:
        """Wait until it has begun a task, at least once."""
        await self._event(task_id).wait()

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt, as the script says."""
        task_id = assignment.spec.task_id
        self.assignments.append(assignment)
        self._attempts[task_id] += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        self._event(task_id).set()
        try:
            result = await self._step(task_id)(assignment)
        finally:
            self.running -= 1
        return result or AgentResult(outcome="succeeded")

    def _step(self, task_id: str) -> Step:
        script = self.scripts.get(task_id, self.otherwise)
        if callable(script):
            return script
        return script[min(self._attempts[task_id], len(script)) - 1]

    def _event(self, task_id: str) -> trio.Event:
        return self._began.setdefault(task_id, trio.Event())
