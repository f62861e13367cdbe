"""The board and the graph with 10,000 tasks and 200 updates a second: are they responsive, their memory flat?

A kernel that serves the local profile, on SQLite, runs in a process of its own, and leases, gives back,
reports and accepts tasks by the commands of its store, as an engine does. A headless Chromium has a page open
meanwhile, and tells: the longest tasks of its main thread, frames, and the heap after a collection. Prints;
asserts nothing.

    python benchmarks/dashboard_load.py [--minutes 1] [--tasks 10000] [--rate 200] [PAGE …]

A PAGE is a path with ``{run}`` in it. It needs Chromium, and the extra ``test``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trio
from measuring import plain_environment, row

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

PAGES = ("/board?run_id={run}", "/graph?run_id={run}", "/gantt?run_id={run}")
WIDTH = 100
OFFERS = (AgentOffer(name="benchmark"),)
TURN = 0.05
SETTLES = 3000.0
MOUNTED = "() => [...document.querySelectorAll('.island')].every((one) => 'mounted' in one.dataset)"
WATCH = """
window.load = {tasks: [], frames: 0, gaps: []};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) load.tasks.push([entry.startTime, entry.duration]);
}).observe({type: 'longtask', buffered: true});
let before = 0;
const frame = (now) => {
  load.frames++;
  if (before) load.gaps.push(now - before);
  if (load.gaps.length > 100000) load.gaps.splice(0, 50000);
  before = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""


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


class Server:
    """The kernel's process."""

    def __init__(self, home: Path, options: argparse.Namespace) -> None:
        project = home / "project"
        project.mkdir()
        argv = [sys.executable, __file__, "--serve", str(project), "--minutes", str(options.minutes)]
        argv += ["--tasks", str(options.tasks), "--rate", str(options.rate)]
        self.process = subprocess.Popen(
            argv, env=plain_environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, line: str = "") -> Any:
        """Say a line; return what is answered to it, unless the line is empty."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write((line or "-") + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline()) if line else None

    def end(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(30)


def heap(session: Any) -> tuple[float, int]:
    """Return the MiB of the JavaScript heap after a collection, and how many nodes there are."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 2**20, int(metrics["Nodes"])


class Wire:
    """Counts what comes on the page's WebSocket."""

    def __init__(self, session: Any) -> None:
        self.messages = self.bytes = 0
        session.on("Network.webSocketFrameReceived", self._received)
        session.send("Network.enable")

    def _received(self, event: Any) -> None:
        self.messages += 1
        self.bytes += len(event["response"]["payloadData"])


def look(browser: Any, server: Server, path: str, run: str, minutes: float) -> None:
    """Have a page open under the load, and print how it was."""
    link = server.say(run)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(link)
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    wire = Wire(session)
    print(f"  {path}")
    begun = time.perf_counter()
    page.goto(link[: link.index("/", 8)] + path.format(run=run))
    page.wait_for_function(MOUNTED)
    row("opened, until it can be used", time.perf_counter() - begun, "s")
    page.wait_for_timeout(SETTLES)
    row("longest task of the main thread while it opened", longest(page), "ms")
    server.say()
    page.wait_for_timeout(SETTLES)
    page.evaluate("load.tasks = []; load.frames = 0; load.gaps = []")
    before, wire.messages, wire.bytes = heap(session), 0, 0
    seen = [before[0]]
    started = time.perf_counter()
    while (took := time.perf_counter() - started) < minutes * 60:
        page.wait_for_timeout(min(10_000, minutes * 60_000 / 6))
        seen.append(heap(session)[0])
    found, after = page.evaluate("load"), heap(session)
    row("updates a second", server.say("end"), "")
    row("messages a second on the socket", wire.messages / took, "")
    row("KiB a second on the socket", wire.bytes / took / 1024, "")
    gaps = sorted(found["gaps"])
    row("longest task of the main thread (goal: 100)", longest(page), "ms")
    row("tasks above 50 ms", len(found["tasks"]), "")
    row("frames a second", found["frames"] / took, "")
    row("gap between frames, p99", gaps[int(len(gaps) * 0.99)] if gaps else 0, "ms")
    row("heap at the beginning", before[0], "MiB")
    row("heap at the end (goal: the same)", after[0], "MiB", before[0])
    row("nodes at the end", after[1], "", before[1])
    print("    heap over time: " + " ".join(f"{one:.1f}" for one in seen), flush=True)
    context.close()


def longest(page: Any) -> float:
    """Return the longest task of the main thread, in milliseconds."""
    found: Sequence[float] = page.evaluate("load.tasks.map((one) => one[1])")
    return max(found, default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--serve", default="")
    parser.add_argument("pages", nargs="*", default=PAGES)
    options = parser.parse_args()
    if options.serve:
        # The store's process: it changes while it is looked at, and some seconds before and after.
        trio.run(serve, options.serve, options.tasks, options.rate, options.minutes * 60 + 15)
        return
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("It needs Chromium.")
    print(f"{options.tasks:,} tasks, {options.rate:g} updates a second, {options.minutes:g} min a page")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        server = Server(Path(name), options)
        try:
            for number, path in enumerate(options.pages):
                look(browser, server, path, f"load-{number}", options.minutes)
        finally:
            server.end()
            browser.close()


if __name__ == "__main__":
    main()
