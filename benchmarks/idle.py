"""What a served profile costs while there is nothing to do: CPU and wake-ups.

Serves the local profile (`mosaic run` without a target) over a store with a finished run and one that
waits for an agent that is not there, lets it settle, and then watches it. Prints; asserts nothing.

    python benchmarks/idle.py [SECONDS]
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trio
from measuring import Clock, cpu_of, plain_environment

from mosaic_hookspecs import Accept, AgentOffer, Claim, MosaicError, Report, RunSpec, StartRun, TaskSpec
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage

SETTLES_IN = 60.0
CALM = 0.005
GOAL = 0.5


async def fill(path: Path) -> None:
    """Store a run that is finished, and one whose only task nobody here can do."""
    storage = await SqliteStorage.open(Settings(path=str(path)), Clock())
    for name, runtime in (("finished", "command"), ("waiting", "nobody")):
        task = TaskSpec(task_id="only", runtime=runtime, work={"run": "true"})
        await storage.apply([StartRun(run=RunSpec(run_id=name), tasks=[task])], by="benchmark")
    (leases,) = await storage.apply(
        [Claim(holder="benchmark", offers=(AgentOffer(name="command"),))], by="benchmark"
    )
    if isinstance(leases, MosaicError):
        raise leases
    lease = leases[0]
    name = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
    await storage.apply([Report(**name, outcome="succeeded"), Accept(**name)], by="benchmark")
    await storage.aclose()


def wake_ups(pid: int) -> dict[str, int]:
    """Return how often each thread has waited and been woken: its voluntary context switches."""
    found = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                found[status.parent.name] = int(line.split()[1])
    return found


def settle(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process has started: until a second passes in which it does next to nothing."""
    give_up = time.monotonic() + SETTLES_IN
    before = -1.0
    while time.monotonic() < give_up:
        time.sleep(1)
        if process.poll() is not None:
            sys.exit(f"the profile is not served:\n{(process.communicate()[1] or b'').decode()}")
        now = cpu_of(process.pid)
        if now - before < CALM:
            return
        before = now


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        project = home / "project"
        trio.run(fill, project / ".mosaic" / "mosaic.db")
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "mosaic"), "run"],
            cwd=project,
            env=plain_environment(home),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            settle(process)
            cpu, woken = cpu_of(process.pid), wake_ups(process.pid)
            start = time.monotonic()
            time.sleep(seconds)
            lasted = time.monotonic() - start
            cpu = cpu_of(process.pid) - cpu
            count = sum(now - woken.get(thread, 0) for thread, now in wake_ups(process.pid).items())
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stderr is not None:
                process.stderr.close()
    print(f"Served and idle for {lasted:.0f} s")
    print(f"  CPU        {cpu:8.4f} s  {cpu / lasted * 100:8.3f} % of a core   goal < {GOAL} %")
    print(f"  wake-ups   {count:8d}    {count / lasted:8.3f} a second")


if __name__ == "__main__":
    main()
