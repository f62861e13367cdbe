import json
import subprocess
import sys
from pathlib import Path

import trio
import trio.testing
from observer_child import SystemClock
from observing import Recorder, eventually, kernel, opened, place, record

from mosaic_hookspecs import Manifest, hookimpl
from mosaic_observers.configuration import Config
from mosaic_observers.feeder import Feeder

QUICK = {"gather_seconds": 0.01, "cursor_seconds": 0.05, "batch_seconds": 0.5, "lease_seconds": 1.0}
SETTINGS = {"plugins.observers": QUICK}


def shared(directory, **observers):
    return kernel(directory, storage="sqlite", settings=SETTINGS, clock=SystemClock(), **observers)


async def test_of_two_kernels_on_one_store_one_delivers(tmp_path):
    first, second = Recorder(), Recorder()
    with trio.fail_after(30):
        async with shared(tmp_path, one=first) as here:
            await opened(here)
            async with shared(tmp_path, one=second) as there:
                for count in (1, 5, 20):
                    await record(here, count)
                    await record(there, count)
                    await trio.sleep(0.05)
                head = await here.port("storage").get().head()

                async def has_come():
                    return head in first.seen + second.seen

                await eventually(has_come)
                await trio.sleep(0.2)
                assert sorted(first.seen + second.seen) == list(range(1, 53))
                assert not first.seen or not second.seen
                # Many a lease later, still nobody has been given anything twice.
                await trio.sleep(2.5)
                await record(there, 3)
                await trio.sleep(0.3)
                assert sorted(first.seen + second.seen) == list(range(1, 56))


async def test_the_other_kernel_takes_over_when_one_leaves(tmp_path):
    first, second = Recorder(), Recorder()
    with trio.fail_after(30):
        async with shared(tmp_path, one=first) as here:
            await opened(here)
            await record(here, 2)
            await first.until(2)
            async with shared(tmp_path, one=second) as there:
                await record(there, 1)
                await first.until(3)
        # `second` has gone as well, so what comes now waits for the next.
        async with shared(tmp_path, one=second) as there:
            await record(there, 2)
            await second.until(5)
    assert first.seen == [1, 2, 3]
    assert second.seen == [4, 5]


async def test_a_killed_process_loses_nothing_and_its_lease_runs_out(tmp_path):
    program = Path(__file__).with_name("observer_child.py")
    argv = [sys.executable, str(program), str(tmp_path), json.dumps(QUICK)]
    child = await trio.lowlevel.open_process(argv, stdout=subprocess.PIPE)
    lines = Lines(child.stdout)
    second = Recorder()
    try:
        with trio.fail_after(60):
            assert await lines.read(1) == ["serving"]
            async with kernel(tmp_path, storage="sqlite", serves=False) as quiet:
                await record(quiet, 10)
                first = [int(line) for line in await lines.read(10)]
                child.kill()
                await record(quiet, 10)
            async with shared(tmp_path, one=second):
                await second.until(20)
    finally:
        child.kill()
        await child.wait()
        await child.stdout.aclose()
    assert first == list(range(1, 11))
    assert set(first) | set(second.seen) == set(range(1, 21))
    assert second.seen == sorted(set(second.seen))  # in order, none twice


class Lines:
    """Reads a stream line by line."""

    def __init__(self, stream):
        self._stream = stream
        self._rest = b""

    async def read(self, count):
        while self._rest.count(b"\n") < count:
            self._rest += await self._stream.receive_some()
        *lines, self._rest = self._rest.split(b"\n", count)
        return [line.decode() for line in lines]


async def test_who_was_overtaken_writes_nothing_and_stands_by(tmp_path, autojump_clock):
    one = Recorder()
    async with kernel(tmp_path, one=one) as running:
        await trio.testing.wait_all_tasks_blocked()
        await record(running, 1)
        await one.until(1)
        await trio.sleep(2)
        document = await place(running, "one")
        # Another process has found the lease run out, has delivered up to 5, and holds it.
        until = running.runtime.clock.now() + 100_000
        body = {**document.body, "sequence": 5, "owner": "other", "until": until}
        storage = running.port("storage").get()
        await storage.put_document("observers.cursor", "one", body)
        await trio.sleep(40)  # our own lease is too old to begin with a batch
        await record(running, 8)
        await trio.sleep(50)
        assert one.seen == [1]
        assert (await place(running, "one")).body == body
        await one.until(9)
        assert one.seen == [1, 6, 7, 8, 9]


async def test_another_generation_in_this_kernel_goes_on_at_once(tmp_path, autojump_clock):
    one, contexts = Recorder(), []

    class Peek:
        @hookimpl
        async def mosaic_start(self, context):
            contexts.append(context)

    made = kernel(tmp_path, serves=False, one=one, more=[("peek", Peek(), Manifest())])
    async with made, trio.open_nursery() as nursery:
        old, new = Feeder(contexts[0], Config()), Feeder(contexts[0], Config())
        ending = trio.CancelScope()

        async def serve_old():
            with ending:
                await old.serve()

        nursery.start_soon(serve_old)
        await trio.testing.wait_all_tasks_blocked()
        await record(made, 2)
        await one.until(2)
        nursery.start_soon(new.serve)
        await record(made, 2)
        await one.until(4)
        await trio.sleep(1)
        ending.cancel()
        await record(made, 2)
        started = trio.current_time()
        await one.until(6)
        assert trio.current_time() - started < 1
        nursery.cancel_scope.cancel()
    assert one.seen == [1, 2, 3, 4, 5, 6]
