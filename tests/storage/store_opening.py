"""Opens the stores without a kernel, so that storage is tested on its own."""

import time
from contextlib import asynccontextmanager

from mosaic_memory.storage import MemoryStorage
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage


class SystemClock:
    def now(self):
        return time.time_ns() // 1_000_000


@asynccontextmanager
async def open_memory(directory):
    yield MemoryStorage(SystemClock())


@asynccontextmanager
async def open_sqlite(directory, **settings):
    import trio

    storage = await SqliteStorage.open(Settings(path=str(directory / "mosaic.db"), **settings), SystemClock())
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(storage.listen)
            yield storage
            nursery.cancel_scope.cancel()
    finally:
        await storage.aclose()
