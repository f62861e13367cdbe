"""The storage port over plain Python objects: short and obviously right, so that others can be
compared with it. Refuses nothing that the rules allow; keeps nothing beyond the process.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import trio

from mosaic_hookspecs.applying import apply
from mosaic_hookspecs.commands import Command, Outcome
from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.data import JsonObject, canonical_json, digest
from mosaic_hookspecs.errors import InputError, MosaicError, Refused
from mosaic_hookspecs.events import GENESIS, Draft, Event, seal_draft
from mosaic_hookspecs.storage import Document, Verification

from .backup import read_backup, write_backup
from .checking import in_slices, replayed, require_sound_log, verified
from .content import Content
from .ingesting import Brought, ingest
from .reads import Reads

_EVENTS_A_SLICE = 100


class MemoryStorage(Reads):
    """`mosaic_hookspecs.storage.Storage` in memory. Belongs to one trio loop. A change is made between two
    checkpoints; one that would take long lets others run meanwhile, and who calls the store then waits until
    it is whole. So nobody sees half of one.
    """

    is_volatile = True  # for the conformance kit: nothing outlives the process

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._changed = trio.Event()

    async def apply(self, commands: Sequence[Command], *, by: str) -> Sequence[Outcome | MosaicError]:
        """Carry out commands in order; a refused one refuses those behind it."""
        await self._settled()
        outcomes: list[Outcome | MosaicError] = []
        failed: MosaicError | None = None
        before = paused = len(self._content.events)
        try:
            for command in commands:
                if failed is None:
                    try:
                        outcomes.append(await self._apply_one(command, by))
                    except MosaicError as error:
                        failed = error
                if failed is not None:
                    outcomes.append(failed)
                if len(self._content.events) >= paused + _EVENTS_A_SLICE:
                    await self._pause()
                    paused = len(self._content.events)
        finally:
            self._end_change()
        if len(self._content.events) != before:
            self._wake()
        return outcomes

    async def _apply_one(self, command: Command, by: str) -> Outcome:
        events, now = self._content.events, self._clock.now()
        before = len(events)

        def append(draft: Draft) -> int:
            previous = events[-1].hash if events else GENESIS
            events.append(seal_draft(draft, previous=previous, sequence=len(events) + 1, at=now, by=by))
            return now

        try:
            return apply(command, self._view, append, now)
        except BaseException:
            await self._take_back(before)
            raise

    async def _take_back(self, before: int) -> None:
        """Leave the log as it was, and what follows from it: what cannot be stored was found half way."""
        events = self._content.events
        if len(events) > before:
            del events[before:]
            self._view = await in_slices(replayed(self._content), self._pause)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def wait(self, after: int) -> int:
        """Wait until the newest event's number is above `after`."""
        while True:
            await self._settled()
            if len(self._content.events) > after:
                return len(self._content.events)
            await self._changed.wait()

    async def put_document(
        self, collection: str, key: str, body: JsonObject, *, expected: int | None = None
    ) -> Document:
        """Write a document."""
        await self._settled()
        old = self._content.documents.get((collection, key))
        version = old.version if old else 0
        if expected is not None and expected != version:
            raise Refused(
                "version-conflict",
                f"document {key!r} of {collection!r} was written by somebody else",
                expected=f"version {expected}",
                got=f"version {version}",
                hint="Read it again, and write what follows from that.",
            )
        try:
            text = canonical_json(body)
            f"{collection}{key}{text}".encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError("not-json", "the document cannot be stored", got=str(error)[:200]) from error
        new = Document(collection=collection, key=key, version=version + 1, body=json.loads(text))
        self._content.put(new)
        return new

    async def delete_document(self, collection: str, key: str) -> bool:
        """Delete a document; return whether there was one."""
        await self._settled()
        return self._content.remove((collection, key))

    async def put_blob(self, data: bytes) -> str:
        """Store bytes and return their digest."""
        await self._settled()
        name = digest(data)
        self._content.put_blob(name, bytes(data))
        return name

    async def ingest(
        self,
        *,
        events: Sequence[Event] = (),
        documents: Sequence[Document] = (),
        removed: Sequence[tuple[str, str]] = (),
        blobs: Sequence[bytes] = (),
    ) -> int:
        """Take over sealed events, documents and blobs of another store as they are."""
        await self._settled()
        before = len(self._content.events)
        brought = Brought(events=events, documents=documents, removed=removed, blobs=blobs)
        try:
            for _ in ingest(self._content, self._view, brought):
                await self._pause()
        except BaseException:
            await self._take_back(before)
            raise
        finally:
            self._end_change()
        if len(self._content.events) > before:
            self._wake()
        return len(self._content.events)

    async def others(self) -> int:
        """Return 0: no other process sees this memory."""
        await self._settled()
        return 0

    async def verify(self) -> Verification:
        """Check the chain, and that a replay equals the records, as they are now. Lets others run meanwhile."""
        await self._settled()
        work = verified(self._content.copied(), self._view.records())
        return await in_slices(work, trio.lowlevel.checkpoint)

    async def rebuild(self) -> Verification:
        """Replace the records by a replay of the log. Cancelled, it leaves them as they were."""
        await self._settled()
        self._begin_change()
        try:
            await in_slices(require_sound_log(self._content), trio.lowlevel.checkpoint)
            self._view = await in_slices(replayed(self._content), trio.lowlevel.checkpoint)
        finally:
            self._end_change()
        return await self.verify()

    async def backup(self, path: str) -> Verification:
        """Write everything to a new file."""
        await self._settled()
        await trio.to_thread.run_sync(write_backup, path, self._content.copied())
        return await self.verify()

    async def restore(self, path: str) -> Verification:
        """Replace everything by what `backup` wrote."""
        content = await trio.to_thread.run_sync(read_backup, path)
        await in_slices(require_sound_log(content), trio.lowlevel.checkpoint)
        await self.replace(content)
        return await self.verify()

    # Beyond the port

    def content(self) -> Content:
        """Return what is held now; it does not change any more."""
        return self._content.copied()

    async def replace(self, content: Content) -> None:
        """Hold this, whose log is sound, and nothing else. Lets others run meanwhile."""
        view = await in_slices(replayed(content), trio.lowlevel.checkpoint)
        await self._settled()
        self._content, self._view = content, view
        self._wake()
        await trio.lowlevel.checkpoint()
