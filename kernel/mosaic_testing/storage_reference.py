"""A whole store over the reference rules: what a provider's store is copied into and from by the kit.

Has what a copy needs of the storage port, and no more. Makes everything anew where it can, so that there is
nothing in it that could be wrong in the same way as a provider.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs import (
    Command,
    Document,
    Event,
    Found,
    JsonObject,
    MosaicError,
    Outcome,
    Refused,
    RunRecord,
    StoredTask,
    TaskRecord,
    TaskState,
    canonical_json,
    digest,
    find_break,
)

from .reference import Reference


class ReferenceStorage:
    """The part of `mosaic_hookspecs.Storage` that copying takes, over plain dictionaries."""

    def __init__(self) -> None:
        self.reference = Reference()
        self.stored_documents: dict[tuple[str, str], Document] = {}
        self.stored_blobs: dict[str, bytes] = {}

    async def apply(self, commands: Sequence[Command], *, by: str) -> Sequence[Outcome | MosaicError]:
        """Carry out commands; here each is on its own."""
        await trio.lowlevel.checkpoint()
        return [self.reference.do(command, now=time.time_ns() // 1_000_000, by=by) for command in commands]

    async def ingest(
        self,
        *,
        events: Sequence[Event] = (),
        documents: Sequence[Document] = (),
        removed: Sequence[tuple[str, str]] = (),
        blobs: Sequence[bytes] = (),
    ) -> int:
        """Take over events, documents and blobs."""
        await trio.lowlevel.checkpoint()
        have = self.reference.events
        log = [*have, *events[max(0, len(have) - events[0].sequence + 1) :]] if events else have
        if find_break(log) is not None:
            raise Refused("other-log", "the events do not follow")
        self.reference.events = log
        self.reference.view = self.reference.replayed()
        for names in removed:
            self.stored_documents.pop(names, None)
        for document in documents:
            self.stored_documents[document.collection, document.key] = document
        self.stored_blobs.update((digest(data), data) for data in blobs)
        return len(log)

    async def look_up(
        self,
        *,
        runs: Sequence[str] = (),
        tasks: Sequence[tuple[str, str]] = (),
        counters: Sequence[str] = (),
        documents: Sequence[tuple[str, str]] = (),
        blobs: Sequence[str] = (),
    ) -> Found:
        """Return many records; of blobs always all but the last, unless there is only one."""
        return Found(
            runs=[await self.run(run_id) for run_id in runs],
            counts=[await self.counts(run_id) for run_id in runs],
            tasks=[await self.task(*names) for names in tasks],
            stored=[await self.stored(*names) for names in tasks],
            counters=[await self.count(key) for key in counters],
            documents=[await self.get_document(*names) for names in documents],
            blobs=[self.stored_blobs.get(name) for name in blobs[: max(1, len(blobs) - 1)]],
        )

    async def others(self) -> int:
        """Return 0: there are none."""
        return 0

    async def head(self) -> int:
        """Return the newest event's number."""
        await trio.lowlevel.checkpoint()
        return len(self.reference.events)

    async def events(self, *, after: int = 0, limit: int = 1000) -> Sequence[Event]:
        """Return events in order."""
        await trio.lowlevel.checkpoint()
        return self.reference.events[after : after + limit]

    async def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""
        await trio.lowlevel.checkpoint()
        return self.reference.view.run(run_id)

    async def runs(self, *, limit: int = 50, before: int | None = None) -> Sequence[RunRecord]:
        """Return runs, newest first."""
        await trio.lowlevel.checkpoint()
        runs = self.reference.view.runs.values()
        found = [run for run in runs if before is None or run.created_at < before]
        return sorted(found, key=lambda run: (run.created_at, run.run_id), reverse=True)[:limit]

    async def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None."""
        await trio.lowlevel.checkpoint()
        return self.reference.view.task(run_id, task_id)

    async def stored(self, run_id: str, task_id: str) -> StoredTask | None:
        """Return the unchanging part of a task, or None."""
        await trio.lowlevel.checkpoint()
        return self.reference.view.specs.get((run_id, task_id))

    async def tasks(self, run_id: str, *, after: int = 0, limit: int = 1000) -> Sequence[TaskRecord]:
        """Return a run's tasks in order of position; those of every run, if `run_id` is ""."""
        await trio.lowlevel.checkpoint()
        tasks = self.reference.view.tasks.values()
        found = [task for task in tasks if run_id in ("", task.run_id) and task.position > after]
        return sorted(found, key=lambda task: task.position)[:limit]

    async def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state, by counting them."""
        await trio.lowlevel.checkpoint()
        states = [task.state for task in self.reference.view.tasks.values() if task.run_id == run_id]
        return {state: states.count(state) for state in TaskState if state in states}

    async def count(self, key: str) -> int:
        """Return a counter."""
        await trio.lowlevel.checkpoint()
        return self.reference.view.count(key)

    async def snapshot(self) -> Mapping[str, Any]:
        """Return every projection as JSON data."""
        await trio.lowlevel.checkpoint()
        return self.reference.view.snapshot()

    async def collections(self) -> Sequence[str]:
        """Return the names of the collections that have documents, sorted."""
        await trio.lowlevel.checkpoint()
        return sorted({collection for collection, _ in self.stored_documents})

    async def documents(self, collection: str, *, after: str = "", limit: int = 100) -> Sequence[Document]:
        """Return documents of a collection in order of key."""
        await trio.lowlevel.checkpoint()
        found = [document for (name, key), document in self.stored_documents.items() if name == collection]
        return sorted((one for one in found if one.key > after), key=lambda one: one.key)[:limit]

    async def get_document(self, collection: str, key: str) -> Document | None:
        """Return a document, or None."""
        await trio.lowlevel.checkpoint()
        return self.stored_documents.get((collection, key))

    async def put_document(self, collection: str, key: str, body: JsonObject) -> Document:
        """Write a document."""
        await trio.lowlevel.checkpoint()
        old = self.stored_documents.get((collection, key))
        version = old.version + 1 if old else 1
        body = json.loads(canonical_json(body))
        document = Document(collection=collection, key=key, version=version, body=body)
        self.stored_documents[collection, key] = document
        return document

    async def delete_document(self, collection: str, key: str) -> bool:
        """Delete a document; return whether there was one."""
        await trio.lowlevel.checkpoint()
        return self.stored_documents.pop((collection, key), None) is not None

    async def blobs(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Return digests of stored blobs in order."""
        await trio.lowlevel.checkpoint()
        return [name for name in sorted(self.stored_blobs) if name > after][:limit]

    async def put_blob(self, data: bytes) -> str:
        """Store bytes and return their digest."""
        await trio.lowlevel.checkpoint()
        self.stored_blobs[digest(data)] = data
        return digest(data)

    async def get_blob(self, digest: str) -> bytes | None:
        """Return the bytes of that digest, or None."""
        await trio.lowlevel.checkpoint()
        return self.stored_blobs.get(digest)
