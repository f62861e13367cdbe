"""The storage port over one SQLite file: one thread that writes, one that reads."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import outcome
import trio

from mosaic_hookspecs.applying import apply
from mosaic_hookspecs.commands import Command, Outcome
from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.data import JsonObject, canonical_json, digest
from mosaic_hookspecs.errors import InputError, MosaicError
from mosaic_hookspecs.events import Draft, Event
from mosaic_hookspecs.storage import Document, Verification

from . import documents, queries, sqlite
from .backing_up import back_up, put_back, rebuild, unpack
from .ingesting import ingest, intake
from .jobs import Answer, Job, JobThread
from .peers import Peers
from .reads import Reads
from .session import Session
from .settings import Settings
from .upgrade import prepare
from .verifying import verify
from .writer import HalfWritten, Writer

T = TypeVar("T")


class SqliteStorage(Reads):
    """`mosaic_hookspecs.storage.Storage` over SQLite. Make one with `open`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._epoch = 0
        self._waiting = trio.lowlevel.ParkingLot()
        self._peers = Peers(settings.path)
        writer = sqlite.open_writer(
            settings.path, busy_seconds=settings.busy_seconds, synchronous=settings.synchronous
        )
        reader = sqlite.open_reader(settings.path, busy_seconds=settings.busy_seconds)
        self._connections = (writer, reader)
        self._session = Session(writer, cached_tasks=settings.cached_tasks)
        self._writes: JobThread[Session] = JobThread(
            "mosaic-sqlite-writer",
            Writer(self._session, settings.path, self._peers.notify).carry_out,
            largest_batch=settings.largest_batch,
            on_answered=self._announce,
        )
        self._reads: JobThread[sqlite3.Connection] = JobThread(
            "mosaic-sqlite-reader", self._read_all, largest_batch=settings.largest_batch
        )

    @classmethod
    async def open(cls, settings: Settings, clock: Clock) -> SqliteStorage:
        """Open a store, which is made if there is none and upgraded if it is old.

        Raises:
            IntegrityError: the file is damaged, no store, or of a newer Mosaic. OSError: it cannot be
                used.
        """
        make = functools.partial(prepare, settings.path, busy_seconds=settings.busy_seconds)
        try:
            await trio.to_thread.run_sync(make)
            return cls(settings, clock)
        except sqlite3.Error as error:
            raise sqlite.translate(error, settings.path) or error from error
        except MosaicError as error:
            error.where = error.where or settings.path
            raise

    async def aclose(self) -> None:
        """Finish what is queued and close the file. May be called again."""
        await self._writes.aclose()
        await self._reads.aclose()
        self._peers.close()
        for connection in self._connections:
            connection.close()

    async def listen(self) -> None:
        """Wake who waits when another process has written; runs until cancelled."""
        while True:
            await trio.lowlevel.wait_readable(self._peers.socket)
            self._peers.drain()
            self._announce()

    @property
    def peers(self) -> Peers:
        """The other processes that have the store open."""
        return self._peers

    # Between the threads

    def _announce(self) -> None:
        """Wake who waits, in trio's thread."""
        self._epoch += 1
        self._waiting.unpark_all()

    def _read_all(self, jobs: Sequence[Job[sqlite3.Connection]]) -> Sequence[Answer]:
        answers: list[Answer] = []
        for job in jobs:
            try:
                answers.append(outcome.Value(job.work(self._connections[1])))
            except sqlite3.Error as error:
                answers.append(outcome.Error(sqlite.translate(error, self._settings.path) or error))
            except (OverflowError, UnicodeEncodeError) as error:
                answers.append(outcome.Error(sqlite.unstorable(error)))
            except Exception as error:  # noqa: BLE001 - one question's mistake is that question's answer
                answers.append(outcome.Error(error))
        return answers

    async def _read(self, query: Callable[..., T], *args: Any) -> T:
        result: T = await self._reads.call(lambda connection: query(connection, *args))
        return result

    # The port: what it reads is in `Reads`

    async def apply(self, commands: Sequence[Command], *, by: str) -> Sequence[Outcome | MosaicError]:
        """Carry out commands in order, and return when they are durable."""
        now = self._clock.now()  # here, since the clock belongs to this thread
        refused: dict[int, MosaicError] = {}
        outcomes: Sequence[Outcome | MosaicError] = await self._writes.call(
            lambda session: _apply_all(session, commands, by, now, refused)
        )
        return outcomes

    async def wait(self, after: int) -> int:
        """Wait until the newest event's number is above `after`."""
        while True:
            epoch = self._epoch
            head = await self._read(queries.head)
            if head > after:
                return head
            if epoch == self._epoch:
                await self._waiting.park()

    async def put_document(
        self, collection: str, key: str, body: JsonObject, *, expected: int | None = None
    ) -> Document:
        """Write a document; durable on return."""
        try:
            text = canonical_json(body)
            f"{collection}{key}{text}".encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError("not-json", "the document cannot be stored", got=str(error)[:200]) from error
        written: Document = await self._writes.call(
            lambda session: documents.put(session.connection, collection, key, text, expected)
        )
        return written

    async def delete_document(self, collection: str, key: str) -> bool:
        """Delete a document; return whether there was one."""
        existed: bool = await self._writes.call(
            lambda session: documents.delete(session.connection, collection, key)
        )
        return existed

    async def put_blob(self, data: bytes) -> str:
        """Store bytes and return their digest."""
        name = digest(data)
        if await self._read(queries.find_blob, name) is None:
            await self._writes.call(lambda session: documents.put_blob(session.connection, name, data))
        return name

    async def ingest(
        self,
        *,
        events: Sequence[Event] = (),
        documents: Sequence[Document] = (),
        removed: Sequence[tuple[str, str]] = (),
        blobs: Sequence[bytes] = (),
    ) -> int:
        """Take over sealed events, documents and blobs of another store as they are; durable on return."""
        brought = intake(events, documents, removed, blobs)
        head: int = await self._writes.call(lambda session: ingest(session, brought))
        return head

    async def others(self) -> int:
        """Return how many other processes have the file open."""
        await trio.lowlevel.checkpoint()
        return self._peers.count_others()

    async def verify(self) -> Verification:
        """Check the log, the projections, the blobs and the file, while the store is used."""
        return await self._apart(self._verify)

    def _verify(self) -> Verification:
        reader = sqlite.open_reader(self._settings.path, busy_seconds=self._settings.busy_seconds)
        with contextlib.closing(reader):
            return verify(reader, trio.from_thread.check_cancelled)

    async def rebuild(self) -> Verification:
        """Replace the projections by a replay of the log."""
        await self._writes.call(rebuild, is_alone=True)
        return await self.verify()

    async def backup(self, path: str) -> Verification:
        """Write a complete, consistent copy to a new file while the store is used."""
        return await self._apart(
            functools.partial(
                back_up,
                self._settings.path,
                path,
                busy_seconds=self._settings.busy_seconds,
                pause=trio.from_thread.check_cancelled,
            )
        )

    async def restore(self, path: str) -> Verification:
        """Replace the whole store by a copy that `backup` wrote, after verifying it."""
        busy_seconds = self._settings.busy_seconds
        with tempfile.TemporaryDirectory(prefix="mosaic-restore-") as directory:
            work = functools.partial(
                unpack, path, directory, busy_seconds=busy_seconds, pause=trio.from_thread.check_cancelled
            )
            checked, found = await self._apart(work)
            await self._writes.call(
                lambda session: put_back(session, checked, busy_seconds=busy_seconds), is_alone=True
            )
        return found

    async def _apart(self, work: Callable[[], T]) -> T:
        try:
            return await trio.to_thread.run_sync(work)
        except sqlite3.Error as error:
            raise sqlite.translate(error, self._settings.path) or error from error


def _apply_all(
    session: Session, commands: Sequence[Command], by: str, now: int, refused: dict[int, MosaicError]
) -> Sequence[Outcome | MosaicError]:
    """Carry out commands in order; a refused one refuses those behind it. `refused` remembers, by their
    index, those of which it turned out half way that they cannot be stored.
    """

    def append(draft: Draft) -> int:
        return session.append(draft, now, by)

    outcomes: list[Outcome | MosaicError] = []
    for index, command in enumerate(commands):
        before = session.head
        try:
            if index in refused:
                raise refused[index]
            outcomes.append(apply(command, session, append, now))
        except MosaicError as error:
            if session.head != before:
                refused[index] = error
                raise HalfWritten from error
            outcomes += [error] * (len(commands) - len(outcomes))
            break
    return outcomes
