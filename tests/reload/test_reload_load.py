"""Under a steady load of queries, commands and streams: reloads and swaps lose nothing, repeat nothing, and
leave nothing behind. `tox -e chaos` runs it at its full count.
"""

import os
import sys
import threading
import weakref
from contextlib import aclosing
from pathlib import Path

import pytest
import trio
from reload_code import served
from reload_garbage import collect

from mosaic_hookspecs import RunSpec, StartRun, TaskSpec

pytestmark = pytest.mark.chaos
IS_FULL = int(os.environ.get("MOSAIC_CHAOS", "1")) > 1
RELOADS = 100 if IS_FULL else 20
SWAPS = 20 if IS_FULL else 6
CALLERS = 16
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts in /proc, which Linux has")


class Load:
    """Sixteen callers: queries, commands and streams by turns."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.done = trio.Event()
        self.asked = 0
        self.added = []
        self.streamed = 0

    async def ask(self, caller):
        number = 0
        while not self.done.is_set():
            number += 1
            answer = await self.kernel.dispatch("served.ask", {"number": number})
            assert answer.number == number
            self.asked += 1
            await trio.sleep(0.001)

    async def add(self, caller):
        while not self.done.is_set():
            self.added.append((await self.kernel.dispatch("served.add", {})).number)
            await trio.sleep(0.001)

    async def stream(self, caller):
        async with aclosing(self.kernel.follow("served.count", {})) as items:
            wanted = 0
            async for item in items:
                assert item.number == wanted
                wanted += 1
                self.streamed += 1
                if self.done.is_set():
                    return

    def start(self, nursery):
        for caller in range(CALLERS):
            nursery.start_soon((self.ask, self.add, self.stream)[caller % 3], caller)


def footprint():
    """Count what must not grow."""
    collect()
    tasks = 0
    waiting = [trio.lowlevel.current_root_task()]
    while waiting:
        tasks += 1
        waiting += [child for nursery in waiting.pop().child_nurseries for child in nursery.child_tasks]
    return {
        "threads": threading.active_count(),
        "tasks": tasks,
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "modules": len(sys.modules),
    }


def resident():
    """Return how many bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@needs_proc
async def test_reloads_of_the_plugin_that_serves(place):
    served(place)
    generations, prints, memory = [], [], []
    async with place.kernel("served") as kernel:
        load = Load(kernel)
        async with trio.open_nursery() as nursery:
            load.start(nursery)
            for number in range(RELOADS):
                place.write("served", words=f"WORD = 'word {number}'\n")
                generations.append(weakref.ref(kernel.runtime.slots["served"].generation))
                await trio.sleep(0.02)
                report = await kernel.dispatch("plugins.reload", {"name": "served"})
                assert report.is_complete
                assert not report.changes[0].warning
                if number >= 5:
                    prints.append(footprint())
                    memory.append(resident())
            load.done.set()
        assert load.asked > RELOADS
        assert load.streamed > RELOADS
        assert sorted(load.added) == list(range(1, len(load.added) + 1))
        collect()
        assert [one for one in generations if one() is not None] == []
    for name in ("threads", "files", "modules"):
        assert prints[-1][name] <= max(one[name] for one in prints[:3]), (name, prints)
    assert prints[-1]["tasks"] <= max(one["tasks"] for one in prints[:3]) + 1
    assert memory[-1] - memory[0] < 8 * 2**20, memory


@needs_proc
async def test_swaps_of_the_storage_that_is_used(place):  # noqa: C901 - callers, followers and swaps in one
    (place.directory / "mosaic.yaml").write_text("ports: {storage: memory}\n")
    async with place.kernel("memory", "sqlite", "ledger", "engine") as kernel:
        storage = kernel.port("storage").get()
        done, written, followed, prints = trio.Event(), [], [], []

        async def write(caller):
            number = 0
            while not done.is_set():
                name = f"{caller}-{number}"
                start = StartRun(run=RunSpec(run_id=name), tasks=[TaskSpec(task_id="a", runtime="nobody")])
                (outcome,) = await storage.apply([start], by="test")
                assert not isinstance(outcome, Exception), outcome
                await storage.put_document("test.kept", name, {"number": number})
                written.append(name)
                number += 1
                assert await storage.run(name) is not None
                await trio.sleep(0.05)

        async def follow():
            async with aclosing(kernel.follow("event.follow", {})) as events:
                async for event in events:
                    followed.append(event.sequence)
                    if done.is_set() and event.sequence == await storage.head():
                        return

        async with trio.open_nursery() as nursery:
            for caller in range(CALLERS - 2):
                nursery.start_soon(write, caller)
            nursery.start_soon(follow)
            for number in range(SWAPS):
                await trio.sleep(0.05)
                if number % 2:
                    target = {"name": "memory"}
                else:
                    target = {"name": "sqlite", "settings": {"plugins.sqlite.path": f"store-{number}.db"}}
                report = await kernel.dispatch("plugins.swap", {"port": "storage", **target})
                assert report.is_complete
                assert kernel.port("storage").names() == (target["name"],)
                if number >= 3:
                    prints.append(footprint())
            done.set()
            await storage.apply([StartRun(run=RunSpec(run_id="last"), tasks=[])], by="test")
        assert followed == list(range(1, len(followed) + 1))
        for name in written:
            assert (await storage.get_document("test.kept", name)).version == 1
            assert await storage.run(name) is not None
        assert (await kernel.dispatch("storage.check")).is_sound
    same = [
        one for place_, one in enumerate(prints) if place_ % 2 == (len(prints) - 1) % 2
    ]  # on the same provider
    for name in ("threads", "files", "modules"):
        assert same[-1][name] <= same[0][name], (name, prints)
