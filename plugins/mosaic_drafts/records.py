"""What the operations on drafts take and answer, as every door shows it. Times are ms since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Budget, JsonObject

from .edits import Edit

_ID = attrs.field(metadata={"help": "The draft's identifier."})
_VERSION = {"help": "The version that this is about; 0: whichever is the newest."}


def _help(text: str, default: Any = "") -> Any:
    return attrs.field(default=default, metadata={"help": text})


@attrs.frozen(kw_only=True)
class CreateDraft:
    """What the draft begins with: a document or plan (`text`), a `goal`, or the plan of a run."""

    text: str = _help(
        "A document to be planned, such as a PRD in Markdown; or a plan in any format that is read."
    )
    path: str = _help("The path of that text, for places and to tell its format.")
    goal: str = _help("A goal in a sentence, instead.")
    run_id: str = _help("A run whose plan is copied, instead.")
    planner: str = _help("The planner of a document or goal; rules if left out.")
    repository: str = _help("The directory that the plan is for; a new one if left out.")
    title: str = _help("The plan's title; as planned if left out.")


@attrs.frozen(kw_only=True)
class ListDrafts:
    """Nothing is asked for."""


@attrs.frozen(kw_only=True)
class NameDraft:
    """Which draft."""

    id: str = _ID


@attrs.frozen(kw_only=True)
class EditDraft:
    """What to change: all edits are carried out, in order, or none. They are one step for undo."""

    id: str = _ID
    version: int = attrs.field(metadata={"help": "The version that was looked at; any other is refused."})
    edits: Sequence[Edit] = attrs.field(
        metadata={"help": "What to do; each edit sees what the one before left."}
    )


@attrs.frozen(kw_only=True)
class StepDraft:
    """Which draft, and which version of it."""

    id: str = _ID
    version: int = attrs.field(default=0, metadata=_VERSION)


@attrs.frozen(kw_only=True)
class StartDraft:
    """Which draft to make a run of, and where it works."""

    id: str = _ID
    version: int = attrs.field(default=0, metadata=_VERSION)
    run_id: str = _help("Identifier to give to the run; made up if left out.")
    project: str = _help("Project that the run belongs to.")
    repository: str = _help("The directory to work in; a new one, named after the plan, if left out.")
    settings: JsonObject = attrs.field(
        factory=dict, metadata={"help": "Further settings of the run: workspace, branch, create."}
    )
    budget: Budget | None = _help("The most that the run may spend.", None)


@attrs.frozen(kw_only=True)
class DraftFinding:
    """What the linter says. `subject` is the node or requirement that it is about ("": the plan); errors keep
    the draft from being started.
    """

    code: str
    severity: str
    message: str
    subject: str = ""
    line: int = 0
    hint: str = ""
    is_fixable: bool = False


@attrs.frozen(kw_only=True)
class DraftCoverage:
    """A requirement, its lines in the document (0: not known), and the leaves that serve it."""

    requirement_id: str
    kind: str
    text: str
    start: int
    end: int
    served_by: Sequence[str]


@attrs.frozen(kw_only=True)
class DraftHead:
    """A draft without its plan. `version` is what the next edit names; `source` is the path of its document,
    `origin` the run that it is a copy of, and `runs` were made of it.
    """

    id: str
    version: int
    title: str
    by: str
    made_at: int
    changed_at: int
    source: str
    origin: str
    runs: Sequence[str]


@attrs.frozen(kw_only=True)
class DraftView(DraftHead):
    """A draft. `undo` and `redo` say what would be undone and done again. `renumbered` maps the identifiers
    that the change just made gave anew, `added` are the nodes that it made. `repository` is where its `origin`
    works.
    """

    plan: Mapping[str, Any]
    document: str
    findings: Sequence[DraftFinding]
    coverage: Sequence[DraftCoverage]
    errors: int
    warnings: int
    can_undo: bool
    can_redo: bool
    undo: str
    redo: str
    renumbered: Mapping[str, str]
    added: Sequence[str]
    repository: str


@attrs.frozen(kw_only=True)
class DraftLine(DraftHead):
    """A draft in a line: how many leaves it has, and how long they are estimated to take."""

    leaves: int
    minutes: int


@attrs.frozen(kw_only=True)
class DraftList:
    """Drafts, the last changed first."""

    items: Sequence[DraftLine]


@attrs.frozen(kw_only=True)
class StartedDraft:
    """The run that was made."""

    run_id: str
    title: str
    tasks: int


@attrs.frozen(kw_only=True)
class DeletedDraft:
    """The draft that is gone; runs that were made of it are as they were."""

    id: str
    title: str
