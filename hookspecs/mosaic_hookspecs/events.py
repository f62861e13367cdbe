"""Events and the hash chain that seals them.

Owns what an event is and how its hash is made. Refuses to store anything.

Every event's hash covers the hash before it, so an event that was altered, removed, inserted or moved
breaks the chain at its place. The chain makes tampering evident; it does not prevent it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject, canonical_json
from mosaic_hookspecs.errors import InputError

_MISFIT = "its hash does not fit its content and the event before it"
GENESIS = "0" * 64
"""The hash before the first event."""


@attrs.frozen(kw_only=True)
class Draft:
    """An event that was decided and not stored yet: no number, no time, no hash."""

    kind: str
    run_id: str = ""
    task_id: str = ""
    body: JsonObject = attrs.field(factory=dict)


@attrs.frozen
class Event:
    """A fact that was stored.

    `sequence` counts from 1 without gaps; `at` is milliseconds since 1970 UTC; `by` is the principal;
    `body` is canonical JSON text, kept as text so that its bytes are what was hashed.
    """

    sequence: int
    at: int
    kind: str
    run_id: str
    task_id: str
    by: str
    body: str
    hash: str

    def head(self) -> dict[str, Any]:
        """Return all but what it says and its hash, for views of it."""
        return {
            "sequence": self.sequence,
            "at": self.at,
            "kind": self.kind,
            "run_id": self.run_id,
            "task_id": self.task_id,
            "by": self.by,
        }


def seal(  # noqa: PLR0913 - one argument a field of the event
    previous: str, sequence: int, at: int, kind: str, run_id: str, task_id: str, by: str, body: str
) -> str:
    """Return the hash of an event: SHA-256, in hexadecimal, over the previous hash and every field.

    Fields are joined by the unit separator after their lengths, so that no two events read alike.
    """
    lengths = f"{len(kind)},{len(run_id)},{len(task_id)},{len(by)}"
    text = f"{previous}\x1f{sequence}\x1f{at}\x1f{lengths}\x1f{kind}{run_id}{task_id}{by}{body}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def body_text(draft: Draft) -> str:
    """Return the body as the text that is sealed and stored.

    Raises:
        InputError: the body is not JSON data, or it or a name has half a surrogate pair, which UTF-8
            cannot write (code ``not-json``).
    """
    try:
        body = canonical_json(draft.body)
        for text in (body, draft.kind, draft.run_id, draft.task_id):
            if not text.isascii():
                text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            "not-json", f"what {draft.kind!r} says cannot be stored", got=str(error)[:200]
        ) from error
    return body


def seal_draft(draft: Draft, *, previous: str, sequence: int, at: int, by: str) -> Event:
    """Turn a draft into the event with this number, time and principal. Raises as `body_text` does."""
    body = body_text(draft)
    hashed = seal(previous, sequence, at, draft.kind, draft.run_id, draft.task_id, by, body)
    return Event(sequence, at, draft.kind, draft.run_id, draft.task_id, by, body, hashed)


@attrs.frozen(kw_only=True)
class ChainBreak:
    """Where a log stops being what was written, and how one sees it."""

    sequence: int
    reason: str


def find_break(
    events: Iterable[Event], *, head: tuple[int, str] | None = None, after: tuple[int, str] = (0, GENESIS)
) -> ChainBreak | None:
    """Walk a log in order; return the first place where it is broken, else None.

    Args:
        events: events in ascending order of `sequence`.
        head: number and hash of the newest event as stored apart, which reveals a cut tail.
        after: number and hash of the event before the first of them: a long log may be walked in parts.
    """
    previous, expected = after[1], after[0] + 1
    for event in events:
        if event.sequence != expected:
            reason = f"event {expected} is missing; {event.sequence} stands in its place"
            return ChainBreak(sequence=expected, reason=reason)
        wanted = seal(
            previous,
            event.sequence,
            event.at,
            event.kind,
            event.run_id,
            event.task_id,
            event.by,
            event.body,
        )
        if wanted != event.hash:
            return ChainBreak(sequence=expected, reason=_MISFIT)
        previous, expected = event.hash, expected + 1
    if head is not None and head != (expected - 1, previous):
        return ChainBreak(sequence=expected, reason=f"the log ends here; its stored head is event {head[0]}")
    return None
