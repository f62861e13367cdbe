"""What starting costs: CPU of whole processes, from the shell's point of view, beside a bare interpreter.

`mosaic --help`, and `status`, `runs` and `why` on a store of 10,000 tasks; the same with a project file,
where a kernel has to start; and doit and huey, if they are installed. The first run of each, which writes
byte code and the index of the plugins, is not counted. Prints the least of several rounds, each of which
runs every command once; asserts nothing.

    python benchmarks/cold_start.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import trio
from measuring import Clock, command_cpu, plain_environment

from mosaic_hookspecs import Accept, AgentOffer, Claim, MosaicError, Need, Report, RunSpec, StartRun, TaskSpec
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage

TASKS = 10_000
ACCEPTED = 1_000
BIN = Path(sys.executable).parent
GOALS = {"mosaic --help": 5, "mosaic status": 12}


async def fill(path: Path) -> None:
    """Store a run of 10,000 tasks, every second one waiting for the one before; some are accepted."""
    storage = await SqliteStorage.open(Settings(path=str(path)), Clock())
    tasks = [
        TaskSpec(
            task_id=f"t{number}",
            title=f"Task {number}",
            runtime="command",
            work={"run": "true"},
            needs=(Need(task_id=f"t{number - 1}"),) if number % 2 else (),
        )
        for number in range(TASKS)
    ]
    await storage.apply([StartRun(run=RunSpec(run_id="run", title="benchmark"), tasks=tasks)], by="benchmark")
    claim = Claim(holder="benchmark", offers=(AgentOffer(name="command"),), limit=ACCEPTED)
    (leases,) = await storage.apply([claim], by="benchmark")
    if isinstance(leases, MosaicError):
        raise leases
    for lease in leases:
        name = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
        await storage.apply([Report(**name, outcome="succeeded"), Accept(**name)], by="benchmark")
    await storage.aclose()


def commands(plain: Path, configured: Path) -> dict[str, tuple[Sequence[str], Path]]:
    mosaic = str(BIN / "mosaic")
    waiting = f"t{TASKS - 1}"
    found: dict[str, tuple[Sequence[str], Path]] = {
        "python -c pass": ((sys.executable, "-c", "pass"), plain),
        "python -c 'import click'": ((sys.executable, "-c", "import click"), plain),
        "mosaic --help": ((mosaic, "--help"), plain),
        "mosaic status": ((mosaic, "status"), plain),
        "mosaic status --json": ((mosaic, "status", "--json"), plain),
        "mosaic runs": ((mosaic, "runs"), plain),
        "mosaic why": ((mosaic, "why", waiting), plain),
        "mosaic status, with a mosaic.yaml": ((mosaic, "status"), configured),
        "doit --help": ((str(BIN / "doit"), "help"), plain),
        "doit list": ((str(BIN / "doit"), "list"), plain),
        "huey_consumer --help": ((str(BIN / "huey_consumer"), "--help"), plain),
    }
    return {name: entry for name, entry in found.items() if Path(entry[0][0]).exists()}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        plain, configured = home / "plain", home / "configured"
        for directory in (plain, configured):
            trio.run(fill, directory / ".mosaic" / "mosaic.db")
        (plain / "dodo.py").write_text("def task_nothing():\n    return {'actions': ['true']}\n")
        (configured / "mosaic.yaml").write_text("plugins: {engine: {parallelism: 4}}\n")
        environment = plain_environment(home)
        used: dict[str, list[float]] = {}
        for number in range(rounds + 1):
            for what, (argv, directory) in commands(plain, configured).items():
                cost = command_cpu(argv, directory, environment)
                if number:
                    used.setdefault(what, []).append(cost)
    print(f"CPU of a whole process, ms: least and median of {rounds}, and × of the bare interpreter's")
    base = used["python -c pass"]
    for what, costs in used.items():
        least, median = min(costs), statistics.median(costs)
        ratios = f"{least / min(base):6.1f} × {median / statistics.median(base):6.1f} ×"
        goal = f"   goal < {GOALS[what]} ×" if what in GOALS else ""
        print(f"  {what:<34} {least:8.1f} {median:8.1f}  {ratios}{goal}")


if __name__ == "__main__":
    main()
