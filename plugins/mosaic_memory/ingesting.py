"""Takes over what another store holds.

Owns how it is cut into slices, each short enough for whoever else runs in the loop; that nobody sees the store
between two of them is up to the caller.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence

import attrs

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.events import GENESIS, Event
from mosaic_hookspecs.storage import Document
from mosaic_hookspecs.taking_over import document_text, following, take_over

from .content import Content
from .slices import BYTES, slices
from .view import MemoryView

_DOCUMENTS_A_SLICE = 250
_CHECKS_A_SLICE = 250


@attrs.frozen(kw_only=True)
class Brought:
    """What one call of `ingest` brings."""

    events: Sequence[Event]
    documents: Sequence[Document]
    removed: Sequence[tuple[str, str]]
    blobs: Sequence[bytes]


def ingest(content: Content, view: MemoryView, brought: Brought) -> Iterator[None]:
    """Append the events that are lacking, change the records as they say, and put documents and blobs in
    place; yield between two slices.

    Raises:
        Refused, InputError: as `mosaic_hookspecs.taking_over` says. Events and records may be there in
            part; documents and blobs are not.
    """
    documents = yield from _written(brought.documents)
    blobs = yield from _named(brought.blobs)
    yield from _append(content, view, brought.events)
    for gone in brought.removed:
        content.remove(gone)
    for document in documents:
        content.put(document)
    for name, data in blobs:
        content.put_blob(name, data)


def _written(documents: Sequence[Document]) -> Generator[None, None, Sequence[Document]]:
    written: list[Document] = []
    for document in documents:
        written.append(attrs.evolve(document, body=json.loads(document_text(document))))
        if len(written) % _DOCUMENTS_A_SLICE == 0:
            yield
    return written


def _named(blobs: Sequence[bytes]) -> Generator[None, None, Sequence[tuple[str, bytes]]]:
    named: list[tuple[str, bytes]] = []
    size = 0
    for data in blobs:
        named.append((digest(data), bytes(data)))
        size += len(data)
        if size >= BYTES:
            size = 0
            yield
    return named


def _append(content: Content, view: MemoryView, events: Sequence[Event]) -> Iterator[None]:
    log = content.events
    head = (len(log), log[-1].hash) if log else (0, GENESIS)
    lacking: list[Event] = []
    for event in following(events, head=head, hash_of=lambda number: log[number - 1].hash):
        lacking.append(event)
        if len(lacking) % _CHECKS_A_SLICE == 0:
            yield
    for part in slices(lacking):
        for event in part:
            log.append(event)
            take_over(event, view)
        yield
