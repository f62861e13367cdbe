"""All that a store holds, and how it is written as the changes of a transaction and read back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence

import attrs
from mosaic_hookspecs import (
    BLOBS_AT_ONCE,
    GENESIS,
    Document,
    Event,
    IntegrityError,
    Verification,
    digest,
    find_break,
    replay,
)
from mosaic_hookspecs.taking_over import document_text, follow, take_over

from .lines_file import Change
from .records import Records


class Content:
    """The log, the documents, the blobs; and the records, which follow from the log."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.documents: dict[tuple[str, str], Document] = {}
        self.blobs: dict[str, bytes] = {}
        self.records = Records()

    @property
    def head(self) -> str:
        """The newest event's hash."""
        return self.events[-1].hash if self.events else GENESIS

    def add(self, changes: Iterable[Change]) -> None:
        """Take in the changes of one transaction.

        Raises:
            IntegrityError: one of them is none.
        """
        try:
            for word, *fields in changes:
                self._add(word, fields)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise IntegrityError("damaged-store", "a change cannot be read", got=str(error)) from error

    def _add(self, word: str, fields: list[object]) -> None:
        if word == "event":
            event = Event(*fields)  # type: ignore[arg-type]
            self.events.append(event)
            replay(event, self.records)
        elif word == "document":
            document = Document(**fields[0])  # type: ignore[arg-type]
            self.documents[document.collection, document.key] = document
        elif word == "removed":
            self.documents.pop((str(fields[0]), str(fields[1])), None)
        elif word == "blob":
            data = base64.b64decode(str(fields[0]))
            self.blobs[digest(data)] = data
        else:
            raise ValueError(f"no change is called {word!r}")

    def changes(self) -> Iterator[Change]:
        """Write all of it as changes."""
        yield from (event_change(event) for event in self.events)
        yield from (document_change(document) for document in self.documents.values())
        yield from (blob_change(data) for data in self.blobs.values())

    def take_over(self, events: Iterable[Event]) -> None:
        """Append those events of another store that this one lacks.

        Raises:
            Refused: they do not follow this store's own (code ``other-log``); some may be there.
        """
        own = self.events
        for event in follow(events, head=(len(own), self.head), hash_of=lambda number: own[number - 1].hash):
            own.append(event)
            take_over(event, self.records)

    def first_blobs(self, names: Iterable[str]) -> Sequence[bytes | None]:
        """Return the bytes of the first of these digests, as `mosaic_hookspecs.Found` says."""
        found: list[bytes | None] = []
        size = 0
        for name in names:
            found.append(self.blobs.get(name))
            size += len(found[-1] or b"")
            if size >= BLOBS_AT_ONCE:
                break
        return found

    def take_back(self, count: int) -> None:
        """Forget the events after the first `count`, and what followed from them."""
        del self.events[count:]
        self.records = replayed(self.events)

    def verify(self) -> Verification:
        """Check the chain, that a replay equals the records, and that blobs are what they are called."""
        broken = find_break(self.events)
        problems: list[str] = []
        if broken is None and replayed(self.events).snapshot() != self.records.snapshot():
            problems.append("the records differ from what follows from the log")
        problems += [
            f"blob {name} has other bytes" for name, data in self.blobs.items() if digest(data) != name
        ]
        return Verification(events=len(self.events), head=self.head, broken=broken, problems=tuple(problems))


def require_sound_log(events: Iterable[Event]) -> None:
    """Refuse a log that is not what was written.

    Raises:
        IntegrityError: its chain is broken.
    """
    broken = find_break(events)
    if broken is not None:
        raise IntegrityError("broken-log", f"event {broken.sequence}: {broken.reason}")


def replayed(events: Iterable[Event]) -> Records:
    """Return the records as they follow from a log alone."""
    records = Records()
    for event in events:
        replay(event, records)
    return records


def taken(document: Document) -> Document:
    """Return a document of another store as it is stored here.

    Raises:
        InputError: it cannot be stored (codes ``not-json``, ``bad-version``).
    """
    return attrs.evolve(document, body=json.loads(document_text(document)))


def event_change(event: Event) -> Change:
    """Write an event as a change."""
    return ["event", *attrs.astuple(event)]


def document_change(document: Document) -> Change:
    """Write a document as a change."""
    return ["document", attrs.asdict(document, recurse=False)]


def blob_change(data: bytes) -> Change:
    """Write bytes as a change."""
    return ["blob", base64.b64encode(data).decode()]
