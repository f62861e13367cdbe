"""Takes over what another store holds, between two checkpoints."""

from __future__ import annotations

import json
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.events import GENESIS, Event
from mosaic_hookspecs.storage import Document
from mosaic_hookspecs.taking_over import document_text, follow, take_over

from .content import Content
from .view import MemoryView


def ingest(
    content: Content,
    view: MemoryView,
    events: Sequence[Event],
    documents: Sequence[Document],
    removed: Sequence[tuple[str, str]],
) -> None:
    """Append the events that are lacking, change the records as they say, and put the documents in place.

    Raises:
        Refused, InputError: as `mosaic_hookspecs.taking_over` says. Events and records may be there in
            part; documents are not.
    """
    log = content.events
    written = [attrs.evolve(document, body=json.loads(document_text(document))) for document in documents]
    head = (len(log), log[-1].hash) if log else (0, GENESIS)
    for event in follow(events, head=head, hash_of=lambda number: log[number - 1].hash):
        log.append(event)
        take_over(event, view)
    for names in removed:
        content.documents.pop(names, None)
    content.documents.update({(document.collection, document.key): document for document in written})
