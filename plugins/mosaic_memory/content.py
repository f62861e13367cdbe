"""What a memory store holds beside its projections, and the plain data that a copy of it consists of."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import attrs

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import BLOBS_AT_ONCE, Document

from .ordering import OrderedNames

_of_event = attrgetter(*(field.name for field in attrs.fields(Event)))
_of_document = attrgetter("collection", "key", "version", "body")


@attrs.define(kw_only=True)
class Content:
    """The log, the documents and the blobs; projections follow from the log.

    Documents and blobs are in order, too, from the first list of them on.
    """

    events: list[Event] = attrs.field(factory=list)
    documents: dict[tuple[str, str], Document] = attrs.field(factory=dict)
    blobs: dict[str, bytes] = attrs.field(factory=dict)
    _keys: dict[str, OrderedNames] | None = attrs.field(default=None, init=False)
    _digests: OrderedNames | None = attrs.field(default=None, init=False)

    def put(self, document: Document) -> None:
        """Put a document in place."""
        names = (document.collection, document.key)
        if self._keys is not None and names not in self.documents:
            self._keys.setdefault(document.collection, OrderedNames()).add(document.key)
        self.documents[names] = document

    def remove(self, names: tuple[str, str]) -> bool:
        """Take a document away; return whether there was one."""
        if self.documents.pop(names, None) is None:
            return False
        if self._keys is not None:
            collection, key = names
            self._keys[collection].remove(key)
            if not self._keys[collection]:
                del self._keys[collection]
        return True

    def put_blob(self, name: str, data: bytes) -> None:
        """Put bytes in place, if they are not there."""
        if name not in self.blobs:
            self.blobs[name] = data
            if self._digests is not None:
                self._digests.add(name)

    def collections(self) -> Sequence[str]:
        """Return the names of the collections that have documents, sorted."""
        return sorted(self._ordered_keys())

    def documents_after(self, collection: str, key: str, limit: int) -> Sequence[Document]:
        """Return the first documents of a collection with a key above `key`."""
        keys = self._ordered_keys().get(collection)
        return [self.documents[collection, name] for name in keys.after(key, limit)] if keys else []

    def blobs_after(self, name: str, limit: int) -> Sequence[str]:
        """Return the first digests of blobs above `name`."""
        if self._digests is None:
            self._digests = OrderedNames(self.blobs)
        return self._digests.after(name, limit)

    def first_blobs(self, names: Sequence[str]) -> Sequence[bytes | None]:
        """Return the bytes of the first of these digests, as `mosaic_hookspecs.storage.Found` says."""
        found: list[bytes | None] = []
        size = 0
        for name in names:
            found.append(self.blobs.get(name))
            size += len(found[-1] or b"")
            if size >= BLOBS_AT_ONCE:
                break
        return found

    def _ordered_keys(self) -> dict[str, OrderedNames]:
        if self._keys is None:
            keys: dict[str, list[str]] = {}
            for collection, key in self.documents:
                keys.setdefault(collection, []).append(key)
            self._keys = {collection: OrderedNames(names) for collection, names in keys.items()}
        return self._keys

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
