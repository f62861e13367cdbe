"""The names of what waits for a person: ``task:RUN/TASK``, ``gate:RUN/TASK``, ``q-…``; and who answers."""

from __future__ import annotations

import hashlib

import attrs

from mosaic_hookspecs.errors import Denied, InputError
from mosaic_hookspecs.operations import Principal

TASK, GATE, QUESTION = "task:", "gate:", "q-"
AGENT = "agent:"
_LONGEST_NAME = 120


@attrs.frozen(kw_only=True)
class Subject:
    """A task of a run; `kind` is ``task:`` or ``gate:``."""

    kind: str
    run_id: str
    task_id: str


def subject_of(item: str) -> Subject | None:
    """Return the task that an item is about; None: it is none of a task."""
    for kind in (TASK, GATE):
        run_id, slash, task_id = item.removeprefix(kind).partition("/")
        if item.startswith(kind) and run_id and slash and task_id:
            return Subject(kind=kind, run_id=run_id, task_id=task_id)
    return None


def question_id(*facts: str) -> str:
    """Name a question by who asks what: so asking the same again is the same question."""
    text = "\x1f".join(f"{len(fact)}:{fact}" for fact in facts)
    return QUESTION + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def person_of(principal: Principal, given: str) -> str:
    """Return the person who acts.

    Raises:
        Denied: it is an agent: agents do not answer for people (code ``not-a-person``).
        InputError: nobody can be called so.
    """
    if principal.kind == "agent" or principal.name.startswith(AGENT):
        raise Denied(
            "not-a-person",
            f"{principal.name!r} is an agent, and answers for nobody",
            expected="a person",
            hint="Ask with inbox.ask, and go on with something else until a person has answered.",
        )
    name = given or principal.name
    if len(name) > _LONGEST_NAME or not name.isprintable() or not name.strip():
        raise InputError("bad-name", "nobody can be called so", where="name", got=repr(name[:80]))
    return name
