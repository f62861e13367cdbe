"""Documents that several processes change at once: read, changed, and written only if nobody was faster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import Refused

if TYPE_CHECKING:
    from mosaic_hookspecs.storage import Document, Storage

Result = TypeVar("Result")


class Documents:
    """Documents of this plugin."""

    def __init__(self, context: Context, seconds: float) -> None:
        self._context = context
        self._seconds = seconds
        self._locks: dict[tuple[str, str], tuple[trio.Lock, int]] = {}

    @property
    def storage(self) -> Storage:
        """The store."""
        storage: Storage = self._context.port("storage").get()
        return storage

    async def change(self, collection: str, key: str, change: Callable[[Any], tuple[Any, Result]]) -> Result:
        """Call ``change(body)`` with what is stored (None: nothing) until what it returns could be written, and
        return its second value. Where it returns the same body, nothing is written.

        Raises:
            Unavailable: the storage did not answer in time.
        """
        with self.within():
            async with self._alone(collection, key):
                return await self._changed(collection, key, change)

    async def page_through(self, collection: str, *, start: str = "", end: str = "") -> list[Document]:
        """Return a collection's documents with keys above `start` and, if it is given, below `end`."""
        found: list[Document] = []
        with self.within():
            while True:
                page = await self.storage.documents(collection, after=start, limit=200)
                found += [one for one in page if not end or one.key < end]
                if not page or (end and page[-1].key >= end):
                    return found
                start = page[-1].key

    def within(self) -> AbstractContextManager[None]:
        """Bound what is done inside; see `mosaic_hookspecs.Port.within`."""
        return self._context.port("storage").within(self._seconds)

    async def _changed(self, collection: str, key: str, change: Callable[[Any], tuple[Any, Result]]) -> Result:
        while True:
            document = await self.storage.get_document(collection, key)
            body = document.body if document else None
            new, result = change(body)
            if new is body:
                return result
            try:
                expected = document.version if document else 0
                await self.storage.put_document(collection, key, new, expected=expected)
            except Refused as error:
                if error.code != "version-conflict":
                    raise
            else:
                return result

    @asynccontextmanager
    async def _alone(self, collection: str, key: str) -> AsyncIterator[None]:
        name = (collection, key)
        lock, users = self._locks.get(name, (trio.Lock(), 0))
        self._locks[name] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(name)
            if users > 1:
                self._locks[name] = (lock, users - 1)
