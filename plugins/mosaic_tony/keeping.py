"""Keeps what of other systems is mirrored here: reads this log on, and writes what follows as documents.

The log alone says what is so. The documents are where reading goes on after a restart, and the mirrored runs.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import change_document, documents_of, storage_within
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Document, Storage

from .configuration import Config
from .folding import SHARED, Standing, folded, follows

RUNS, STANDING = "tony.runs", "tony.standing"
_KEY = "newest"
_PAGE = 1000
_OFTEN = 10_000


class Keeper:
    """What is mirrored, of one store."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._seconds = config.storage_seconds
        self._lock = trio.Lock()
        self._standing: Standing | None = None
        self._written = 0

    @property
    def storage(self) -> Storage:
        """The store."""
        storage: Storage = self._context.port("storage").get()
        return storage

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be the only one in this process that reads on."""
        with self.within():
            async with self._lock:
                yield

    def within(self) -> AbstractContextManager[Storage]:
        """Bound what is done inside; see `mosaic_hookspecs.Port.within`."""
        hint = "Call again: what was published already is not mirrored twice."
        return storage_within(self._context, self._seconds, hint)

    async def read_on(self) -> Standing:
        """Return where the other systems stand at the end of this log; call it `alone`."""
        standing, page = await self._begin()
        has_changed = False
        while page:
            for event in page:
                body = _body_of(event)
                counts = body is not None and follows(standing.of(body["origin"]), body)
                if body is not None and counts:
                    await self._mirror(event, body)
                    has_changed = True
                standing = folded(standing, event, body if counts else None)
            self._standing = standing
            page = await self.storage.events(after=standing.sequence, limit=_PAGE)
        self._standing = standing
        if has_changed or standing.sequence - self._written >= _OFTEN:
            await self._write(standing)
        return standing

    async def documents(self, after: str, limit: int) -> Sequence[Document]:
        """Return mirrored runs, in order of key."""
        return await self.storage.documents(RUNS, after=after, limit=limit)

    async def _begin(self) -> tuple[Standing, Sequence[Event]]:
        """Return where to go on reading, and the first page; what was read is no use if the log is another."""
        known = self._standing or await self._stored()
        if known is not None and known.sequence:
            page = await self.storage.events(after=known.sequence - 1, limit=_PAGE)
            if page and page[0].sequence == known.sequence and page[0].hash == known.hash:
                return known, page[1:]
            if self._standing is not None:
                self._standing = None
                return await self._begin()
        self._written = 0
        return Standing(), await self.storage.events(limit=_PAGE)

    async def _stored(self) -> Standing | None:
        document = await self.storage.get_document(STANDING, _KEY)
        if document is None:
            return None
        standing = Standing.from_data(document.body)
        self._written = standing.sequence
        return standing

    async def _mirror(self, event: Event, body: Mapping[str, Any]) -> None:
        if body["replace"]:
            await self._forget(body["origin"], event.sequence)
        for run in body["runs"]:
            key = f"{body['origin']}/{run['run_id']}"
            await self._put(RUNS, key, {"sequence": event.sequence, "origin": body["origin"], "run": run})

    async def _forget(self, origin: str, before: int) -> None:
        for document in await documents_of(self.storage, RUNS, f"{origin}/"):
            body: Any = document.body
            if body["sequence"] < before:
                await self.storage.delete_document(RUNS, document.key)

    async def _write(self, standing: Standing) -> None:
        await self._put(STANDING, _KEY, standing.to_data())
        self._written = standing.sequence

    async def _put(self, collection: str, key: str, body: dict[str, Any]) -> None:
        """Write what follows from an event, unless what follows from a later one is there already."""

        def follow(there: Any) -> tuple[Any, None]:
            is_later = there is not None and there["sequence"] >= body["sequence"]
            return (there if is_later else body), None

        await change_document(self.storage, collection, key, follow)


def _body_of(event: Event) -> Mapping[str, Any] | None:
    if event.kind != SHARED:
        return None
    body: Mapping[str, Any] = json.loads(event.body)
    return body
