"""From saving a file to the new code answering, and what the calls in that time notice of it.

One kernel serves a small plugin and watches its code; sixteen callers ask it without a pause of more than a
millisecond. A file is saved again and again. Beside it: what a restart of the program takes, which is what
there is without reloading. Prints; asserts nothing.

    python benchmarks/reload.py [SAVES]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import trio
from measuring import row

from mosaic_kernel import Kernel, PluginIndex

CALLERS = 16
GOAL_SECONDS = 0.150
GOAL_ADDED = 0.005
PLUGIN = '''
import attrs
import trio

from mosaic_hookspecs import Operation, OperationKind, hookimpl

from .word import WORD


@attrs.frozen(kw_only=True)
class Ask:
    """What is asked."""


@attrs.frozen(kw_only=True)
class Answer:
    """What is answered."""

    word: int


class Plugin:
    @hookimpl
    def mosaic_operations(self, context):
        async def ask(data, call):
            await trio.lowlevel.checkpoint()
            return Answer(word=WORD)

        return [Operation(name="small.ask", kind=OperationKind.QUERY, input=Ask, output=Answer, handler=ask,
                          permission="", summary="Answer.")]
'''
RESTART = """
import sys, pathlib, trio
sys.path.insert(0, sys.argv[1])
from mosaic_kernel import Kernel, PluginIndex
async def main():
    settings = {"allow": ["small"]}
    async with Kernel(profile="", directory=pathlib.Path(sys.argv[2]), environment={},
                      index=PluginIndex(file=""), settings=settings) as kernel:
        await kernel.dispatch("small.ask", {})
trio.run(main)
"""


def install(site: Path) -> Path:
    """Write the plugin as an installed distribution; return the file that is edited."""
    package = site / "small_plugin"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(PLUGIN)
    (package / "word.py").write_text("WORD = 0\n")
    (package / "mosaic-plugin.yaml").write_text("small:\n  summary: A small plugin.\n")
    info = site / "small_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mosaic.plugins]\nsmall = small_plugin.plugin:Plugin\n")
    return package / "word.py"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which so many percent of `values` are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Callers:
    """Ask without end, and note how long each answer took."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.took: list[tuple[float, float]] = []
        self.word = 0
        self.changed = trio.Event()

    async def ask(self) -> None:
        while True:
            start = time.perf_counter()
            answer = await self.kernel.dispatch("small.ask", {})
            end = time.perf_counter()
            self.took.append((end, end - start))
            if answer.word != self.word:
                self.word = answer.word
                self.changed.set()
                self.changed = trio.Event()
            await trio.sleep(0.001)

    def within(self, windows: Sequence[tuple[float, float]]) -> list[float]:
        """Return how long those took that ended in one of these windows."""
        return [took for end, took in self.took if any(start <= end <= stop for start, stop in windows)]


async def measure(site: Path, project: Path, saves: int) -> None:
    file = install(site)
    sys.path.insert(0, str(site))
    settings = {"allow": ["small", "watch"], "plugins.watch": {"code": True, "only": ["small"]}}
    settings["kernel.log_level"] = "error"
    quiet, busy, latencies = [], [], []
    async with (
        Kernel(
            profile="", directory=project, environment={}, index=PluginIndex(file=""), settings=settings
        ) as kernel,
        trio.open_nursery() as nursery,
    ):
        callers = Callers(kernel)
        for _ in range(CALLERS):
            nursery.start_soon(callers.ask)
        await trio.sleep(1)
        for number in range(1, saves + 1):
            start = time.perf_counter()
            await trio.sleep(0.3)
            quiet.append((start, time.perf_counter()))
            start = time.perf_counter()
            file.write_text(f"WORD = {number}\n")
            with trio.fail_after(20):
                while callers.word != number:
                    await callers.changed.wait()
            end = time.perf_counter()
            latencies.append(end - start)
            busy.append((start, end))
        nursery.cancel_scope.cancel()
    calm, during = callers.within(quiet), callers.within(busy)
    restarts = []
    for _ in range(5):
        start = time.perf_counter()
        await trio.run_process([sys.executable, "-c", RESTART, str(site), str(project)])
        restarts.append(time.perf_counter() - start)
    print(f"{saves} saves of one file, {CALLERS} callers, {len(callers.took)} calls")
    median = statistics.median(latencies)
    row("save to answer, median", median * 1000, f"ms   goal < {GOAL_SECONDS * 1000:.0f}")
    row("save to answer, most", max(latencies) * 1000, "ms")
    row("restart of the program to its answer, median", statistics.median(restarts) * 1000, "ms", median * 1000)
    for percent in (50, 99):
        before, meanwhile = percentile(calm, percent) * 1000, percentile(during, percent) * 1000
        row(f"a call, p{percent}, nothing saved", before, "ms")
        row(f"a call, p{percent}, from save to answer", meanwhile, "ms", before)
    added = percentile(during, 99) - percentile(calm, 99)
    row("added at p99", added * 1000, f"ms   goal < {GOAL_ADDED * 1000:.0f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name).resolve()
        project = base / "project"
        project.mkdir()
        trio.run(measure, base / "site", project, int(sys.argv[1]) if len(sys.argv) > 1 else 50)


if __name__ == "__main__":
    main()
