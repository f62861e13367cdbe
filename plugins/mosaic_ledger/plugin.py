"""The plugin class of the ledger, and the handlers of its operations."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import counters
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import hookimpl
from mosaic_hookspecs.operations import Call, Operation, OperationKind
from mosaic_hookspecs.storage import STORAGE_CONTRACT, Storage

from .records import FilePath, ListEvents, LoggedEvents, Nothing, StorageInfo, VerificationReport


class LedgerPlugin:
    """Declares the operations that look after what is stored."""

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare them over the storage port."""
        keeper = _Keeper(context)
        query, command = OperationKind.QUERY, OperationKind.COMMAND
        return [
            Operation(
                name="log.verify",
                kind=query,
                input=Nothing,
                output=VerificationReport,
                handler=keeper.verify,
                permission="storage:read",
                summary="Check the log's hash chain, and what is stored against a replay of the log.",
            ),
            Operation(
                name="log.list",
                kind=query,
                input=ListEvents,
                output=LoggedEvents,
                handler=keeper.list,
                permission="event:read",
                summary="List what has happened, the newest first.",
            ),
            Operation(
                name="storage.check",
                kind=query,
                input=Nothing,
                output=VerificationReport,
                handler=keeper.verify,
                permission="storage:read",
                summary="Check everything that is stored: the log, a replay against the records, the blobs.",
            ),
            Operation(
                name="storage.rebuild",
                kind=command,
                input=Nothing,
                output=VerificationReport,
                handler=keeper.rebuild,
                permission="storage:admin",
                summary="Make the records anew by a replay of the log.",
            ),
            Operation(
                name="storage.backup",
                kind=command,
                input=FilePath,
                output=VerificationReport,
                handler=keeper.backup,
                permission="storage:admin",
                summary="Write a consistent copy to a new file while the storage is used.",
            ),
            Operation(
                name="storage.restore",
                kind=command,
                input=FilePath,
                output=VerificationReport,
                handler=keeper.restore,
                permission="storage:admin",
                summary="Replace everything that is stored by a backup, after checking it.",
            ),
            Operation(
                name="storage.info",
                kind=query,
                input=Nothing,
                output=StorageInfo,
                handler=keeper.info,
                permission="storage:read",
                summary="Say which storage is used, and how much is in it.",
            ),
        ]


class _Keeper:
    """The handlers, over whichever storage is in the port when they are called."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def _storage(self) -> Storage:
        storage: Storage = self._context.port("storage").get()
        return storage

    def _place(self, path: str) -> str:
        return str(self._context.project_directory / path)

    async def verify(self, data: Nothing, call: Call) -> VerificationReport:
        return VerificationReport.of(await self._storage.verify())

    async def list(self, request: ListEvents, call: Call) -> LoggedEvents:
        """List events, the newest first."""
        from .listing import list_events

        return await list_events(self._storage, request)

    async def rebuild(self, data: Nothing, call: Call) -> VerificationReport:
        return VerificationReport.of(await self._storage.rebuild())

    async def backup(self, data: FilePath, call: Call) -> VerificationReport:
        return VerificationReport.of(await self._storage.backup(self._place(data.path)))

    async def restore(self, data: FilePath, call: Call) -> VerificationReport:
        return VerificationReport.of(await self._storage.restore(self._place(data.path)))

    async def info(self, data: Nothing, call: Call) -> StorageInfo:
        storage = self._storage
        return StorageInfo(
            provider=self._context.port("storage").names()[0],
            contract=STORAGE_CONTRACT,
            events=await storage.head(),
            tasks=await storage.count(counters.POSITIONS),
            next_deadline=await storage.next_deadline(),
        )
