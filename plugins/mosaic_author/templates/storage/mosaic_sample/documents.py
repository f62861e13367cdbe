"""The half of the store that knows no rules: documents with versions, and blobs by digest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager

from mosaic_hookspecs import Document, InputError, JsonObject, Refused, canonical_json, digest

from .content import Content, blob_change, document_change
from .lines_file import Change


class Documents:
    """Documents and blobs, over a content that is held for the time of one call."""

    def _up_to_date(self) -> AbstractAsyncContextManager[Content]:
        raise NotImplementedError

    async def _write(self, changes: Iterable[Change]) -> None:
        raise NotImplementedError

    async def get_document(self, collection: str, key: str) -> Document | None:
        """Return a document, or None."""
        async with self._up_to_date() as content:
            return content.documents.get((collection, key))

    async def put_document(
        self, collection: str, key: str, body: JsonObject, *, expected: int | None = None
    ) -> Document:
        """Write a document."""
        plain = _json_only(collection, key, body)
        async with self._up_to_date() as content:
            old = content.documents.get((collection, key))
            version = old.version if old else 0
            if expected not in (None, version):
                raise Refused(
                    "version-conflict",
                    f"document {key!r} of {collection!r} was written by somebody else",
                    expected=f"version {expected}",
                    got=f"version {version}",
                    hint="Read it again, and write what follows from that.",
                )
            new = Document(collection=collection, key=key, version=version + 1, body=plain)
            await self._write([document_change(new)])
            content.documents[collection, key] = new
            return new

    async def delete_document(self, collection: str, key: str) -> bool:
        """Delete a document; return whether there was one."""
        async with self._up_to_date() as content:
            if (collection, key) not in content.documents:
                return False
            await self._write([["removed", collection, key]])
            del content.documents[collection, key]
            return True

    async def documents(self, collection: str, *, after: str = "", limit: int = 100) -> Sequence[Document]:
        """Return documents of a collection in order of key."""
        async with self._up_to_date() as content:
            keys = sorted(key for name, key in content.documents if name == collection and key > after)
            return [content.documents[collection, key] for key in keys[:limit]]

    async def collections(self) -> Sequence[str]:
        """Return the collections that have documents."""
        async with self._up_to_date() as content:
            return sorted({name for name, _ in content.documents})

    async def put_blob(self, data: bytes) -> str:
        """Store bytes and return their digest."""
        name = digest(data)
        async with self._up_to_date() as content:
            if name not in content.blobs:
                await self._write([blob_change(data)])
                content.blobs[name] = bytes(data)
            return name

    async def get_blob(self, digest: str) -> bytes | None:
        """Return the bytes of that digest, or None."""
        async with self._up_to_date() as content:
            return content.blobs.get(digest)

    async def blobs(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Return digests of stored blobs in order."""
        async with self._up_to_date() as content:
            return sorted(name for name in content.blobs if name > after)[:limit]


def _json_only(collection: str, key: str, body: JsonObject) -> JsonObject:
    try:
        text = canonical_json(body)
        f"{collection}{key}{text}".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("not-json", "the document cannot be stored", got=str(error)[:200]) from error
    plain: JsonObject = json.loads(text)
    return plain
