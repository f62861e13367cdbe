"""Claim and finish a task with 1,000, 100,000 and 1,000,000 tasks stored: flat, or not.

Beside it the way that most schedulers take: ask for a task none of whose needs is unfinished
(``NOT EXISTS``), in bare sqlite3 over the same number of tasks.
"""

from __future__ import annotations

import gc
import resource
import sqlite3
import sys
import tempfile
from pathlib import Path

import trio
from measuring import Stopwatch, row

from mosaic_hookspecs import Accept, AgentOffer, Claim, MosaicError, Need, Report, RunSpec, StartRun, TaskSpec
from mosaic_sql.storage import Settings, SqliteStorage

ROUNDS = 200
PER_RUN = 100_000
OFFERS = (AgentOffer(name="command"),)


class Clock:
    """A clock that stands still, so that no lease runs out."""

    def now(self) -> int:
        return 1_000_000


def tasks(count: int) -> list[TaskSpec]:
    """Half of them ready, half waiting for one of those."""
    ready = [TaskSpec(task_id=f"r{index}", runtime="command") for index in range(count // 2)]
    waiting = [
        TaskSpec(task_id=f"w{index}", runtime="command", needs=(Need(task_id=f"r{index}"),))
        for index in range(count - len(ready))
    ]
    return ready + waiting


async def ours(count: int, directory: Path) -> tuple[float, float]:
    """Return CPU and wall milliseconds of one claim + report + accept, three transactions."""
    storage = await SqliteStorage.open(Settings(path=str(directory / f"{count}.db")), Clock())
    for start in range(0, count, PER_RUN):
        run = RunSpec(run_id=f"run-{start}")
        await storage.apply([StartRun(run=run, tasks=tasks(min(PER_RUN, count - start)))], by="benchmark")
    gc.collect()
    with Stopwatch() as watch:
        for _ in range(ROUNDS):
            (leases,) = await storage.apply([Claim(holder="h", offers=OFFERS)], by="benchmark")
            assert not isinstance(leases, MosaicError)
            (lease,) = leases
            name = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
            await storage.apply([Report(**name, outcome="succeeded")], by="benchmark")
            await storage.apply([Accept(**name)], by="benchmark")
    await storage.aclose()
    return watch.cost.cpu / ROUNDS * 1000, watch.cost.wall / ROUNDS * 1000


def scanning(count: int) -> float:
    """Return CPU milliseconds of one claim by ``NOT EXISTS`` in bare sqlite3, in memory."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE tasks (id INTEGER PRIMARY KEY, done INTEGER, priority INTEGER)")
    database.execute("CREATE TABLE needs (task INTEGER, need INTEGER)")
    database.execute("CREATE INDEX needs_of ON needs (task)")
    half = count // 2
    database.executemany("INSERT INTO tasks VALUES (?, 0, ?)", ((index, index % 7) for index in range(count)))
    database.executemany("INSERT INTO needs VALUES (?, ?)", ((half + index, index) for index in range(half)))
    query = """SELECT id FROM tasks WHERE done = 0 AND NOT EXISTS (SELECT 1 FROM needs JOIN tasks AS other
        ON other.id = needs.need WHERE needs.task = tasks.id AND other.done = 0)
        ORDER BY priority DESC, id LIMIT 1"""
    rounds = 3
    with Stopwatch() as watch:
        for _ in range(rounds):
            database.execute(query).fetchone()
    return watch.cost.cpu / rounds * 1000


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 100_000, 1_000_000]
    print("One claim + report + accept, durable on SQLite (synchronous=FULL), each in its own transaction")
    base = None
    with tempfile.TemporaryDirectory() as directory:
        for size in sizes:
            cpu, wall = trio.run(ours, size, Path(directory))
            base = base or cpu
            row(f"{size:>9,} tasks, CPU", cpu, "ms", base)
            row(f"{'':>9} wall", wall, "ms")
            row(f"{'':>9} a claim by NOT EXISTS, CPU", scanning(size), "ms", cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory of this process: {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
