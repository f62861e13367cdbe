"""What the operations take and answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import JsonObject


@attrs.frozen(kw_only=True)
class WhatToPlan:
    """What is to be planned: a document, or a goal."""

    text: str = attrs.field(default="", metadata={"help": "The document: a PRD in Markdown."})
    source: str = attrs.field(default="", metadata={"help": "The document's path, for the record."})
    goal: str = attrs.field(default="", metadata={"help": "A goal in a sentence, instead of a document."})
    repository: str = attrs.field(default="", metadata={"help": "Directory that the plan is for."})


@attrs.frozen(kw_only=True)
class Brief:
    """How to write a plan down: `form` is the JSON Schema of an outline. `document` has its lines numbered;
    `asked` is what the rules read in it: each must be within the lines of a requirement of yours.
    """

    instructions: str
    form: JsonObject
    document: str
    asked: Sequence[str]
    files: Sequence[str]
    next: str


@attrs.frozen(kw_only=True)
class SubmitPlan:
    """A plan of your own, and what it is a plan of."""

    outline: JsonObject = attrs.field(
        metadata={"help": "The plan: title, goal, requirements, nodes, as plan.brief tells."}
    )
    text: str = attrs.field(default="", metadata={"help": "The document that it plans, as it is."})
    source: str = attrs.field(default="", metadata={"help": "The document's path."})
    repository: str = attrs.field(default="", metadata={"help": "Directory that the work is done for."})
    start: bool = attrs.field(default=False, metadata={"help": "Make a run of it, if it passes."})


@attrs.frozen(kw_only=True)
class Objection:
    """What the gates say; `subject` is a node's key or a requirement's id. Errors block."""

    code: str
    severity: str
    subject: str
    message: str
    hint: str = ""


@attrs.frozen(kw_only=True)
class Submitted:
    """What became of a plan. `file` is where it was written if it `passes`; `run_id` if a run was made."""

    passes: bool
    findings: Sequence[Objection]
    next: str
    file: str = ""
    run_id: str = ""
    tasks: int = 0
    minutes: int = 0


@attrs.frozen(kw_only=True)
class SamplePlan(WhatToPlan):
    """What to plan with the client's own model. `answers` and `state` come from the rounds before."""

    answers: Mapping[str, Any] = attrs.field(factory=dict, metadata={"help": "What the client's model said."})
    state: str = attrs.field(default="", metadata={"help": "Where planning stands."})


@attrs.frozen(kw_only=True)
class Sampled:
    """A plan by the client's model, written to `file`; or what is to be asked of it (`asks`)."""

    asks: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = ""
    file: str = ""
    tasks: int = 0
    minutes: int = 0
