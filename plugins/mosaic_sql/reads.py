"""The reading half of the storage port, whatever carries a query to a connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState

from . import queries

if TYPE_CHECKING:
    from mosaic_hookspecs.events import Event
    from mosaic_hookspecs.storage import Document, Found

T = TypeVar("T")


class Reads:
    """What `mosaic_hookspecs.storage.Storage` reads; a subclass says how a query gets its connection."""

    async def _read(self, query: Callable[..., T], *args: Any) -> T:
        """Return what ``query(connection, *args)`` returns."""
        raise NotImplementedError

    async def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""
        return await self._read(queries.find_run, run_id)

    async def runs(self, *, limit: int = 50, before: int | None = None) -> Sequence[RunRecord]:
        """Return runs, newest first."""
        return await self._read(queries.list_runs, limit, before)

    async def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None."""
        return await self._read(queries.find_task, run_id, task_id)

    async def stored(self, run_id: str, task_id: str) -> StoredTask | None:
        """Return the unchanging part of a task, or None."""
        return await self._read(queries.find_stored, run_id, task_id)

    async def tasks(
        self, run_id: str, *, states: Sequence[TaskState] = (), after: int = 0, limit: int = 1000
    ) -> Sequence[TaskRecord]:
        """Return a run's tasks in order of position; those of every run, if `run_id` is ""."""
        return await self._read(queries.list_tasks, run_id, states, after, limit)

    async def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state."""
        return await self._read(queries.count_states, run_id)

    async def count(self, key: str) -> int:
        """Return a counter."""
        return await self._read(queries.count, key)

    async def next_deadline(self) -> int | None:
        """Return the earliest time at which `Tick` has something to do."""
        return await self._read(queries.next_deadline)

    async def events(
        self, *, after: int = 0, limit: int = 1000, run_id: str = "", task_id: str = ""
    ) -> Sequence[Event]:
        """Return events in order, of one run or task if given."""
        return await self._read(queries.list_events, after, limit, run_id, task_id)

    async def head(self) -> int:
        """Return the newest event's number."""
        return await self._read(queries.head)

    async def get_document(self, collection: str, key: str) -> Document | None:
        """Return a document, or None."""
        return await self._read(queries.find_document, collection, key)

    async def documents(self, collection: str, *, after: str = "", limit: int = 100) -> Sequence[Document]:
        """Return documents of a collection in order of key."""
        return await self._read(queries.list_documents, collection, after, limit)

    async def collections(self) -> Sequence[str]:
        """Return the names of the collections that have documents."""
        return await self._read(queries.list_collections)

    async def blobs(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Return digests of stored blobs in order."""
        return await self._read(queries.list_blobs, after, limit)

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
        return await self._read(queries.look_up, runs, tasks, counters, documents, blobs)

    async def snapshot(self) -> Mapping[str, Any]:
        """Return every projection as JSON data."""
        return await self._read(queries.snapshot)

    async def get_blob(self, digest: str) -> bytes | None:
        """Return the bytes of that digest, or None."""
        return await self._read(queries.find_blob, digest)
