"""Run the benchmarks, all or those named, one after the other, each in a process of its own.

python benchmarks/run.py [NAME …]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "engine_cost",
    "ready_queue",
    "dispatch",
    "cold_start",
    "memory",
    "transfer",
    "reload",
    "remote",
    "stalls",
    "idle",
    "mcp_calls",
    "http_door",
)


def main() -> None:
    names = sys.argv[1:] or NAMES
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name in names:
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        done = subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False)
        if done.returncode:
            sys.exit(f"{name} failed")
        print(f"   took {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
