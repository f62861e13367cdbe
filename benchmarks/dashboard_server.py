"""The kernel of `dashboard_load`: serves, and changes the tasks of a run.

It leases, gives back, reports and accepts tasks by the commands of its store, which is SQLite, as an engine
does.

    python dashboard_server.py DIRECTORY TASKS RATE SECONDS
"""

from __future__ import annotations

import json
import sys
from collections import deque
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs import (
    Accept,
    AgentOffer,
    Claim,
    MosaicError,
    Need,
    Release,
    Report,
    RunSpec,
    StartRun,
    TaskSpec,
)
from mosaic_kernel import Kernel

WIDTH = 100
OFFERS = (AgentOffer(name="benchmark"),)
TURN = 0.05


def specs(count: int) -> list[TaskSpec]:
    """Return layers of tasks, of which each needs two of the layer above; ten features of an epic a layer."""
    made = []
    for index in range(count):
        layer, column = divmod(index, WIDTH)
        above = [(layer - 1) * WIDTH + (column + step) % WIDTH for step in (0, 7)] if layer else []
        made.append(
            TaskSpec(
                task_id=f"t{index}",
                title=f"Task {index} of the load",
                needs=tuple(Need(task_id=f"t{need}") for need in above),
                runtime="benchmark",
                minutes=5 + index % 25,
                path=(f"Epic {layer // 10}", f"Feature {layer}", f"Story {column // 10}"),
            )
        )
    return made


class Load:
    """Changes the tasks of one run so and so often."""

    def __init__(self, storage: Any, count: int, rate: float, seconds: float) -> None:
        self._storage = storage
        self._rate = rate
        # An accepted task is three updates, one that is given back two: there must be tasks enough to the end.
        self._accepts = min(rate / 3, 0.7 * count / seconds)
        self.updates = 0

    async def change(self, run_id: str) -> None:
        """Do so until cancelled."""
        leases: deque[Any] = deque()
        begun = trio.current_time()
        accepted = 0
        while True:
            elapsed = trio.current_time() - begun
            due = int(elapsed * self._rate) - self.updates
            if len(leases) < 64 and due > 0:
                claim = Claim(
                    holder="load", offers=OFFERS, limit=due // 2 or 1, lease_seconds=3600, run_id=run_id
                )
                (found,) = await self._storage.apply([claim], by="benchmark")
                leases.extend(() if isinstance(found, MosaicError) else found)
                self.updates += 0 if isinstance(found, MosaicError) else len(found)
            commands: list[Any] = []
            while leases and len(commands) < due:
                lease = leases.popleft()
                name = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
                if accepted < elapsed * self._accepts:
                    accepted += 1
                    commands += [Report(**name, outcome="succeeded"), Accept(**name)]
                else:
                    commands.append(Release(**name, reason="for others"))
            if commands:
                await self._storage.apply(commands, by="benchmark")
                self.updates += len(commands)
            await trio.sleep(TURN)


async def serve(directory: str, count: int, rate: float, seconds: float) -> None:
    """Serve; for each line on standard input make a run, say where to look, and change it until the next."""
    settings = {"plugins.http.rate": 1e9}
    async with Kernel(directory=Path(directory), environment={}, settings=settings, serves=True) as kernel:
        await kernel.port("transport").get("http").reached()
        storage = kernel.port("storage").get()
        while run_id := (await trio.to_thread.run_sync(sys.stdin.readline)).strip():
            await storage.apply(
                [StartRun(run=RunSpec(run_id=run_id, title="The load"), tasks=specs(count))], by="load"
            )
            load = Load(storage, count, rate, seconds)
            async with trio.open_nursery() as nursery:
                link = await kernel.dispatch("http.link", {})
                print(json.dumps(link.url), flush=True)
                await trio.to_thread.run_sync(sys.stdin.readline)
                begun = trio.current_time()
                nursery.start_soon(load.change, run_id)
                await trio.to_thread.run_sync(sys.stdin.readline)
                nursery.cancel_scope.cancel()
            print(load.updates / (trio.current_time() - begun), flush=True)


if __name__ == "__main__":
    directory, count, rate, seconds = sys.argv[1:]
    trio.run(serve, directory, int(count), float(rate), float(seconds))
