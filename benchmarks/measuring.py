"""What every benchmark shares: the clock, and how a figure is printed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
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


@attrs.frozen
class Cell:
    """What one server did for so many clients: rate a second, times in ms, CPU in µs."""

    rate: float
    p50: float
    p99: float
    cpu: float


def cell_of(times: Sequence[float], took: float, spent: float) -> Cell:
    """Return the figures of a measurement: how long each answer took, how long all of it, and the server's CPU,
    in seconds.
    """
    if not times:
        return Cell(0.0, float("inf"), float("inf"), float("inf"))
    done = sorted(times)
    p50, p99 = done[len(done) // 2] * 1e3, done[int(len(done) * 0.99)] * 1e3
    return Cell(len(done) / took, p50, p99, spent / len(done) * 1e6)


def cpu_of(process: int) -> float:
    """Return the CPU time of another process, all its threads, in seconds."""
    return time.clock_gettime((~process << 3) | 2)  # as clock_getcpuclockid makes it on Linux


def command_cpu(argv: Sequence[str], directory: Path, environment: Mapping[str, str]) -> float:
    """Return the CPU time, in milliseconds, of a whole process with all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, cwd=directory, env=environment, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{argv} failed:\n{done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def plain_environment(home: Path) -> dict[str, str]:
    """Return this environment without what configures Mosaic, with caches and byte code in `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **kept,
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
    }


class Clock:
    """The machine's clock, as a store asks for it."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000


def row(name: str, figure: float, unit: str, base: float | None = None) -> None:
    """Print one figure, and its ratio to `base` if there is one."""
    ratio = f"  {figure / base:8.2f} ×" if base else ""
    print(f"  {name:<46} {figure:12.3f} {unit}{ratio}", flush=True)
