"""The plugin class of the ledger, and the handlers of its operations."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import counters
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import hookimpl
from mosaic_hookspecs.operation_table import OperationRow, operations_of
from mosaic_hookspecs.operations import Call, Operation, OperationKind
from mosaic_hookspecs.storage import STORAGE_CONTRACT, Storage

from . import records as r


class LedgerPlugin:
    """Declares the operations that look after what is stored."""

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare them over the storage port."""
        keeper = _Keeper(context)
        query, command = OperationKind.QUERY, OperationKind.COMMAND
        rows: tuple[OperationRow, ...] = (
            ("log.verify", query, r.Nothing, r.VerificationReport, keeper.verify, "storage:read",
             "Check the log's hash chain, and what is stored against a replay of the log."),
            ("log.list", query, r.ListEvents, r.LoggedEvents, keeper.list, "event:read",
             "List what has happened, the newest first."),
            ("storage.check", query, r.Nothing, r.VerificationReport, keeper.verify, "storage:read",
             "Check everything that is stored: the log, a replay against the records, the blobs."),
            ("storage.rebuild", command, r.Nothing, r.VerificationReport, keeper.rebuild, "storage:admin",
             "Make the records anew by a replay of the log."),
            ("storage.backup", command, r.FilePath, r.VerificationReport, keeper.backup, "storage:admin",
             "Write a consistent copy to a new file while the storage is used."),
            ("storage.restore", command, r.FilePath, r.VerificationReport, keeper.restore, "storage:admin",
             "Replace everything that is stored by a backup, after checking it."),
            ("storage.info", query, r.Nothing, r.StorageInfo, keeper.info, "storage:read",
             "Say which storage is used, and how much is in it."),
        )  # fmt: skip
        return operations_of(rows)


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

    async def verify(self, data: r.Nothing, call: Call) -> r.VerificationReport:
        return r.VerificationReport.of(await self._storage.verify())

    async def list(self, request: r.ListEvents, call: Call) -> r.LoggedEvents:
        """List events, the newest first."""
        from .listing import list_events

        return await list_events(self._storage, request)

    async def rebuild(self, data: r.Nothing, call: Call) -> r.VerificationReport:
        return r.VerificationReport.of(await self._storage.rebuild())

    async def backup(self, data: r.FilePath, call: Call) -> r.VerificationReport:
        return r.VerificationReport.of(await self._storage.backup(self._place(data.path)))

    async def restore(self, data: r.FilePath, call: Call) -> r.VerificationReport:
        return r.VerificationReport.of(await self._storage.restore(self._place(data.path)))

    async def info(self, data: r.Nothing, call: Call) -> r.StorageInfo:
        storage = self._storage
        return r.StorageInfo(
            provider=self._context.port("storage").names()[0],
            contract=STORAGE_CONTRACT,
            events=await storage.head(),
            tasks=await storage.count(counters.POSITIONS),
            next_deadline=await storage.next_deadline(),
        )
