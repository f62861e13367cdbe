"""The storage port over a file of lines: one lock, and one transaction a call.

Persists and never decides. Reads wait for the write that goes on, so nobody sees what is not durable.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from mosaic_hookspecs import (
    Clock,
    Command,
    Document,
    Draft,
    Event,
    Found,
    MosaicError,
    Outcome,
    Refused,
    RunRecord,
    StoredTask,
    TaskRecord,
    TaskState,
    Verification,
    apply,
    seal_draft,
)

from .content import Content, blob_change, document_change, event_change, replayed, require_sound_log, taken
from .copies import read_backup, write_backup
from .documents import Documents
from .lines_file import Change, LinesFile


class LinesStorage(Documents):
    """`mosaic_hookspecs.Storage` in one file, for one process at a time."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._content = Content()
        self._file: LinesFile | None = None
        self._lock = trio.Lock()
        self._grown = trio.Event()

    async def open(self) -> None:
        """Open the file, or make it, and read it."""
        async with self._up_to_date():
            pass

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @asynccontextmanager
    async def _up_to_date(self) -> AsyncIterator[Content]:
        """Hold the store, having read what another generation of this plugin wrote meanwhile."""
        async with self._lock:
            if self._file is None or self._file.was_replaced():
                self.close()
                self._file = await trio.to_thread.run_sync(LinesFile, self._path)
                self._content = Content()
            if not self._file.is_read():
                await self._read_new(self._file)
            yield self._content

    async def _read_new(self, file: LinesFile) -> None:
        before = len(self._content.events)
        try:
            for changes in await trio.to_thread.run_sync(file.read_new):
                self._content.add(changes)
        except BaseException:
            self.close()  # what was read is not all: the next call begins anew
            raise
        if len(self._content.events) != before:
            self._wake()

    async def _write(self, changes: Iterable[Change]) -> None:
        if self._file is None:
            raise RuntimeError("written to outside of _up_to_date")
        await trio.to_thread.run_sync(self._file.append, list(changes))

    def _wake(self) -> None:
        self._grown.set()
        self._grown = trio.Event()

    async def apply(self, commands: Sequence[Command], *, by: str) -> Sequence[Outcome | MosaicError]:
        """Carry out commands in order; a refused one refuses those behind it."""
        outcomes: list[Outcome | MosaicError] = []
        async with self._up_to_date() as content:
            before = len(content.events)
            for command in commands:
                if outcomes and isinstance(outcomes[-1], MosaicError):
                    outcomes.append(outcomes[-1])
                else:
                    outcomes.append(self._apply_one(content, command, by))
            await self._keep(content, before)
        return outcomes

    def _apply_one(self, content: Content, command: Command, by: str) -> Outcome | MosaicError:
        events, now = content.events, self._clock.now()
        before = len(events)

        def append(draft: Draft) -> int:
            sequence = len(events) + 1
            events.append(seal_draft(draft, previous=content.head, sequence=sequence, at=now, by=by))
            return now

        try:
            return apply(command, content.records, append, now)
        except MosaicError as error:
            if len(events) > before:  # that it cannot be stored was found half way
                content.take_back(before)
            return error

    async def _keep(self, content: Content, before: int, *others: Change) -> None:
        """Write the events after the first `before` down; take them back if that fails."""
        changes = [*map(event_change, content.events[before:]), *others]
        if not changes:
            return
        try:
            await self._write(changes)
        except BaseException:
            content.take_back(before)
            raise
        self._wake()

    async def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None."""
        async with self._up_to_date() as content:
            return content.records.run(run_id)

    async def runs(self, *, limit: int = 50, before: int | None = None) -> Sequence[RunRecord]:
        """Return runs, newest first."""
        async with self._up_to_date() as content:
            found = [run for run in content.records.runs.values() if before is None or run.created_at < before]
        found.sort(key=lambda run: (run.created_at, run.run_id), reverse=True)
        return found[:limit]

    async def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None."""
        async with self._up_to_date() as content:
            return content.records.task(run_id, task_id)

    async def stored(self, run_id: str, task_id: str) -> StoredTask | None:
        """Return the unchanging part of a task, or None."""
        async with self._up_to_date() as content:
            is_there = content.records.task(run_id, task_id) is not None
            return content.records.stored(run_id, task_id) if is_there else None

    async def tasks(
        self, run_id: str, *, states: Sequence[TaskState] = (), after: int = 0, limit: int = 1000
    ) -> Sequence[TaskRecord]:
        """Return a run's tasks in order of position; those of every run, if `run_id` is ""."""
        async with self._up_to_date() as content:
            found = [task for task in content.records.tasks_of(run_id) if task.position > after]
        return [task for task in found if not states or task.state in states][:limit]

    async def counts(self, run_id: str) -> Mapping[TaskState, int]:
        """Return how many of a run's tasks are in each state."""
        async with self._up_to_date() as content:
            return content.records.counts(run_id)

    async def count(self, key: str) -> int:
        """Return a counter."""
        async with self._up_to_date() as content:
            return content.records.count(key)

    async def next_deadline(self) -> int | None:
        """Return the earliest time at which `Tick` has something to do."""
        async with self._up_to_date() as content:
            return content.records.next_deadline()

    async def events(
        self, *, after: int = 0, limit: int = 1000, run_id: str = "", task_id: str = ""
    ) -> Sequence[Event]:
        """Return events in order, of one run or task if given."""
        async with self._up_to_date() as content:
            found = content.events[max(0, after) :]
        if run_id or task_id:
            found = [
                event for event in found if run_id in ("", event.run_id) and task_id in ("", event.task_id)
            ]
        return found[:limit]

    async def head(self) -> int:
        """Return the newest event's number."""
        async with self._up_to_date() as content:
            return len(content.events)

    async def wait(self, after: int) -> int:
        """Wait until the newest event's number is above `after`."""
        while True:
            grown = self._grown
            head = await self.head()
            if head > after:
                return head
            await grown.wait()

    async def ingest(
        self,
        *,
        events: Sequence[Event] = (),
        documents: Sequence[Document] = (),
        removed: Sequence[tuple[str, str]] = (),
        blobs: Sequence[bytes] = (),
    ) -> int:
        """Take over events, documents and blobs of another store as they are."""
        async with self._up_to_date() as content:
            before = len(content.events)
            written = [document_change(taken(document)) for document in documents]
            try:
                content.take_over(events)
            except Refused:
                content.take_back(before)
                raise
            changes = [*(["removed", *names] for names in removed), *written, *map(blob_change, blobs)]
            await self._keep(content, before, *changes)
            content.add(changes)
            return len(content.events)

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
        async with self._up_to_date() as content:
            records = content.records
            return Found(
                runs=[records.run(run_id) for run_id in runs],
                counts=[records.counts(run_id) for run_id in runs],
                tasks=[records.task(*names) for names in tasks],
                stored=[records.stored(*names) if records.task(*names) else None for names in tasks],
                counters=[records.count(key) for key in counters],
                documents=[content.documents.get(names) for names in documents],
                blobs=content.first_blobs(blobs),
            )

    async def others(self) -> int:
        """Return 0: the file is one process's own."""
        return 0

    async def verify(self) -> Verification:
        """Check the chain, and that a replay equals the records."""
        async with self._up_to_date() as content:
            return content.verify()

    async def rebuild(self) -> Verification:
        """Replace the records by a replay of the log."""
        async with self._up_to_date() as content:
            require_sound_log(content.events)
            content.records = replayed(content.events)
            return content.verify()

    async def snapshot(self) -> Mapping[str, Any]:
        """Return every projection as JSON data."""
        async with self._up_to_date() as content:
            return content.records.snapshot()

    async def backup(self, path: str) -> Verification:
        """Write everything to a new file."""
        async with self._up_to_date() as content:
            await trio.to_thread.run_sync(write_backup, Path(path), list(content.changes()))
            return content.verify()

    async def restore(self, path: str) -> Verification:
        """Replace everything by what `backup` wrote."""
        content = await trio.to_thread.run_sync(read_backup, Path(path))
        async with self._up_to_date():
            if self._file is not None:
                await trio.to_thread.run_sync(self._file.replace, [content.changes()])
        self._wake()
        return await self.verify()
