"""The storage port: event log, projections, leases, documents, blobs.

A provider keeps one append-only, hash-chained log. Each command runs through
`mosaic_hookspecs.applying.apply` in one transaction that stores its events and the records they change,
or neither. Callers wait until what they did is durable. Any number of processes may use one store,
unless the provider says otherwise.

The conformance kit for this port is ``mosaic_testing.storage``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

from mosaic_hookspecs.commands import Command, Outcome
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.events import ChainBreak, Event
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState

STORAGE_CONTRACT = "1.1"
STORAGE_WRITES = frozenset(
    {"apply", "delete_document", "ingest", "put_blob", "put_document", "rebuild", "restore"}
)
"""The methods that change a store."""
BLOBS_AT_ONCE = 2**20
"""How many bytes of blobs `Storage.look_up` returns at once."""


@attrs.frozen(kw_only=True)
class Document:
    """A plugin's own piece of state. `version` counts its writes from 1."""

    collection: str
    key: str
    version: int
    body: JsonObject


@attrs.frozen(kw_only=True)
class Found:
    """What `Storage.look_up` found: one entry for each name that was asked for, in that order; None where
    there is nothing. Since contract 1.1.

    `counts` are those of `runs`, as `Storage.counts` returns them; `stored` are the unchanging parts of
    `tasks`. `blobs` are those of the first names: at least one, and no more once they have `BLOBS_AT_ONCE`
    bytes; ask for the rest again.
    """

    runs: Sequence[RunRecord | None] = ()
    counts: Sequence[Mapping[TaskState, int]] = ()
    tasks: Sequence[TaskRecord | None] = ()
    stored: Sequence[StoredTask | None] = ()
    counters: Sequence[int] = ()
    documents: Sequence[Document | None] = ()
    blobs: Sequence[bytes | None] = ()


@attrs.frozen(kw_only=True)
class Verification:
    """What checking a store found: how many events it has, the newest's hash, and the first break."""

    events: int
    head: str
    broken: ChainBreak | None = None
    problems: Sequence[str] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return self.broken is None and not self.problems


