"""What a memory store holds beside its projections, and the plain data that a copy of it consists of."""

from __future__ import annotations

import base64
from operator import attrgetter
from typing import Any

import attrs

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Document

_of_event = attrgetter(*(field.name for field in attrs.fields(Event)))
_of_document = attrgetter("collection", "key", "version", "body")


@attrs.define(kw_only=True)
class Content:
    """The log, the documents and the blobs; projections follow from the log."""

    events: list[Event] = attrs.field(factory=list)
    documents: dict[tuple[str, str], Document] = attrs.field(factory=dict)
    blobs: dict[str, bytes] = attrs.field(factory=dict)

    def copied(self) -> Content:
        """Return what it holds now, for another thread."""
        return Content(events=list(self.events), documents=dict(self.documents), blobs=dict(self.blobs))

    def to_data(self) -> dict[str, Any]:
        """Return all of it as JSON data."""
        return {
            "events": [_of_event(event) for event in self.events],
            "documents": [_of_document(document) for document in self.documents.values()],
            "blobs": [base64.b64encode(data).decode() for data in self.blobs.values()],
        }

    @classmethod
    def from_data(cls, data: Any) -> Content:
        """Build it from what `to_data` returned.

        Raises:
            ValueError, TypeError, KeyError: that is something else.
        """
        documents = [Document(collection=c, key=k, version=v, body=b) for c, k, v, b in data["documents"]]
        blobs = [base64.b64decode(text) for text in data["blobs"]]
        return cls(
            events=[Event(*fields) for fields in data["events"]],
            documents={(document.collection, document.key): document for document in documents},
            blobs={digest(blob): blob for blob in blobs},
        )
