"""The board, the graph and the Gantt with 10,000 tasks and 200 updates a second: responsive, their memory flat?

A kernel serves the local profile in a process of its own (`dashboard_server.py`), and changes the tasks of
a run. A headless Chromium has a page open meanwhile, and tells: the longest tasks of its main thread, frames,
and the heap after a collection, once the browser has compiled what is used, and at the end; beside that, the
heap of a page that is opened only then: it has the same tasks, and no past. Prints; asserts nothing.

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measuring import plain_environment, row

PAGES = ("/board?run_id={run}", "/graph?run_id={run}", "/gantt?run_id={run}")
SIZE = {"width": 1440, "height": 900}
SETTLES = 3000.0
WARMS = 30_000.0
LOOKS = 3
MOUNTED = """() => {
  const islands = [...document.querySelectorAll('.island')];
  return islands.length && islands.every((one) => 'mounted' in one.dataset);
}"""
WATCH = """
window.load = {tasks: [], frames: 0, gaps: new Uint32Array(10000)};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) load.tasks.push([entry.startTime, entry.duration]);
}).observe({type: 'longtask', buffered: true});
let before = 0;
const frame = (now) => {
  load.frames++;
  if (before) load.gaps[Math.min(load.gaps.length - 1, Math.round(now - before))]++;
  before = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""


class Server:
    """The kernel's process."""

    def __init__(self, home: Path, options: argparse.Namespace) -> None:
        project = home / "project"
        project.mkdir()
        # It changes tasks while they are looked at, and a while before and after.
        seconds = options.minutes * 60 + 2 * WARMS / 1000 + 30
        program = str(Path(__file__).with_name("dashboard_server.py"))
        argv = [sys.executable, program, str(project), str(options.tasks), str(options.rate), str(seconds)]
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

    def memory(self) -> float:
        """Return the MiB that the process has in memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

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


def least_heap(page: Any, session: Any) -> tuple[float, int]:
    """Return the least of some looks: what just came is on the heap, too."""
    seen = []
    for _ in range(LOOKS):
        page.wait_for_timeout(500)
        seen.append(heap(session))
    return min(seen)


class Wire:
    """Counts what comes on the page's WebSocket."""

    def __init__(self, session: Any) -> None:
        self.messages = self.bytes = 0
        session.on("Network.webSocketFrameReceived", self._received)
        session.send("Network.enable")

    def _received(self, event: Any) -> None:
        self.messages += 1
        self.bytes += len(event["response"]["payloadData"])


def opened(context: Any, address: str) -> tuple[Any, Any]:
    """Open a page in a context, and wait until it can be used; return it, and a session with it."""
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(address)
    page.wait_for_function(MOUNTED)
    return page, session


def signed_in(browser: Any, link: str) -> Any:
    """Return a browser context that is signed in by a link."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    page.goto(link)
    page.close()
    return context


def look(browser: Any, server: Server, path: str, run: str, minutes: float) -> None:
    """Have a page open under the load, and print how it was."""
    link = server.say(run)
    address = link[: link.index("/", 8)] + path.format(run=run)
    context = signed_in(browser, link)
    print(f"  {path}")
    begun = time.perf_counter()
    page, session = opened(context, address)
    row("opened, until it can be used", time.perf_counter() - begun, "s")
    page.wait_for_timeout(SETTLES)
    row("longest task of the main thread while it opened", longest(page.evaluate("load.tasks")), "ms")
    wire = Wire(session)
    server.say()
    page.wait_for_timeout(SETTLES)
    page.evaluate("load.tasks = []; load.frames = 0; load.gaps.fill(0)")
    wire.messages = wire.bytes = 0
    started = time.perf_counter()
    page.wait_for_timeout(WARMS)
    before, memory = least_heap(page, session), server.memory()
    seen = [before[0]]
    begun = time.perf_counter()
    while time.perf_counter() - begun < minutes * 60:
        page.wait_for_timeout(min(10_000, minutes * 60_000 / 6))
        seen.append(heap(session)[0])
    after, took = least_heap(page, session), time.perf_counter() - started
    found = page.evaluate("({...load, gaps: [...load.gaps]})")
    row("messages a second on the socket", wire.messages / took, "")
    row("KiB a second on the socket", wire.bytes / took / 1024, "")
    row("longest task of the main thread (goal: 100)", longest(found["tasks"]), "ms")
    row("tasks above 50 ms", len(found["tasks"]), "")
    row("frames a second", found["frames"] / took, "")
    row("gap between frames, p99", percentile(found["gaps"], 0.99), "ms")
    row("heap once it is warm", before[0], "MiB")
    row("heap at the end (goal: the same)", after[0], "MiB", before[0])
    row("nodes at the end", after[1], "", before[1])
    row("memory of the server at the end", server.memory(), "MiB", memory)
    print("    heap over time: " + " ".join(f"{one:.1f}" for one in seen), flush=True)
    cookies = context.storage_state()
    context.close()
    # In a context of its own, so that it has a process, and a heap, of its own.
    context = browser.new_context(viewport=SIZE, storage_state=cookies)
    page, session = opened(context, address)
    page.wait_for_timeout(SETTLES + WARMS)
    anew = least_heap(page, session)
    context.close()
    row("heap of a page opened then, once it is warm", anew[0], "MiB", before[0])
    row("nodes of that page", anew[1], "", before[1])
    row("updates a second", server.say("end"), "")


def percentile(counts: Sequence[int], share: float) -> int:
    """Return below or at which value that share of what was counted lies; `counts` has them by value."""
    left = sum(counts) * share
    for value, count in enumerate(counts):
        left -= count
        if left <= 0:
            return value
    return len(counts)


def longest(tasks: Sequence[tuple[float, float]]) -> float:
    """Return how many milliseconds the longest took, of tasks as when they began and how long they took."""
    return max((took for _, took in tasks), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("pages", nargs="*", default=PAGES)
    options = parser.parse_args()
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
