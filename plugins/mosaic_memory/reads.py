"""The reading half of the storage port, over what is held now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import trio

from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Document, Found
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState

from .content import Content
from .view import MemoryView


class Reads:
    """What `mosaic_hookspecs.storage.Storage` reads. Who calls it waits while a change is half made."""

    def __init__(self) -> None:
        self._content = Content()
        self._view = MemoryView()
        self._whole: trio.Event | None = None

    async def _settled(self) -> None:
        """Let others run, and wait while a change is half made."""
        await trio.lowlevel.checkpoint()
        while self._whole is not None:
            await self._whole.wait()

    def _begin_change(self) -> None:
        """Have whoever calls wait until `_end_change`."""
        if self._whole is None:
            self._whole = trio.Event()

    async def _pause(self) -> None:
        """Let others run in the midst of a change, which goes on even if it is cancelled."""
        self._begin_change()
        await trio.lowlevel.cancel_shielded_checkpoint()

    def _end_change(self) -> None:
        if self._whole is not None:
            self._whole.set()
            self._whole = None

    async def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""
        await self._settled()
        return self._view.runs.get(run_id)

    async def runs(self, *, limit: int = 50, before: int | None = None) -> Sequence[RunRecord]:
        """Return runs, newest first."""
        await self._settled()
        return self._view.runs_before(before, limit)

    async def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None."""
        await self._settled()
        return self._view.task(run_id, task_id)

    async def stored(self, run_id: str, task_id: str) -> StoredTask | None:
        """Return the unchanging part of a task, or None."""
        await self._settled()
        return self._view.stored(run_id, task_id) if self._view.task(run_id, task_id) else None

    async def tasks(
        self, run_id: str, *, states: Sequence[TaskState] = (), after: int = 0, limit: int = 1000
    ) -> Sequence[TaskRecord]:
        """Return a run's tasks in order of position; those of every run, if `run_id` is ""."""
        await self._settled()
        found = self._view.tasks_after(run_id, after)
        return list(islice((task for task in found if not states or task.state in states), limit))

    async def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state."""
        await self._settled()
        return self._view.counts(run_id)

    async def count(self, key: str) -> int:
        """Return a counter."""
        await self._settled()
        return self._view.count(key)

    async def next_deadline(self) -> int | None:
        """Return the earliest time at which `Tick` has something to do."""
        await self._settled()
        return self._view.next_deadline()

    async def events(
        self, *, after: int = 0, limit: int = 1000, run_id: str = "", task_id: str = ""
    ) -> Sequence[Event]:
        """Return events in order, of one run or task if given."""
        await self._settled()
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
        await self._settled()
        return len(self._content.events)

    async def get_document(self, collection: str, key: str) -> Document | None:
        """Return a document, or None."""
        await self._settled()
        return self._content.documents.get((collection, key))

    async def documents(self, collection: str, *, after: str = "", limit: int = 100) -> Sequence[Document]:
        """Return documents of a collection in order of key."""
        await self._settled()
        return self._content.documents_after(collection, after, limit)

    async def get_blob(self, digest: str) -> bytes | None:
        """Return the bytes of that digest, or None."""
        await self._settled()
        return self._content.blobs.get(digest)

    async def collections(self) -> Sequence[str]:
        """Return the names of the collections that have documents."""
        await self._settled()
        return self._content.collections()

    async def blobs(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Return digests of stored blobs in order."""
        await self._settled()
        return self._content.blobs_after(after, limit)

    async def look_up(
        self,
        *,
        runs: Sequence[str] = (),
        tasks: Sequence[tuple[str, str]] = (),
        counters: Sequence[str] = (),
        documents: Sequence[tuple[str, str]] = (),
        blobs: Sequence[str] = (),
    ) -> Found:
        """Return many records at once."""
        await self._settled()
        view, content = self._view, self._content
        return Found(
            runs=[view.runs.get(run_id) for run_id in runs],
            counts=[view.counts(run_id) for run_id in runs],
            tasks=[view.task(*names) for names in tasks],
            stored=[view.stored(*names) if view.task(*names) else None for names in tasks],
            counters=[view.count(key) for key in counters],
            documents=[content.documents.get(names) for names in documents],
            blobs=content.first_blobs(blobs),
        )

    async def snapshot(self) -> Mapping[str, Any]:
        """Return every projection as JSON data."""
        await self._settled()
        return self._view.snapshot()
