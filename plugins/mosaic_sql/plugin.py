"""The plugin class of the SQLite storage, and its configuration."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.hooks import Health, Provision, hookimpl

if TYPE_CHECKING:
    from .storage import SqliteStorage

_SYNCHRONOUS = ("full", "normal")


@attrs.frozen(kw_only=True)
class Config:
    """How the SQLite file is used."""

    path: str = attrs.field(
        default="mosaic.db", metadata={"help": "The file, relative to the state directory."}
    )
    synchronous: str = attrs.field(
        default="full",
        metadata={
            "help": "full: what was answered outlives a power loss; normal: faster, and a power loss may"
            " take the last moments (a crash of the process never does)."
        },
    )
    cached_tasks: int = attrs.field(
        default=50_000, metadata={"help": "How many tasks the writer keeps in memory."}
    )
    busy_seconds: float = attrs.field(
        default=30.0, metadata={"help": "How long to wait while another process writes."}
    )
    largest_batch: int = attrs.field(
        default=500, metadata={"help": "How many waiting calls share one transaction at most."}
    )


class SqlitePlugin:
    """Provides the storage port from one SQLite file."""

    Config = Config

    def __init__(self) -> None:
        self._storage: SqliteStorage | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Open the file, or make it."""
        from .settings import Settings
        from .storage import SqliteStorage

        config: Config = context.config or Config()
        if config.synchronous not in _SYNCHRONOUS:
            raise InputError(
                "bad-setting",
                "SQLite has no such level",
                where="synchronous",
                expected=" or ".join(_SYNCHRONOUS),
                got=repr(config.synchronous),
            )
        settings = Settings(
            path=str(context.state_directory / config.path),
            synchronous=config.synchronous.upper(),
            cached_tasks=config.cached_tasks,
            busy_seconds=config.busy_seconds,
            largest_batch=config.largest_batch,
        )
        storage = await SqliteStorage.open(settings, context.clock)
        context.on_cleanup(storage.aclose)
        self._storage = storage
        return [Provision(port="storage", name="sqlite", provider=storage)]

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Listen for what other processes write."""
        if self._storage is not None:
            context.start_soon(self._storage.listen)

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say whether the file can be used, and what is risky about how it is."""
        from .sqlite import has_wal_reset_bug

        if self._storage is None:
            return Health(is_well=False, detail="The store is not open.")
        await self._storage.head()
        others = self._storage.peers.count_others()
        if others and has_wal_reset_bug():
            return Health(
                detail=f"{others} more processes have the store open, and SQLite {sqlite3.sqlite_version} has a"
                " bug by which that may, rarely, damage the file: upgrade SQLite to 3.51.3, or use one process."
            )
        return Health()
