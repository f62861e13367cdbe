"""What watching for stalls costs: a turn of the event loop with and without the watch, and an idle second.

A turn is as short as one can be (one task that yields), with 64 tasks in it, or woken from another thread,
which is when the watching thread may have to be woken too. The loops with and without the watch take turns,
and the least of several rounds is printed. Asserts nothing.

    python benchmarks/stalls.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio
from measuring import Stopwatch, row

from mosaic_kernel.stalls import StallWatch

SECONDS = 0.25
TURNS = 20_000
TASKS = 64
WAKES = 2_000
IDLE_SECONDS = 5.0


async def one_task() -> int:
    for _ in range(TURNS):
        await trio.lowlevel.checkpoint()
    return TURNS


async def many_tasks() -> int:
    turns = TURNS // TASKS

    async def yields() -> None:
        for _ in range(turns):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for _ in range(TASKS):
            nursery.start_soon(yields)
    return turns


async def wakes() -> int:
    token = trio.lowlevel.current_trio_token()
    event = trio.Event()
    asked = threading.Semaphore(0)

    def other() -> None:
        for _ in range(WAKES):
            asked.acquire()
            token.run_sync_soon(lambda: event.set())  # noqa: PLW0108 - it is a new event each time

    thread = threading.Thread(target=other)
    thread.start()
    for _ in range(WAKES):
        event = trio.Event()
        asked.release()
        await event.wait()
    thread.join()
    return WAKES


def measure(body: Callable[[], Awaitable[int]], *, is_watched: bool) -> float:
    """Return the CPU of a turn, in microseconds."""
    watch = StallWatch(dict, lambda _: None, SECONDS if is_watched else 0)

    async def main() -> float:
        watch.start()
        with Stopwatch() as stopwatch:
            turns = await body()
        watch.stop()
        return stopwatch.cost.cpu / turns * 1e6

    return trio.run(main)


def idle() -> None:
    """Print what the watching thread does while the loop waits."""
    watch = StallWatch(dict, lambda _: None, SECONDS)
    seen: list[tuple[int, int, float]] = []

    def look() -> None:
        time.sleep(4 * SECONDS)
        for _ in range(2):
            seen.append((watch.looks, switches(), time.process_time()))
            time.sleep(IDLE_SECONDS)

    def switches() -> int:
        (thread,) = (one for one in threading.enumerate() if one.name == "mosaic-stall-watch")
        text = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
        return sum(int(line.split()[1]) for line in text.splitlines() if "ctxt_switches" in line)

    async def main() -> None:
        watch.start()
        await trio.to_thread.run_sync(look)
        watch.stop()

    trio.run(main)
    (looks, switched, cpu), (looks_then, switched_then, cpu_then) = seen
    print(f"{IDLE_SECONDS:.0f} s idle")
    row("looks of the watching thread", looks_then - looks, "")
    row("its context switches", switched_then - switched, "")
    row("CPU of the process", (cpu_then - cpu) * 1000, "ms")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    bodies = {"one task that yields": one_task, f"{TASKS} tasks that yield": many_tasks, "a wake-up": wakes}
    print(f"CPU of a turn: least of {rounds}, and × of the turn without the watch")
    for name, body in bodies.items():
        costs: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(rounds):
            for is_watched, found in costs.items():
                found.append(measure(body, is_watched=is_watched))
        row(f"{name}, not watched", min(costs[False]), "µs")
        row(f"{name}, watched", min(costs[True]), "µs", min(costs[False]))
        median = statistics.median(costs[True]) / statistics.median(costs[False])
        print(f"  {'':<46} {'(medians)':>15}  {median:8.2f} ×")
    if sys.platform.startswith("linux"):
        idle()


if __name__ == "__main__":
    main()
