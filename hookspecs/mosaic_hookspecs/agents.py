"""The agents port: what does tasks, and what checks them.

An agent reports; it never accepts. Its exit code is never evidence of its own work. The conformance
kit for this port is ``mosaic_testing.agents``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.commands import AgentOffer
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.tasks import TaskSpec, Usage
from mosaic_hookspecs.workspace import Directory, OnOutput, Workspace

AGENTS_CONTRACT = "1.1"


class Journal(Protocol):
    """Where an agent writes while it works. Calls never block and never fail."""

    def output(self, data: bytes) -> None:
        """Add to the attempt's live log."""

    def usage(self, usage: Usage) -> None:
        """Say what was spent since the last call; counted against the budget at once."""


@attrs.frozen(kw_only=True)
class Assignment:
    """One attempt at a task.

    `needs` holds, for each dependency, its state (``result``) and ``outputs``. `settings` and
    `inputs` are the run's. `workspace` is None where the task asked for none. `last_reason` tells
    why the attempt before was refused. `agent` is the name of the offer that the task was claimed for.
    """

    run_id: str
    spec: TaskSpec
    token: int
    attempt: int
    journal: Journal
    workspace: Workspace | None = None
    goal: str = ""
    inputs: JsonObject = attrs.field(factory=dict)
    settings: JsonObject = attrs.field(factory=dict)
    needs: Mapping[str, JsonObject] = attrs.field(factory=dict)
    last_reason: str = ""
    agent: str = ""


@attrs.frozen(kw_only=True)
class AgentResult:
    """What an agent says about an attempt. `outcome` is ``succeeded``, ``failed``, ``skipped``, or, since
    contract 1.1, ``released``: nothing came of it through no fault of the task's or the agent's (the worker
    has gone, the endpoint is overloaded). Then the task is tried again, and the attempt does not count.
    """

    outcome: str
    summary: str = ""
    outputs: JsonObject = attrs.field(factory=dict)
    usage: Usage = Usage()
    exit_code: int | None = None


class Agent(Protocol):
    """A provider of the agents port.

    Since contract 1.1 one provider may stand for many agents, which come and go: where it has an attribute
    ``offers``, a sequence of `AgentOffer`, those count instead of `offer`, and `Assignment.agent` says whose
    the attempt is.
    """

    @property
    def offer(self) -> AgentOffer:
        """Its name, constant while the provider lives, and what it can do; constant too in contract 1.0."""

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt. Cancellation ends it, with everything it started, at once.

        Raises:
            MosaicError: it could not even begin; the attempt is refused with these words.
        """


def offers_of(agent: Any) -> Sequence[AgentOffer]:
    """Return what a provider of the agents port offers: its `offers`, else its one `offer`."""
    offers: Sequence[AgentOffer] | None = getattr(agent, "offers", None)
    return (agent.offer,) if offers is None else offers


class CheckRunner(Protocol):
    """Runs acceptance checks of one kind (`Check.uses`)."""

    @property
    def name(self) -> str:
        """The kind that it runs."""

    async def run(self, check: Check, directory: Directory, on_output: OnOutput) -> CheckOutcome:
        """Run one check in a clean checkout, within its `timeout_seconds`."""


@attrs.frozen(kw_only=True)
class CheckOutcome:
    """How a check ended: `output` is bounded and redacted, `summary` one line for people."""

    passed: bool
    exit_code: int | None = None
    summary: str = ""
    output: bytes = b""
