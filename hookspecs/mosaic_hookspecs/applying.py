"""The one way by which a command becomes events and records.

Every storage provider calls `apply` inside its transaction, and `replay` to rebuild its records.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable

from mosaic_hookspecs.commands import Command, Outcome
from mosaic_hookspecs.decide import decide
from mosaic_hookspecs.events import Draft, Event
from mosaic_hookspecs.evolve import evolve
from mosaic_hookspecs.react import react, still_follows
from mosaic_hookspecs.view import View

Append = Callable[[Draft], int]
"""Seal and store one draft; return the event's time in milliseconds since 1970 UTC."""


def apply(command: Command, view: View, append: Append, now: int) -> Outcome:
    """Carry out one command inside the transaction that `view` belongs to.

    Nothing is written if the command is refused: every refusal comes before the first event.

    Args:
        command: what to do.
        view: the store as this transaction sees it.
        append: stores an event in the same transaction.
        now: milliseconds since 1970 UTC.

    Raises:
        Refused, NotFound, InputError: as `mosaic_hookspecs.decide` says.
    """
    decision = decide(command, view, now)
    reactions: deque[Draft] = deque()
    for draft in decision.drafts:
        evolve(draft, append(draft), view)
        reactions.extend(react(draft, view))
    while reactions:
        draft = reactions.popleft()
        if still_follows(draft, view):
            evolve(draft, append(draft), view)
            reactions.extend(react(draft, view))
    return decision.outcome


def replay(event: Event, view: View) -> None:
    """Change the records as one stored event did when it was new: the way to rebuild them all."""
    body = json.loads(event.body)
    draft = Draft(kind=event.kind, run_id=event.run_id, task_id=event.task_id, body=body)
    evolve(draft, event.at, view)
