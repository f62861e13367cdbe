"""Carries events, documents and blobs from one store to another, by pages, again and again.

Owns what was carried already: each pass carries what the passes before did not. Events and blobs tell by
themselves. Documents have no log, and one that was deleted and written again counts its versions afresh, so
what is remembered of each is its version and a digest of its body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from mosaic_hookspecs.data import canonical_json, digest
from mosaic_hookspecs.errors import IntegrityError
from mosaic_hookspecs.events import GENESIS, Event
from mosaic_hookspecs.storage import Document

EVENTS_PAGE = 200
DOCUMENTS_PAGE = 50
BLOBS_PAGE = 5000
_MUCH_TEXT = 100_000
Names: TypeAlias = tuple[str, str]
Mark: TypeAlias = tuple[int, str]


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


async def copy_events(old: Any, new: Any, on_page: Callable[[Sequence[Event]], None]) -> int:
    """Carry the events that the new store lacks, as far as there are any now; return how many. `on_page` is
    called with each page when it is stored.
    """
    carried, goal, head = 0, await old.head(), await new.head()
    while head < goal:
        page = await old.events(after=head, limit=EVENTS_PAGE)
        if not page:
            break  # a restore took them away meanwhile
        for part in _parts(page):
            head = await new.ingest(events=part)
            on_page(part)
            carried += len(part)
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
    while ours := await old.blobs(after=after, limit=BLOBS_PAGE):
        after = ours[-1]
        while read_to < after and (page := await new.blobs(after=read_to, limit=BLOBS_PAGE)):
            read_to = page[-1]
            theirs.update(page)
        for name in ours:
            if name not in theirs:
                carried += await _copy_blob(old, new, name)
        theirs = {name for name in theirs if name > after}
    return carried


async def _copy_blob(old: Any, new: Any, name: str) -> int:
    data = await old.get_blob(name)
    if data is None:
        return 0  # a restore took it away meanwhile
    if await new.put_blob(data) != name:
        raise IntegrityError("damaged-blob", f"blob {name} of the old store has other bytes than it had")
    if await new.get_blob(name) != data:
        raise IntegrityError("copies-differ", f"blob {name} has other bytes in the new store")
    return 1


class DocumentCopier:
    """Carries documents, and remembers what the new store holds."""

    def __init__(self, old: Any, new: Any) -> None:
        self._old = old
        self._new = new
        self._marks: dict[Names, Mark] = {}

    async def read_new(self) -> None:
        """Take in what the new store holds already."""
        self._marks = await _marks_of(self._new)

    async def foreign(self) -> str:
        """Return what a document of the new store is called that the old one has not, or ""."""
        for names, mark in self._marks.items():
            found = await self._old.get_document(*names)
            if found is None or _mark(found) != mark:
                return "/".join(names)
        return ""

    async def copy(self) -> Sequence[Names]:
        """Carry what differs, and take away what is gone; return the names of both."""
        seen: set[Names] = set()
        changed: list[Names] = []
        for collection in await self._old.collections():
            page: Sequence[Document] = ()
            while page := await _page_after(self._old, collection, page):
                marks = {(document.collection, document.key): _mark(document) for document in page}
                seen.update(marks)
                differing = [
                    document
                    for document, (names, mark) in zip(page, marks.items(), strict=True)
                    if self._marks.get(names) != mark
                ]
                if differing:
                    await self._new.ingest(documents=differing)
                    changed += [(document.collection, document.key) for document in differing]
                    self._marks.update(marks)
        gone = [names for names in self._marks if names not in seen]
        if gone:
            await self._new.ingest(removed=gone)
            for names in gone:
                del self._marks[names]
        return [*changed, *gone]

    async def look(self) -> Sequence[str]:
        """Read all that the new store holds; return what differs from what was carried."""
        found = await _marks_of(self._new)
        names = found.keys() | self._marks.keys()
        return [f"document {'/'.join(one)}" for one in sorted(names) if found.get(one) != self._marks.get(one)]

    async def look_at(self, names: Sequence[Names]) -> Sequence[str]:
        """Read these from the new store; return what differs from what was carried."""
        differing = []
        for one in names:
            found = await self._new.get_document(*one)
            if (_mark(found) if found is not None else None) != self._marks.get(one):
                differing.append(f"document {'/'.join(one)}")
        return differing


async def _marks_of(storage: Any) -> dict[Names, Mark]:
    marks: dict[Names, Mark] = {}
    for collection in await storage.collections():
        page: Sequence[Document] = ()
        while page := await _page_after(storage, collection, page):
            marks.update(((document.collection, document.key), _mark(document)) for document in page)
    return marks


async def _page_after(storage: Any, collection: str, page: Sequence[Document]) -> Sequence[Document]:
    """Return the page behind another; the first behind an empty one."""
    after = page[-1].key if page else ""
    found: Sequence[Document] = await storage.documents(collection, after=after, limit=DOCUMENTS_PAGE)
    if not page:
        # No key is below the empty one, so a document of that name is in no page.
        nameless = await storage.get_document(collection, "")
        return [nameless, *found] if nameless is not None else found
    return found


def _mark(document: Document) -> Mark:
    return document.version, digest(canonical_json(document.body).encode())