class Storage(Protocol):
    """A provider of the storage port. Every method may be called by many trio tasks at once; being
    cancelled before the answer leaves open whether a write happened, and never half of one.
    """

    async def apply(self, commands: Sequence[Command], *, by: str) -> Sequence[Outcome | MosaicError]:
        """Carry out `commands` in order, and return when they are durable.

        Each command is atomic; those of concurrent calls may share a transaction. A command that is
        refused answers with its error (not raised); the commands behind it in the same call are not
        carried out and answer with the same error.

        Args:
            commands: what to do.
            by: the principal, as every event records it.

        Raises:
            IntegrityError: the store is damaged. OSError: it cannot be written; nothing was.
        """

    async def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""

    async def runs(self, *, limit: int = 50, before: int | None = None) -> Sequence[RunRecord]:
        """Return runs, newest first, created before `before` (milliseconds since 1970 UTC)."""

    async def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None."""

    async def stored(self, run_id: str, task_id: str) -> StoredTask | None:
        """Return the unchanging part of a task, or None."""

    async def tasks(
        self,
        run_id: str,
        *,
        states: Sequence[TaskState] = (),
        after: int = 0,
        limit: int = 1000,
    ) -> Sequence[TaskRecord]:
        """Return a run's tasks with a `position` above `after` in that order, in these states (none
        given: in any). With an empty `run_id`, those of every run; since contract 1.1.
        """

    async def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state; states with none are left out."""

    async def count(self, key: str) -> int:
        """Return a counter of `mosaic_hookspecs.counters`."""

    async def next_deadline(self) -> int | None:
        """Return the earliest time (milliseconds since 1970 UTC) at which `Tick` has something to do."""

    async def events(
        self, *, after: int = 0, limit: int = 1000, run_id: str = "", task_id: str = ""
    ) -> Sequence[Event]:
        """Return events with a `sequence` above `after`, ascending, of one run or task if given."""

    async def head(self) -> int:
        """Return the newest event's number; 0 for an empty log."""

    async def wait(self, after: int) -> int:
        """Wait until the newest event's number is above `after`, and return it. Writes of other
        processes wake this too. Costs nothing while it waits.
        """

    async def get_document(self, collection: str, key: str) -> Document | None:
        """Return a document, or None."""

    async def put_document(
        self, collection: str, key: str, body: JsonObject, *, expected: int | None = None
    ) -> Document:
        """Write a document; durable on return.

        Args:
            collection: names the kind; a plugin prefixes it with its own name and a dot.
            key: unique in the collection.
            body: JSON data.
            expected: the version that it must have now (0: must not exist; None: whatever).

        Raises:
            Refused: its version is another (code ``version-conflict``).
            InputError: `body` is no JSON data, as `mosaic_hookspecs.data.canonical_json` tells, or a name
                cannot be written in UTF-8 (code ``not-json``).
        """

    async def delete_document(self, collection: str, key: str) -> bool:
        """Delete a document; return whether there was one."""

    async def documents(self, collection: str, *, after: str = "", limit: int = 100) -> Sequence[Document]:
        """Return documents of a collection with a key above `after`, in order of key."""

    async def put_blob(self, data: bytes) -> str:
        """Store bytes and return their `mosaic_hookspecs.data.digest`; storing them again is free."""

    async def get_blob(self, digest: str) -> bytes | None:
        """Return the bytes of that digest, or None."""

    async def collections(self) -> Sequence[str]:
        """Return the names of the collections that have documents, sorted. Since contract 1.1."""

    async def blobs(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Return digests of stored blobs above `after`, in order. Since contract 1.1."""

    async def ingest(
        self,
        *,
        events: Sequence[Event] = (),
        documents: Sequence[Document] = (),
        removed: Sequence[tuple[str, str]] = (),
        blobs: Sequence[bytes] = (),
    ) -> int:
        """Take over sealed events, documents and blobs of another store as they are, in one transaction,
        durable on return; return the newest event's number. Since contract 1.1.

        Args:
            events: in order; those that this store has already are passed over, the others must follow
                its newest event in number and hash. Their projections are made as a replay makes them.
            documents: written with the version that they carry.
            removed: (collection, key) of documents to remove.
            blobs: stored as `put_blob` does.

        Raises:
            Refused: the events do not follow this store's own (code ``other-log``); nothing was changed.
        """

    async def look_up(
        self,
        *,
        runs: Sequence[str] = (),
        tasks: Sequence[tuple[str, str]] = (),
        counters: Sequence[str] = (),
        documents: Sequence[tuple[str, str]] = (),
        blobs: Sequence[str] = (),
    ) -> Found:
        """Return many records at once, for one round trip. Since contract 1.1.

        Args:
            runs: their ids.
            tasks: run id and task id of each.
            counters: keys of `mosaic_hookspecs.counters`.
            documents: collection and key of each.
            blobs: their digests. The answer may be about the first of them only, as `Found` says.
        """

    async def others(self) -> int:
        """Return how many other processes have this store open, as far as can be known. Since contract
        1.1.
        """

    async def verify(self) -> Verification:
        """Read the whole log; check the chain, and that a replay equals the stored projections."""

    async def rebuild(self) -> Verification:
        """Replace the projections by a replay of the log. Refuses a broken log (`IntegrityError`)."""

    async def snapshot(self) -> Mapping[str, Any]:
        """Return every projection as JSON data, ordered, for tests and comparisons: ``runs``,
        ``tasks`` (each with ``record`` and ``spec``), ``counters`` (those that are not 0).
        """

    async def backup(self, path: str) -> Verification:
        """Write a complete, consistent copy to a new file while the store is used.

        Raises:
            InputError: `path` exists (code ``file-exists``). OSError: it cannot be written; nothing
                is left there.
        """

    async def restore(self, path: str) -> Verification:
        """Replace the whole store by a copy that `backup` wrote, after verifying it.

        Raises:
            InputError: `path` is no backup of this provider. IntegrityError: it is damaged. In both
                cases the store is as it was.
        """
