"""Copying one storage into another while it is used, and how long writers are held for it.

A store with TASKS finished tasks (ten events each), documents and blobs is copied SQLite → SQLite and
memory → SQLite, while WRITERS go on, beside the plain `backup()` of the same store, which checks its copy
too. Prints wall and CPU time, the hold, and the longest wait of a write; asserts nothing.

    python benchmarks/transfer.py [TASKS] [WRITES_A_SECOND] [WRITERS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import trio
from measuring import Clock, Stopwatch, row

from mosaic_hookspecs import (
    Accept,
    AgentOffer,
    Claim,
    Lease,
    MosaicError,
    RecordEvent,
    RunSpec,
    StartRun,
    TaskSpec,
)
from mosaic_hookspecs.commands import Renew, Report
from mosaic_hookspecs.transfer import copy_storage
from mosaic_memory.storage import MemoryStorage
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage

PER_RUN, BATCH, RENEWALS = 1000, 100, 7
DOCUMENTS, BLOBS = 500, 2000


async def fill(storage: Any, tasks: int) -> None:
    """Finish TASKS tasks in runs of a thousand, and start a run more that the writer works on."""
    specs = [
        TaskSpec(task_id=f"t{number}", title=f"Task {number}", work={"run": "true"})
        for number in range(PER_RUN)
    ]
    for number in range(0, tasks, PER_RUN):
        await storage.apply([StartRun(run=RunSpec(run_id=f"run-{number:07d}"), tasks=specs)], by="benchmark")
    while leases := await claim(storage, BATCH):
        for _ in range(RENEWALS):
            await storage.apply([Renew(**named(lease)) for lease in leases], by="benchmark")
        reports = [Report(**named(lease), outcome="succeeded", outputs={"path": "a/b"}) for lease in leases]
        await storage.apply(reports, by="benchmark")
        await storage.apply([Accept(**named(lease)) for lease in leases], by="benchmark")
    async with trio.open_nursery() as nursery:
        for number in range(DOCUMENTS):
            nursery.start_soon(
                storage.put_document, "benchmark.documents", f"k{number:05d}", {"text": "x" * 800}
            )
        for number in range(BLOBS):
            nursery.start_soon(storage.put_blob, f"{number}".encode() * 200)
    await storage.apply([StartRun(run=RunSpec(run_id="more"), tasks=specs)], by="benchmark")


async def claim(storage: Any, limit: int) -> list[Lease]:
    offers = (AgentOffer(name="any", is_general=True),)
    [leases] = await storage.apply([Claim(holder="b", offers=offers, limit=limit)], by="benchmark")
    if isinstance(leases, MosaicError):
        raise leases
    return leases


def named(lease: Lease) -> dict[str, Any]:
    return {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}


@attrs.define
class Load:
    """Some who write: a task claimed and finished, an event, a document, a blob, in turn."""

    storage: Any
    pause: float
    is_held: bool = False
    opened: trio.Event = attrs.field(factory=trio.Event)
    in_flight: int = 0
    quiet: trio.Event = attrs.field(factory=trio.Event)
    held_at: float = 0.0
    written: int = 0
    started: int = attrs.field(factory=time.perf_counter_ns)
    longest: float = 0.0

    async def hold(self) -> None:
        self.held_at = time.perf_counter()
        self.is_held = True
        if self.in_flight:
            await self.quiet.wait()

    async def write(self) -> None:
        while True:
            begun = time.perf_counter()
            if self.is_held:
                await self.opened.wait()
            self.in_flight += 1
            self.written += 1
            await self._write_once(self.written)
            self.in_flight -= 1
            if self.is_held and not self.in_flight:
                self.quiet.set()
            self.longest = max(self.longest, time.perf_counter() - begun)
            await trio.sleep(self.pause)

    async def _write_once(self, number: int) -> None:
        kind = number % 4
        if kind == 0:
            for lease in await claim(self.storage, 1):
                done = [Report(**named(lease), outcome="succeeded"), Accept(**named(lease))]
                await self.storage.apply(done, by="benchmark")
        elif kind == 1:
            await self.storage.apply([RecordEvent(kind="benchmark.step")], by="benchmark")
        elif kind == 2:
            name = f"k{number % DOCUMENTS:05d}"
            await self.storage.put_document("benchmark.documents", name, {"n": number, "text": "y" * 800})
        else:
            await self.storage.put_blob(f"later {number} {self.started}".encode())


async def copy(name: str, old: Any, new: Any, writers: tuple[int, float], base: float) -> None:
    load = Load(old, writers[1])
    async with trio.open_nursery() as nursery:
        for _ in range(writers[0]):
            nursery.start_soon(load.write)
        with Stopwatch() as watch:
            await copy_storage(old, new, load.hold)
        held = time.perf_counter() - load.held_at
        nursery.cancel_scope.cancel()
    row(f"{name}: wall", watch.cost.wall, "s", base)
    row(f"{name}: CPU", watch.cost.cpu, "s", base)
    row(f"{name}: writers held", held * 1000, "ms", base * 1000)
    print(
        f"    {load.written} writes meanwhile, of which the longest took {load.longest * 1000:.0f} ms",
        flush=True,
    )


async def main(tasks: int, writes: float, count: int) -> None:
    writers = (count, 1 / writes)
    with tempfile.TemporaryDirectory() as directory:
        at = Path(directory)
        one = await SqliteStorage.open(Settings(path=str(at / "one.db")), Clock())
        await fill(one, tasks)
        load = f"{count} times {writes:g} writes a second meanwhile"
        print(f"{tasks:,} tasks, {await one.head():,} events, {load}", flush=True)
        with Stopwatch() as watch:
            await one.backup(str(at / "backup.db"))
        base = watch.cost.wall
        row("backup(), with its check: wall", base, "s", base)
        row("backup(), with its check: CPU", watch.cost.cpu, "s", base)
        two = await SqliteStorage.open(Settings(path=str(at / "two.db")), Clock())
        await copy("SQLite → SQLite", one, two, writers, base)
        memory = MemoryStorage(Clock())
        await copy("SQLite → memory", one, memory, writers, base)
        three = await SqliteStorage.open(Settings(path=str(at / "three.db")), Clock())
        await copy("memory → SQLite", memory, three, writers, base)
        await copy("SQLite → SQLite, a copy from before", one, two, writers, base)
        for storage in (one, two, three):
            await storage.aclose()


if __name__ == "__main__":
    trio.run(
        main,
        int(sys.argv[1]) if len(sys.argv) > 1 else 10_000,
        float(sys.argv[2]) if len(sys.argv) > 2 else 50.0,
        int(sys.argv[3]) if len(sys.argv) > 3 else 1,
    )
