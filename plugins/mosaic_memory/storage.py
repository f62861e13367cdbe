"""The storage port over plain Python objects: short and obviously right, so that others can be
compared with it. Refuses nothing that the rules allow; keeps nothing beyond the process.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs import counters
from mosaic_hookspecs.applying import apply, replay
from mosaic_hookspecs.commands import Command, Outcome
from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.data import JsonObject, canonical_json, digest
from mosaic_hookspecs.errors import InputError, MosaicError, Refused
from mosaic_hookspecs.events import GENESIS, Draft, Event, seal_draft
from mosaic_hookspecs.storage import Document, Verification
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState

from .backup import read_backup, write_backup
from .checking import replayed, require_sound_log, verify
from .content import Content
from .ingesting import ingest
from .view import MemoryView

_PAUSE_EVERY = 500


class MemoryStorage:
    """`mosaic_hookspecs.storage.Storage` in memory. Belongs to one trio loop; every change is made
    between two checkpoints, so that nobody sees half of one.
    """

    is_volatile = True  # for the conformance kit: nothing outlives the process

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._content = Content()
        self._view = MemoryView()
        self._changed = trio.Event()

    async def apply(self, commands: Sequence[Command], *, by: str) -> Sequence[Outcome | MosaicError]:
        """Carry out commands in order; a refused one refuses those behind it."""
        await trio.lowlevel.checkpoint()
        outcomes: list[Outcome | MosaicError] = []
        failed: MosaicError | None = None
        before = len(self._content.events)
        for command in commands:
            if failed is None:
                try:
                    outcomes.append(self._apply_one(command, by))
                except MosaicError as error:
                    failed = error
            if failed is not None:
                outcomes.append(failed)
        if len(self._content.events) != before:
            self._wake()
        return outcomes

    def _apply_one(self, command: Command, by: str) -> Outcome:
        events, now = self._content.events, self._clock.now()
        before = len(events)

        def append(draft: Draft) -> int:
            previous = events[-1].hash if events else GENESIS
            events.append(seal_draft(draft, previous=previous, sequence=len(events) + 1, at=now, by=by))
            return now

        try:
            return apply(command, self._view, append, now)
        except BaseException:
            if len(events) > before:  # what cannot be stored was found half way: take all of it back
                del events[before:]
                self._view = replayed(events)
            raise

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""
        await trio.lowlevel.checkpoint()
        return self._view.runs.get(run_id)

    async def runs(self, *, limit: int = 50, before: int | None = None) -> Sequence[RunRecord]:
        """Return runs, newest first."""
        await trio.lowlevel.checkpoint()
        found = [run for run in self._view.runs.values() if before is None or run.created_at < before]
        found.sort(key=lambda run: (run.created_at, run.run_id), reverse=True)
        return found[:limit]

    async def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None."""
        await trio.lowlevel.checkpoint()
        return self._view.task(run_id, task_id)

    async def stored(self, run_id: str, task_id: str) -> StoredTask | None:
        """Return the unchanging part of a task, or None."""
        await trio.lowlevel.checkpoint()
        return self._view.stored(run_id, task_id) if self._view.task(run_id, task_id) else None

    async def tasks(
        self, run_id: str, *, states: Sequence[TaskState] = (), after: int = 0, limit: int = 1000
    ) -> Sequence[TaskRecord]:
        """Return a run's tasks in order of position."""
        await trio.lowlevel.checkpoint()
        found = (task for task in self._view.tasks_of(run_id) if task.position > after)
        return [task for task in found if not states or task.state in states][:limit]

    async def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state."""
        await trio.lowlevel.checkpoint()
        numbers = {state: self._view.count(counters.in_state(run_id, state)) for state in TaskState}
        return {state: number for state, number in numbers.items() if number}

    async def count(self, key: str) -> int:
        """Return a counter."""
        await trio.lowlevel.checkpoint()
        return self._view.count(key)

    async def next_deadline(self) -> int | None:
        """Return the earliest time at which `Tick` has something to do."""
        await trio.lowlevel.checkpoint()
        return self._view.next_deadline()

    async def events(
        self, *, after: int = 0, limit: int = 1000, run_id: str = "", task_id: str = ""
    ) -> Sequence[Event]:
        """Return events in order, of one run or task if given."""
        await trio.lowlevel.checkpoint()
        found: list[Event] = []
        for index in range(max(0, after), len(self._content.events)):
            event = self._content.events[index]
            if len(found) == limit:
                break
            if (not run_id or event.run_id == run_id) and (not task_id or event.task_id == task_id):
                found.append(event)
        return found

    async def head(self) -> int:
        """Return the newest event's number."""
        await trio.lowlevel.checkpoint()
        return len(self._content.events)

    async def wait(self, after: int) -> int:
        """Wait until the newest event's number is above `after`."""
        await trio.lowlevel.checkpoint()
        while len(self._content.events) <= after:
            await self._changed.wait()
        return len(self._content.events)

    async def get_document(self, collection: str, key: str) -> Document | None:
        """Return a document, or None."""
        await trio.lowlevel.checkpoint()
        return self._content.documents.get((collection, key))

    async def put_document(
        self, collection: str, key: str, body: JsonObject, *, expected: int | None = None
    ) -> Document:
        """Write a document."""
        await trio.lowlevel.checkpoint()
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
        self._content.documents[collection, key] = new
        return new

    async def delete_document(self, collection: str, key: str) -> bool:
        """Delete a document; return whether there was one."""
        await trio.lowlevel.checkpoint()
        return self._content.documents.pop((collection, key), None) is not None

    async def documents(self, collection: str, *, after: str = "", limit: int = 100) -> Sequence[Document]:
        """Return documents of a collection in order of key."""
        await trio.lowlevel.checkpoint()
        keys = sorted(key for name, key in self._content.documents if name == collection and key > after)
        return [self._content.documents[collection, key] for key in keys[:limit]]

    async def put_blob(self, data: bytes) -> str:
        """Store bytes and return their digest."""
        await trio.lowlevel.checkpoint()
        name = digest(data)
        self._content.blobs.setdefault(name, bytes(data))
        return name

    async def get_blob(self, digest: str) -> bytes | None:
        """Return the bytes of that digest, or None."""
        await trio.lowlevel.checkpoint()
        return self._content.blobs.get(digest)

    async def collections(self) -> Sequence[str]:
        """Return the names of the collections that have documents."""
        await trio.lowlevel.checkpoint()
        return sorted({collection for collection, _ in self._content.documents})

    async def blobs(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Return digests of stored blobs in order."""
        await trio.lowlevel.checkpoint()
        return sorted(name for name in self._content.blobs if name > after)[:limit]

    async def ingest(
        self,
        *,
        events: Sequence[Event] = (),
        documents: Sequence[Document] = (),
        removed: Sequence[tuple[str, str]] = (),
    ) -> int:
        """Take over sealed events and documents of another store as they are."""
        await trio.lowlevel.checkpoint()
        before = len(self._content.events)
        try:
            ingest(self._content, self._view, events, documents, removed)
        except BaseException:
            if len(self._content.events) > before:  # as in `_apply_one`
                del self._content.events[before:]
                self._view = replayed(self._content.events)
            raise
        if len(self._content.events) > before:
            self._wake()
        return len(self._content.events)

    async def others(self) -> int:
        """Return 0: no other process sees this memory."""
        await trio.lowlevel.checkpoint()
        return 0

    async def verify(self) -> Verification:
        """Check the chain, and that a replay equals the records."""
        await trio.lowlevel.checkpoint()
        return verify(self._content, self._view)

    async def rebuild(self) -> Verification:
        """Replace the records by a replay of the log."""
        await trio.lowlevel.checkpoint()
        require_sound_log(self._content)
        self._view = replayed(self._content.events)
        return verify(self._content, self._view)

    async def snapshot(self) -> Mapping[str, Any]:
        """Return every projection as JSON data."""
        await trio.lowlevel.checkpoint()
        return self._view.snapshot()

    async def backup(self, path: str) -> Verification:
        """Write everything to a new file."""
        await trio.to_thread.run_sync(write_backup, path, self._content.copied())
        return await self.verify()

    async def restore(self, path: str) -> Verification:
        """Replace everything by what `backup` wrote."""
        content = await trio.to_thread.run_sync(read_backup, path)
        require_sound_log(content)
        await self.replace(content)
        return await self.verify()

    # Beyond the port

    def content(self) -> Content:
        """Return what is held now; it does not change any more."""
        return self._content.copied()

    async def replace(self, content: Content) -> None:
        """Hold this, whose log is sound, and nothing else. Lets others run meanwhile."""
        view = MemoryView()
        for number, event in enumerate(content.events):
            if number % _PAUSE_EVERY == 0:
                await trio.lowlevel.checkpoint()
            replay(event, view)
        self._content, self._view = content, view
        self._wake()
        await trio.lowlevel.checkpoint()
