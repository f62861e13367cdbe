"""What the planning operations take and return, as every door shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.estimates import EstimatedTask
from mosaic_hookspecs.findings import Finding


def _help(text: str, default: Any = "") -> Any:
    return attrs.field(default=default, metadata={"help": text})


@attrs.frozen(kw_only=True)
class NewPlan:
    """What to plan: a document or a goal."""

    text: str = _help("The document: a PRD in Markdown.")
    source: str = _help("The document's path, for locations.")
    goal: str = _help("A goal in a sentence, instead of a document.")
    repository: str = _help("The directory that the plan is for; a new one if left out.")
    planner: str = _help("The planner's name; rules if left out.")


@attrs.frozen(kw_only=True)
class PlanText:
    """A plan as text, in a format that is found by itself unless it is named."""

    text: str = _help("The plan's text.")
    path: str = _help("The plan's path, for locations and to tell its format.")
    format: str = _help("The format's name; found by itself if left out.")


@attrs.frozen(kw_only=True)
class CheckPlan:
    """A plan to be judged."""

    text: str = _help("The plan's text.")
    path: str = _help("The plan's path, for locations and to tell its format.")
    format: str = _help("The format's name; found by itself if left out.")
    style: str = _help("How `rendered` is written: text, json or sarif.", "text")


@attrs.frozen(kw_only=True)
class ExportPlan:
    """A plan to be written in another format: as text, or as data."""

    text: str = _help("The plan's text, in any format that is read.")
    path: str = _help("The plan's path, for locations and to tell its format.")
    plan: Mapping[str, Any] = attrs.field(factory=dict, metadata={"help": "The plan as data, instead of text."})
    format: str = _help("The name of the format to write; json if left out.")


@attrs.frozen(kw_only=True)
class PlanData:
    """A plan as JSON data, as `Plan.to_data` writes it."""

    plan: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class WrittenPlan:
    """A plan as text."""

    text: str


@attrs.frozen(kw_only=True)
class PlanFindings:
    """What the linter says, in document order, and the same as a text in the style asked for."""

    findings: Sequence[Finding]
    rendered: str = ""


@attrs.frozen(kw_only=True)
class ShowPlan:
    """Whose plan to show: a run's, or one that is given as text or as data."""

    run_id: str = _help("The run's identifier; the newest run if nothing is given.")
    text: str = _help("A plan's text, in any format that is read, instead of a run.")
    path: str = _help("That plan's path, for locations and to tell its format.")
    plan: Mapping[str, Any] = attrs.field(factory=dict, metadata={"help": "A plan as data, instead of a run."})


@attrs.frozen(kw_only=True)
class Coverage:
    """What serves a requirement: `served_by` are leaves of the plan, `start` and `end` its lines in the
    document (0: they are not known).
    """

    requirement_id: str
    kind: str
    text: str
    start: int
    end: int
    served_by: Sequence[str]


@attrs.frozen(kw_only=True)
class ShownPlan:
    """A plan as JSON data, and the `document` that it was made of, from the path `source` ("": there
    is none, or it is not known any more). `origin` is ``kept`` with the run, ``rebuilt`` from its tasks,
    ``given``, or ``absent``: then `plan` is empty. `note` says in words what is missing. The subject of a
    finding is a node's identifier or a requirement's.
    """

    origin: str
    run_id: str = ""
    plan: Mapping[str, Any] = attrs.field(factory=dict)
    document: str = ""
    source: str = ""
    note: str = ""
    findings: Sequence[Finding] = ()
    coverage: Sequence[Coverage] = ()


@attrs.frozen(kw_only=True)
class AskFormats:
    """Nothing is asked for."""


@attrs.frozen(kw_only=True)
class FormatView:
    """A format, and its directions."""

    name: str
    reads: bool
    writes: bool


@attrs.frozen(kw_only=True)
class FormatList:
    """The formats, in the order in which a document is tried against them."""

    formats: Sequence[FormatView]


@attrs.frozen(kw_only=True)
class SchedulePlan:
    """The plan, as data."""

    plan: Mapping[str, Any] = attrs.field(metadata={"help": "The plan as data, as plan.import answers it."})


@attrs.frozen(kw_only=True)
class PlanSchedule:
    """The tasks in document order. `critical` is one longest chain of them, `total_minutes` its length;
    `assumed_minutes` what tasks without an estimate are taken for, of which there are `unestimated`.
    """

    items: Sequence[EstimatedTask]
    total: int
    total_minutes: int
    critical: Sequence[str]
    assumed_minutes: int
    unestimated: int
