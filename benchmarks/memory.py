"""Memory with a million tasks stored: bounded by what is at work, not by what is stored.

A child process stores 1,000,000 tasks on SQLite, run by run, then claims and finishes some for a while.
Prints its resident memory as it goes, its peak, and the size of the file; asserts nothing.

    python benchmarks/memory.py [TASKS] [FINISHED]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import trio
from measuring import Clock

from mosaic_hookspecs import Accept, AgentOffer, Claim, MosaicError, Need, Report, RunSpec, StartRun, TaskSpec
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage

PER_RUN = 20_000
STEPS = 10
BATCH = 100


def mebibytes(field: str) -> float:
    """Return a figure of ``/proc/self/status`` (VmRSS: now; VmHWM: the most)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def tell(stage: str, number: int) -> None:
    now, most = mebibytes("VmRSS"), mebibytes("VmHWM")
    print(f"  {stage:<10} {number:>10,} tasks  {now:8.0f} MiB now  {most:8.0f} MiB at most", flush=True)


def specs(count: int) -> list[TaskSpec]:
    """Every second task waits for the one before it."""
    return [
        TaskSpec(
            task_id=f"t{number}",
            title=f"Task {number}",
            runtime="command",
            work={"run": "true"},
            needs=(Need(task_id=f"t{number - 1}"),) if number % 2 else (),
        )
        for number in range(count)
    ]


async def work(path: str, tasks: int, finished: int) -> None:
    tell("start", 0)
    storage = await SqliteStorage.open(Settings(path=path), Clock())
    tell("opened", 0)
    for stored in range(0, tasks, PER_RUN):
        count = min(PER_RUN, tasks - stored)
        run = RunSpec(run_id=f"run-{stored:07d}")
        await storage.apply([StartRun(run=run, tasks=specs(count))], by="benchmark")
        if (stored + count) % (tasks // STEPS or 1) < PER_RUN:
            tell("stored", stored + count)
    claim = Claim(holder="benchmark", offers=(AgentOffer(name="command"),), limit=BATCH)
    for done in range(BATCH, finished + 1, BATCH):
        (leases,) = await storage.apply([claim], by="benchmark")
        if isinstance(leases, MosaicError):
            raise leases
        names = [{"run_id": one.run_id, "task_id": one.task_id, "token": one.token} for one in leases]
        await storage.apply([Report(**name, outcome="succeeded") for name in names], by="benchmark")
        await storage.apply([Accept(**name) for name in names], by="benchmark")
        if done % (finished // STEPS or 1) < BATCH:
            tell("finished", done)
    await storage.aclose()
    tell("closed", tasks)


def main() -> None:
    tasks = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    finished = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    if len(sys.argv) > 3:
        trio.run(work, sys.argv[3], tasks, finished)
        return
    print(f"Resident memory of a process that stores {tasks:,} tasks and finishes {finished:,}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "mosaic.db"
        subprocess.run(
            [sys.executable, __file__, str(tasks), str(finished), str(path)],
            check=True,
            cwd=Path(__file__).parent,
        )
        print(f"  the file: {path.stat().st_size / 2**20:,.0f} MiB")


if __name__ == "__main__":
    main()
