"""What a process of one's own costs: one call of a port in the kernel's process, and through a child.

The memory storage answers, once in process and once isolated, in turns; microseconds of wall time a call, the
least of several rounds, one caller and 64, and the ratio. Also what starting a generation takes. Asserts
nothing.

    python benchmarks/remote.py [CALLS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trio

from mosaic_kernel import Kernel

ROUNDS = 5
CALLERS = 64
BODY = {"text": "x" * 500, "numbers": list(range(20))}


async def one_caller(storage: Any, calls: int) -> float:
    """Return the time of a read, one after the other."""
    start = time.perf_counter()
    for _ in range(calls):
        await storage.get_document("benchmark", "k")
    return (time.perf_counter() - start) / calls * 1e6


async def many_callers(storage: Any, calls: int) -> float:
    """Return the time that a read takes of the whole, when many are in flight."""

    async def call() -> None:
        for _ in range(max(calls // CALLERS, 1)):
            await storage.get_document("benchmark", "k")

    start = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for _ in range(CALLERS):
            nursery.start_soon(call)
    return (time.perf_counter() - start) / (max(calls // CALLERS, 1) * CALLERS) * 1e6


def opened(directory: Path, isolate: Sequence[str]) -> Kernel:
    """Return a kernel with the memory storage alone."""
    settings = {"ports": {"storage": ["memory"]}, "allow": ["memory"], "isolate": list(isolate)}
    return Kernel(profile="", directory=directory, settings=settings, environment={})


async def main(calls: int) -> None:
    """Measure both in turns, and print them."""
    directory = Path(tempfile.mkdtemp(prefix="mosaic-remote-"))
    start = time.perf_counter()
    async with opened(directory, ()) as near:
        started = [time.perf_counter() - start]
        start = time.perf_counter()
        async with opened(directory, ("memory",)) as far:
            started.append(time.perf_counter() - start)
            stores = [kernel.port("storage").get() for kernel in (near, far)]
            for store in stores:
                await store.put_document("benchmark", "k", BODY)
            print(f"{'start':<22} in process {started[0] * 1e3:8.1f} ms   child {started[1] * 1e3:8.1f} ms")
            for title, measure in (("a read, one caller", one_caller), ("a read, 64 callers", many_callers)):
                rounds = [[await measure(store, calls) for store in stores] for _ in range(ROUNDS)]
                inside, outside = (min(column) for column in zip(*rounds, strict=True))
                print(
                    f"{title:<22} in process {inside:8.1f} µs   child {outside:8.1f} µs"
                    f"   {outside / inside:6.1f} ×"
                )


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
