"""Carries events, documents and blobs from one store to another, by pages, again and again.

Owns what was carried already: each pass carries what the passes before did not. Events and blobs tell by
themselves. Documents have no log, and one that was deleted and written again counts its versions afresh, so
what is remembered of each is a digest of its version and body.

A page is one transaction of the new store, and about as large whatever it consists of, so that neither store
nor whoever else waits for the processor is long at it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from mosaic_hookspecs.data import canonical_json, digest
from mosaic_hookspecs.errors import IntegrityError
from mosaic_hookspecs.events import GENESIS, Event
from mosaic_hookspecs.storage import Document
from mosaic_hookspecs.transfer import MARK

EVENTS_PAGE = 1000
DOCUMENTS_PAGE = 500
BLOBS_PAGE = 500
NAMES_PAGE = 5000
_FIRST_PAGE = 50
_MUCH_TEXT = 250_000
Names: TypeAlias = tuple[str, str]
Mark: TypeAlias = bytes
T = TypeVar("T")


async def head_of(storage: Any) -> tuple[int, str]:
    """Return number and hash of the newest event."""
    number = await storage.head()
    if not number:
        return 0, GENESIS
    return number, await hash_of(storage, number)


async def hash_of(storage: Any, number: int) -> str:
    """Return the hash of an event; "" if there is none of that number."""
    found = await storage.events(after=number - 1, limit=1)
    return found[0].hash if found else ""


def pages_of(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts."""
    return (items[start : start + most] for start in range(0, len(items), most))


class _Pace:
    """How many to ask for next, so that a page has much text and not more, whatever its items are like."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = min(most, _FIRST_PAGE)

    def learn(self, items: int, text: int) -> None:
        """Take in what a page was like."""
        fitting = max(1, items * _MUCH_TEXT // max(1, text))
        self.size = min(self._most, fitting, self.size * 4)


async def copy_events(old: Any, new: Any, on_page: Callable[[Sequence[Event]], None]) -> int:
    """Carry the events that the new store lacks, as far as there are any now; return how many. `on_page` is
    called with each page when it is stored.
    """
    carried, goal, head = 0, await old.head(), await new.head()
    pace = _Pace(EVENTS_PAGE)
    while head < goal:
        page = await old.events(after=head, limit=pace.size)
        if not page:
            break  # a restore took them away meanwhile
        for part in _parts(page):
            head = await new.ingest(events=part)
            on_page(part)
            carried += len(part)
        pace.learn(len(page), sum(len(event.body) for event in page))
    return carried


def _parts(page: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """Cut a page where its events say much, such as what tasks a run has: who takes one over is busy."""
    start = text = 0
    for place, event in enumerate(page):
        text += len(event.body)
        if text >= _MUCH_TEXT:
            yield page[start : place + 1]
            start, text = place + 1, 0
    if start < len(page):
        yield page[start:]


async def copy_blobs(old: Any, new: Any) -> int:
    """Carry the blobs that the new store lacks; return how many. Those beyond the old store's stay."""
    carried, after, read_to = 0, "", ""
    theirs: set[str] = set()
    while ours := await old.blobs(after=after, limit=NAMES_PAGE):
        after = ours[-1]
        while read_to < after and (page := await new.blobs(after=read_to, limit=NAMES_PAGE)):
            read_to = page[-1]
            theirs.update(page)
        for names in pages_of([name for name in ours if name not in theirs], BLOBS_PAGE):
            carried += await _carry_blobs(old, new, names)
        theirs = {name for name in theirs if name > after}
    return carried


async def _carry_blobs(old: Any, new: Any, names: Sequence[str]) -> int:
    carried = 0
    while names:
        found = (await old.look_up(blobs=names)).blobs
        if not found:
            raise IntegrityError("damaged-blob", f"blob {names[0]} of the old store cannot be read")
        # One that is not there any more was taken away by a restore.
        page = {name: data for name, data in zip(names, found, strict=False) if data is not None}
        names = names[len(found) :]
        for name, data in page.items():
            if digest(data) != name:
                raise IntegrityError(
                    "damaged-blob", f"blob {name} of the old store has other bytes than it had"
                )
        await new.ingest(blobs=list(page.values()))
        await _require_blobs(new, page)
        carried += len(page)
    return carried


async def _require_blobs(new: Any, page: dict[str, bytes]) -> None:
    """Read what was stored, and compare it."""
    names = list(page)
    while names:
        found = (await new.look_up(blobs=names)).blobs
        for name, data in zip(names, found or [None], strict=False):
            if data != page[name]:
                raise IntegrityError("copies-differ", f"blob {name} has other bytes in the new store")
        names = names[len(found) :]


