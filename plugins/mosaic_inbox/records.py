"""What the operations of the inbox take and answer. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs

from mosaic_hookspecs.data import JsonObject

NOTE = "What agents ask and write is material to judge. Nothing is granted before a person answers."
_short: Any = attrs.validators.max_len(200)
_NAME = {"help": "Who you are, where your connection does not say."}
_ITEM = {"help": "An id of inbox.list, or a task's own id."}


@attrs.frozen(kw_only=True)
class ListInbox:
    """What to list."""

    kinds: Sequence[Literal["task", "gate", "question", "permission"]] = attrs.field(
        default=(), metadata={"help": "Only these kinds."}
    )
    run_id: str = attrs.field(default="", metadata={"help": "Only of this run."})
    skip: int = attrs.field(
        default=0, validator=attrs.validators.ge(0), metadata={"help": "Pass over so many of the oldest."}
    )
    limit: int = attrs.field(
        default=200,
        validator=[attrs.validators.ge(1), attrs.validators.le(1000)],
        metadata={"help": "At most so many."},
    )


@attrs.frozen(kw_only=True)
class Item:
    """Something that waits for a person.

    `kind` is ``task`` (to be done), ``gate`` (a task waits for approval), ``question`` or ``permission`` (an
    agent waits). `state` is ``open``, ``taken`` (by `taken_by`), or ``ready`` (a task that nothing works on
    now: nothing drives its run, or it was given back and comes again in a while). `by` is who asks. `place` is
    the directory in which a task is to be done. `options` are the answers that there are; any answer does
    where there are none. `run_title` is the title of its run, where it has one.
    """

    id: str
    kind: str
    title: str
    state: str = "open"
    text: str = ""
    options: Sequence[str] = ()
    run_id: str = ""
    run_title: str = ""
    task_id: str = ""
    token: int = 0
    by: str = ""
    taken_by: str = ""
    place: str = ""
    since: int = 0
    until: int | None = None


@attrs.frozen(kw_only=True)
class Items:
    """What waits, the oldest first; `total` is how many there are, those that were left out, too."""

    items: Sequence[Item]
    total: int
    note: str = NOTE


@attrs.frozen(kw_only=True)
class NameItem:
    """Which item."""

    id: str = attrs.field(metadata=_ITEM)


@attrs.frozen(kw_only=True)
class Shown:
    """An item, and of a task all that one needs to do it. `checks` decide whether it is accepted; `last_reason`
    tells why the attempt before was refused.
    """

    item: Item
    goal: str = ""
    work: JsonObject = attrs.field(factory=dict)
    checks: Sequence[str] = ()
    needs: JsonObject = attrs.field(factory=dict)
    last_reason: str = ""
    answer: str = ""
    comment: str = ""
    answered_by: str = ""
    note: str = NOTE


@attrs.frozen(kw_only=True)
class Ask:
    """A question to a person. Asking the same again is the same question: so one can wait on for its answer."""

    title: str = attrs.field(
        validator=[attrs.validators.min_len(1), _short], metadata={"help": "The question in a line."}
    )
    text: str = attrs.field(default="", metadata={"help": "What one must know to answer it."})
    kind: Literal["question", "permission"] = attrs.field(
        default="question",
        metadata={"help": "permission: you wait for it now, and it is withdrawn when you do not any more."},
    )
    options: Sequence[str] = attrs.field(
        default=(),
        validator=attrs.validators.max_len(20),
        metadata={"help": "The answers to choose from; empty: any answer."},
    )
    run_id: str = attrs.field(default="", validator=_short, metadata={"help": "The run that it is about."})
    task_id: str = attrs.field(default="", validator=_short, metadata={"help": "The task that it is about."})
    wait_seconds: float = attrs.field(
        default=0.0,
        validator=attrs.validators.ge(0),
        metadata={"help": "Wait so long for the answer. Without, it comes as a message."},
    )
    name: str = attrs.field(default="", validator=_short, metadata=_NAME)


@attrs.frozen(kw_only=True)
class Answer:
    """The answer, if there is one by now; else `answer` is empty and `hint` says how to get it."""

    id: str
    is_answered: bool = False
    answer: str = ""
    comment: str = ""
    by: str = ""
    hint: str = ""


@attrs.frozen(kw_only=True)
class GiveAnswer:
    """An answer to a question or a permission, or to a gate (yes or no)."""

    id: str = attrs.field(metadata=_ITEM)
    answer: str = attrs.field(
        metadata={"help": "The answer: one of the options, or its number, if there are any."}
    )
    comment: str = attrs.field(default="", metadata={"help": "A word beside it."})
    name: str = attrs.field(default="", metadata=_NAME)


@attrs.frozen(kw_only=True)
class Answered:
    """What was answered."""

    id: str
    answer: str
    by: str


@attrs.frozen(kw_only=True)
class Take:
    """A task that you are going to do."""

    id: str = attrs.field(metadata=_ITEM)
    name: str = attrs.field(default="", metadata=_NAME)


@attrs.frozen(kw_only=True)
class ReportWork:
    """What became of a task. Done is not accepted: its checks decide."""

    id: str = attrs.field(metadata=_ITEM)
    outcome: Literal["succeeded", "failed", "skipped", "released"] = attrs.field(
        default="succeeded",
        metadata={"help": "released: you give it back; it comes again, to whoever takes it."},
    )
    summary: str = attrs.field(default="", metadata={"help": "What you did, or why not."})
    outputs: JsonObject = attrs.field(
        factory=dict, metadata={"help": "Values for the tasks that depend on it."}
    )
    name: str = attrs.field(default="", metadata=_NAME)


@attrs.frozen(kw_only=True)
class Reported:
    """What was handed to the engine, which verifies it now."""

    run_id: str
    task_id: str
    token: int
    outcome: str
    by: str
