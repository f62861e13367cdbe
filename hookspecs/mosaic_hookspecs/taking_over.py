"""What a store checks before it takes over what another store holds; every provider's `ingest` uses it.

Owns what "follows" means for sealed events and what a document must be. Refuses what does not follow; keeps
and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.applying import replay
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.errors import InputError, Refused
from mosaic_hookspecs.events import Event, seal
from mosaic_hookspecs.view import View

if TYPE_CHECKING:
    from mosaic_hookspecs.storage import Document

_LARGEST = 2**63 - 1


def follow(
    events: Iterable[Event], *, head: tuple[int, str], hash_of: Callable[[int], str | None]
) -> Sequence[Event]:
    """Return those of `events` that a log lacks, each of which follows the one before it.

    Args:
        events: in order.
        head: number and hash of the log's newest event; 0 and `mosaic_hookspecs.GENESIS` if it is empty.
        hash_of: returns the hash of an event that the log has.

    Raises:
        Refused: they are of another log (code ``other-log``).
    """
    return list(following(events, head=head, hash_of=hash_of))


def following(
    events: Iterable[Event], *, head: tuple[int, str], hash_of: Callable[[int], str | None]
) -> Iterator[Event]:
    """Yield what `follow` returns, so that whoever asks may rest in the midst of it. Nothing may be written
    before the end: it raises at the first event that does not follow.
    """
    number, newest = head
    for event in events:
        if type(event.sequence) is int and 0 < event.sequence <= head[0]:
            if number != head[0] or event.hash != hash_of(event.sequence):
                raise _other_log(event, "the store has another event of that number")
            continue
        if event.sequence != number + 1:
            raise _other_log(event, f"the store's next event is number {number + 1}")
        if not _can_be_stored(event):
            raise _other_log(event, "a field of it is nothing that a log holds")
        if event.hash != _sealed(event, newest):
            raise _other_log(event, "its hash does not fit its content and the event before it")
        number, newest = event.sequence, event.hash
        yield event


def take_over(event: Event, view: View) -> None:
    """Change the records as an event of another store did there: `replay`, for what nobody here decided.

    Raises:
        Refused: it cannot have been decided after the events before it (code ``other-log``). Records may
            be half changed: undo the transaction.
    """
    try:
        replay(event, view)
    except Exception as error:
        raise _other_log(event, f"it does not follow from the events before it: {error!r}"[:200]) from error


def document_text(document: Document) -> str:
    """Return the body of a document that is taken over as it is stored.

    Raises:
        InputError: its body is no JSON data, or a name cannot be written in UTF-8 (code ``not-json``);
            its version is no number from 1 (code ``bad-version``).
    """
    version = document.version
    if type(version) is not int or not 0 < version <= _LARGEST:
        raise InputError(
            "bad-version",
            f"document {document.key!r} of {document.collection!r} cannot be taken over",
            expected="a version from 1",
            got=repr(version),
        )
    try:
        text = canonical_json(document.body)
        f"{document.collection}{document.key}{text}".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("not-json", "the document cannot be stored", got=str(error)[:200]) from error
    return text


def _sealed(event: Event, previous: str) -> str:
    return seal(
        previous, event.sequence, event.at, event.kind, event.run_id, event.task_id, event.by, event.body
    )


def _can_be_stored(event: Event) -> bool:
    if type(event.sequence) is not int or type(event.at) is not int or abs(event.at) > _LARGEST:
        return False
    texts = (event.kind, event.run_id, event.task_id, event.by, event.body, event.hash)
    try:
        is_text = all(type(text) is str and (text.isascii() or bool(text.encode())) for text in texts)
        return is_text and event.body.startswith("{")
    except UnicodeEncodeError:
        return False


def _other_log(event: Event, why: str) -> Refused:
    return Refused(
        "other-log",
        "the events do not follow the log of this store",
        where=f"event {event.sequence!r}",
        got=why,
        hint="Take an empty store, or one that holds an earlier copy of the same log.",
    )