class DocumentCopier:
    """Carries documents, and remembers what the new store holds."""

    def __init__(self, old: Any, new: Any) -> None:
        self._old = old
        self._new = new
        self._marks: dict[Names, Mark] = {}
        self._seen: dict[Names, int] = {}
        self._passes = 0

    async def read_new(self) -> None:
        """Take in what the new store holds already."""
        self._marks = await _marks_of(self._new)

    async def foreign(self) -> str:
        """Return what a document of the new store is called that the old one has not, or ""."""
        names = [one for one in self._marks if one != MARK]  # a broken off copy may have left that
        return next(iter(await self._differing(self._old, names)), "")

    async def copy(self) -> Sequence[Names]:
        """Carry what differs, and take away what is gone; return the names of both."""
        self._passes += 1
        changed: list[Names] = []
        reader = _Reader(self._old)
        while page := await reader.next():
            differing: list[Document] = []
            for document, mark in zip(page, reader.marks, strict=True):
                names = (document.collection, document.key)
                self._seen[names] = self._passes
                if self._marks.get(names) != mark:
                    differing.append(document)
                    changed.append(names)
            if differing:
                await self._new.ingest(documents=differing)
                marks = zip(page, reader.marks, strict=True)
                self._marks.update(((document.collection, document.key), mark) for document, mark in marks)
        gone = [names for names in self._marks if self._seen.get(names) != self._passes]
        for start in range(0, len(gone), NAMES_PAGE):
            await self._new.ingest(removed=gone[start : start + NAMES_PAGE])
        for names in gone:
            del self._marks[names]
            self._seen.pop(names, None)
        return [*changed, *gone]

    async def look(self) -> Sequence[str]:
        """Read all that the new store holds; return what differs from what was carried."""
        found = await _marks_of(self._new)
        names = found.keys() | self._marks.keys()
        return [f"document {'/'.join(one)}" for one in sorted(names) if found.get(one) != self._marks.get(one)]

    async def look_at(self, names: Sequence[Names]) -> Sequence[str]:
        """Read these from the new store; return what differs from what was carried."""
        return [f"document {one}" for one in await self._differing(self._new, names)]

    async def _differing(self, storage: Any, names: Sequence[Names]) -> Sequence[str]:
        differing = []
        pace, start = _Pace(DOCUMENTS_PAGE), 0
        while some := names[start : start + pace.size]:
            start += len(some)
            text = 0
            for one, document in zip(some, (await storage.look_up(documents=some)).documents, strict=True):
                mark, length = _mark(document) if document is not None else (None, 0)
                text += length
                if mark != self._marks.get(one):
                    differing.append("/".join(one))
            pace.learn(len(some), text)
        return differing


class _Reader:
    """Reads all documents of a store, a page at a time. `marks` are those of the page that was read last."""

    def __init__(self, storage: Any) -> None:
        self.marks: list[Mark] = []
        self._storage = storage
        self._collections: list[str] | None = None
        self._after: str | None = None
        self._pace = _Pace(DOCUMENTS_PAGE)

    async def next(self) -> Sequence[Document]:
        """Return the next page; nothing at the end."""
        if self._collections is None:
            self._collections = [*reversed(await self._storage.collections())]
        page: Sequence[Document] = ()
        while self._collections and not page:
            page = await self._read(self._collections[-1])
            if page:
                self._after = page[-1].key
            else:
                self._collections.pop()
                self._after = None
        self.marks.clear()
        text = 0
        for document in page:
            mark, length = _mark(document)
            text += length
            self.marks.append(mark)
        self._pace.learn(len(page), text)
        return page

    async def _read(self, collection: str) -> Sequence[Document]:
        found: Sequence[Document]
        found = await self._storage.documents(collection, after=self._after or "", limit=self._pace.size)
        if self._after is None:
            # No key is below the empty one, so a document of that name is in no page.
            nameless = await self._storage.get_document(collection, "")
            return [nameless, *found] if nameless is not None else found
        return found


async def _marks_of(storage: Any) -> dict[Names, Mark]:
    marks: dict[Names, Mark] = {}
    reader = _Reader(storage)
    while page := await reader.next():
        marks.update(
            ((document.collection, document.key), mark)
            for document, mark in zip(page, reader.marks, strict=True)
        )
    return marks


def _mark(document: Document) -> tuple[Mark, int]:
    """Return what is remembered of a document, and how long its text is."""
    text = canonical_json(document.body)
    return hashlib.sha256(f"{document.version}:{text}".encode()).digest(), len(text)
