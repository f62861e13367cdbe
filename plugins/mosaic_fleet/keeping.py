"""What outlives the process: a document for each agent, and events about them in the log.

Counts are written some seconds later, many at once: a crash may forget the newest of them, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import trio

from mosaic_hookspecs import (
    Context,
    JsonObject,
    MosaicError,
    RecordEvent,
    Storage,
    documents_of,
    storage_within,
)

from .configuration import Config
from .worker import Worker

COLLECTION = "fleet.agents"
BY = "fleet"
_LATER_SECONDS = 10.0
_DAY = 24 * 3600 * 1000


class Keeper:
    """Writes agents to the store, and reads those of before."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._dirty: dict[str, Worker] = {}
        self._is_writing = False

    async def before(self) -> dict[str, JsonObject]:
        """Return the agents that are remembered, by name; forget those that are gone for too long."""
        found: dict[str, JsonObject] = {}
        oldest = self._context.clock.now() - self._config.keep_days * _DAY
        storage: Storage = self._context.port("storage").get()
        for document in await documents_of(storage, COLLECTION):
            body: Any = document.body
            if body.get("heard_at", 0) < oldest:
                await storage.delete_document(COLLECTION, document.key)
            else:
                found[document.key] = body
        return found

    async def keep(self, worker: Worker) -> None:
        """Write an agent now."""
        self._dirty.pop(worker.name, None)
        with self._within() as storage:
            await storage.put_document(COLLECTION, worker.name, body_of(worker))

    def keep_later(self, worker: Worker) -> None:
        """Write an agent within some seconds."""
        self._dirty[worker.name] = worker
        if not self._is_writing:
            self._is_writing = True
            self._context.start_soon(self._write_later)

    async def forget(self, name: str) -> None:
        """Delete an agent."""
        self._dirty.pop(name, None)
        with self._within() as storage:
            await storage.delete_document(COLLECTION, name)

    async def flush(self) -> None:
        """Write what is to be written later, now."""
        while self._dirty:
            await self.keep(self._dirty.pop(next(iter(self._dirty))))

    async def record(self, what: str, body: Mapping[str, Any], run_id: str = "", task_id: str = "") -> None:
        """Append an event ``fleet.WHAT`` to the log."""
        event = RecordEvent(kind=f"fleet.{what}", body=dict(body), run_id=run_id, task_id=task_id)
        with self._within() as storage:
            [outcome] = await storage.apply([event], by=BY)
            if isinstance(outcome, MosaicError):
                raise outcome

    async def _write_later(self) -> None:
        try:
            while self._dirty:
                await trio.sleep(_LATER_SECONDS)
                await self.flush()
        except (MosaicError, OSError) as error:
            self._context.log.warning("agents.not_kept", error=error)
        finally:
            self._is_writing = False

    def _within(self) -> AbstractContextManager[Storage]:
        hint = "Try again; `mosaic doctor` looks at the storage."
        return storage_within(self._context, self._config.storage_seconds, hint)


def body_of(worker: Worker) -> JsonObject:
    """Return what is kept of an agent."""
    return {
        "kind": worker.kind,
        "labels": sorted(worker.labels),
        "is_general": worker.is_general,
        "capacity": worker.capacity,
        "registered_at": worker.registered_at,
        "heard_at": worker.heard_at,
        "accepted": worker.accepted,
        "refused": worker.refused,
        "released": worker.released,
    }
