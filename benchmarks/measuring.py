"""What every benchmark shares: the clock, and how a figure is printed."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import attrs


@attrs.frozen
class Cost:
    """CPU (user and system, of the whole process) and wall time, in seconds."""

    cpu: float
    wall: float


class Stopwatch:
    """Measures the block that it stands around."""

    def __enter__(self) -> Stopwatch:
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_reason: object) -> None:
        self.cost = Cost(time.process_time() - self._cpu, time.perf_counter() - self._wall)


def command_cpu(argv: Sequence[str], directory: Path, runs: int) -> float:
    """Return the least CPU time, in milliseconds, of a whole process over several runs."""
    best = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(argv, cwd=directory, capture_output=True, check=False)
        if done.returncode:
            sys.exit(f"{argv} failed:\n{done.stderr.decode()}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, used * 1000)
    return best


def row(name: str, figure: float, unit: str, base: float | None = None) -> None:
    """Print one figure, and its ratio to `base` if there is one."""
    ratio = f"  {figure / base:8.2f} ×" if base else ""
    print(f"  {name:<46} {figure:12.3f} {unit}{ratio}", flush=True)
