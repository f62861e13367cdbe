"""The planning port: planners, plan formats, the linter, and what turns a target into tasks.

The conformance kit for this port is ``mosaic_testing.planning``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.findings import Finding
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.tasks import RunSpec, TaskSpec

PLANNING_CONTRACT = "1.0"


@attrs.frozen(kw_only=True)
class PlanRequest:
    """What to plan: a document (`text` from `source`) or a `goal` in a sentence, for `repository`
    (the path of the target, "" for a new one).
    """

    text: str = ""
    source: str = ""
    goal: str = ""
    repository: str = ""


class Planner(Protocol):
    """Makes plans."""

    @property
    def name(self) -> str:
        """What ``mosaic plan new --planner`` calls it."""

    async def plan(self, request: PlanRequest) -> Plan:
        """Make a plan that passes the linter without errors.

        Raises:
            InputError: there is nothing to plan in the input, or it cannot be planned; located.
        """


class PlanLinter(Protocol):
    """Judges plans, whoever made them."""

    def check(self, plan: Plan, *, path: str = "") -> Sequence[Finding]:
        """Return every finding, in document order; `path` names the file for locations."""

    def fix(self, plan: Plan) -> Plan:
        """Repair what is mechanical (identifiers, order, oversized leaves); never invent content."""


class PlanFormat(Protocol):
    """Reads or writes plans in one format; either direction may be missing (`InputError`)."""

    @property
    def name(self) -> str:
        """What ``--format`` calls it."""

    def recognises(self, text: str, path: str) -> bool:
        """Whether a document is probably in this format; cheap, never raises."""

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError` with the place for anything malformed."""

    def write(self, plan: Plan) -> str:
        """Write a plan; reading it again gives an equal one, as far as the format can say it."""


@attrs.frozen(kw_only=True)
class RunRequest:
    """What ``mosaic run`` was asked for: `target` (a path, "" for a goal) with its `text`, or `goal`."""

    target: str = ""
    text: str = ""
    goal: str = ""
    inputs: JsonObject = attrs.field(factory=dict)
    settings: JsonObject = attrs.field(factory=dict)


class TaskSource(Protocol):
    """Turns one kind of target (workflow, plan, PRD, goal) into a run's tasks."""

    @property
    def name(self) -> str:
        """What this kind is called."""

    def recognises(self, request: RunRequest) -> bool:
        """Whether this source can read the target; cheap, never raises. Judged by the suffix, or by
        there being a goal.
        """

    async def compile(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        """Make the run. Raises `InputError`, located, for anything that is wrong with the target."""
