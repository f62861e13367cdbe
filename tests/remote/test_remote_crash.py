"""What a child does ends at most itself: clear words for the caller, a restart, and nothing else."""

import io
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import attrs
import pytest
import trio
from remote_opening import do, restarted, subject, subject_kernel

from mosaic_hookspecs import Manifest, Operation, OperationKind, Unavailable, hookimpl
from mosaic_kernel.slots import PluginState

RESTARTS = 20 if int(os.environ.get("MOSAIC_CHAOS", "1")) > 1 else 8


@attrs.frozen(kw_only=True)
class Nothing:
    pass


class Neighbour:
    """A plugin that works beside, and learns of failures."""

    failures: list[str]

    def __init__(self):
        Neighbour.failures = []

    @hookimpl
    def mosaic_operations(self, context):
        async def work(data, call):
            await trio.sleep(0.001)
            return Nothing()

        return [
            Operation(
                name="neighbour.work",
                kind=OperationKind.QUERY,
                input=Nothing,
                output=Nothing,
                handler=work,
                permission="",
                summary="Work.",
            )
        ]

    @hookimpl
    def mosaic_plugin_failed(self, context, plugin, error):
        Neighbour.failures.append(f"{plugin}: {error}")


NEIGHBOUR = ("neighbour", Neighbour, Manifest())


def is_alive(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


async def gone(*pids):
    with trio.fail_after(10):
        while any(map(is_alive, pids)):  # noqa: ASYNC110 - the system tells nobody
            await trio.sleep(0.02)


async def test_kill_9_in_the_middle_of_a_call(tmp_path):
    log = io.StringIO()
    async with subject_kernel(tmp_path, plugins=[NEIGHBOUR], log=log) as kernel:
        pid = int(await do(kernel, "pid"))
        storage = kernel.port("storage").get()
        errors, neighbours, have_worked = [], 0, trio.Event()

        async def call(what):
            with pytest.raises(Unavailable) as caught:
                await do(kernel, what)
            errors.append(caught.value)

        async def work():
            nonlocal neighbours
            while len(errors) < 10:
                await kernel.dispatch("neighbour.work")
                await storage.put_document("kit.a", "k", {})
                neighbours += 1
                if neighbours == 20:
                    have_worked.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            for _ in range(10):
                nursery.start_soon(call, "sleep")
            with trio.fail_after(20):
                await have_worked.wait()
            os.kill(pid, signal.SIGKILL)
        assert {error.code for error in errors} == {"plugin-process-ended"}
        assert "signal SIGKILL" in str(errors[0])
        assert "subject" in str(errors[0])
        assert kernel.runtime.slots["neighbour"].generations == 1
        assert kernel.runtime.slots["memory"].generations == 1
        await restarted(kernel, 2)
        assert int(await do(kernel, "pid")) != pid
        assert len(Neighbour.failures) == 1
        await gone(pid)
    assert "plugin.restarted" in log.getvalue()


async def test_what_it_stood_around_is_done_once(tmp_path):
    done = 0

    class Slow:
        @hookimpl
        def mosaic_operations(self, context):
            async def work(data, call):
                nonlocal done
                await trio.sleep(0.5)
                done += 1
                return Nothing()

            return [
                Operation(
                    name="slow.work",
                    kind=OperationKind.COMMAND,
                    input=Nothing,
                    output=Nothing,
                    handler=work,
                    permission="",
                    summary="Work slowly.",
                )
            ]

    async with subject_kernel(tmp_path, plugins=[("slow", Slow, Manifest())]) as kernel:
        pid = int(await do(kernel, "pid"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(kernel.dispatch, "slow.work")
            await trio.sleep(0.2)
            os.kill(pid, signal.SIGKILL)
        assert done == 1
        await restarted(kernel, 2)


async def test_it_kills_itself_while_it_answers_others(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        with pytest.raises(Unavailable, match="signal SIGKILL"):
            await do(kernel, "die")
        await restarted(kernel, 2)
        with pytest.raises(Unavailable, match="exit code 3; it said: my last words"):
            await do(kernel, "leave")
        await restarted(kernel, 3)
        assert (await kernel.dispatch("subject.echo", {"what": "you"})).text.startswith("Hello, you!")


async def test_a_stream_that_is_open_ends_with_words(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        stream = kernel.follow("subject.count", {"number": 100})
        assert (await anext(stream)).number == 0
        os.kill(int(await do(kernel, "pid")), signal.SIGKILL)
        with pytest.raises(Unavailable):
            async for _ in stream:
                pass
        await restarted(kernel, 2)


async def test_a_task_that_raises_there_is_a_crash_here(tmp_path):
    log = io.StringIO()
    async with subject_kernel(tmp_path, log=log) as kernel:
        with suppress(Unavailable):  # it may be gone before it has answered
            await do(kernel, "crash_later")
        await restarted(kernel, 2)
    assert "a task raised" in log.getvalue()


async def test_what_crashes_again_and_again_is_parked(tmp_path):
    async with subject_kernel(tmp_path, **{"kernel.restart_budget": 2}) as kernel:
        for generation in (2, 3):
            with pytest.raises(Unavailable):
                await do(kernel, "die")
            await restarted(kernel, generation)
        with pytest.raises(Unavailable):
            await do(kernel, "die")
        with trio.fail_after(10):
            while kernel.runtime.slots["subject"].state is not PluginState.PARKED:  # noqa: ASYNC110 - as above
                await trio.sleep(0.02)
        with pytest.raises(Unavailable, match="subject"):
            await do(kernel, "pid")


async def test_it_hangs_and_can_be_stopped_all_the_same(tmp_path):
    settings = {"kernel.stop_seconds": 2.0, "kernel.answer_seconds": 0.5, "kernel.drain_seconds": 0.2}
    with trio.fail_after(15):
        async with subject_kernel(tmp_path, **settings) as kernel:
            pid = int(await do(kernel, "pid"))
            with trio.move_on_after(0.5):
                await do(kernel, "hang")
            with pytest.raises(Unavailable) as caught:
                kernel.port("ui").get("screen").contributions()
            assert caught.value.code == "not-answering"
    assert not is_alive(pid)


async def test_a_cancelled_call_is_not_waited_for_without_end(tmp_path):
    async with subject_kernel(tmp_path, **{"kernel.answer_seconds": 0.5, "kernel.stop_seconds": 1.0}) as kernel:
        start = trio.current_time()
        with trio.move_on_after(0.3):
            await do(kernel, "hang_when_cancelled")
        assert 0.7 < trio.current_time() - start < 30  # it stands still for 60


async def test_its_own_children_end_with_it(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        first = int(await do(kernel, "start_child"))
        with pytest.raises(Unavailable):
            await do(kernel, "die")
        await gone(first)
        await restarted(kernel, 2)
        second, pid = int(await do(kernel, "start_child")), int(await do(kernel, "pid"))
        assert is_alive(second)
    await gone(second, pid)


async def test_it_ends_with_the_kernels_process(tmp_path):
    program = (
        "import sys, trio, pathlib\n"
        "sys.path[:0] = [sys.argv[1]]\n"
        "from remote_opening import do, subject_kernel\n"
        "async def main():\n"
        "    async with subject_kernel(pathlib.Path(sys.argv[2])) as kernel:\n"
        "        print(await do(kernel, 'pid'), await do(kernel, 'start_child'), flush=True)\n"
        "        await trio.sleep_forever()\n"
        "trio.run(main)\n"
    )
    argv = [sys.executable, "-c", program, str(Path(__file__).parent), str(tmp_path)]
    process = await trio.lowlevel.open_process(argv, stdout=-1)
    with trio.fail_after(30):
        pids = [int(word) for word in (await process.stdout.receive_some()).split()]
    assert all(map(is_alive, pids))
    process.kill()
    await process.wait()
    await process.stdout.aclose()
    await gone(*pids)


async def test_its_memory_is_limited(tmp_path):
    listing = subject(memory_bytes=1_000_000_000)
    async with subject_kernel(tmp_path, listing) as kernel:
        assert await do(kernel, "hog", number=1_000_000) == "1000000"
        with pytest.raises(Unavailable, match="MemoryError"):
            await do(kernel, "hog", number=2_000_000_000)
        assert await do(kernel, "hog", number=1_000_000) == "1000000"


async def test_its_time_is_limited(tmp_path):
    async with subject_kernel(tmp_path, subject(cpu_seconds=2)) as kernel:
        with pytest.raises(Unavailable) as caught:
            await do(kernel, "burn")
        assert "SIGXCPU" in str(caught.value)
        assert "process.cpu_seconds" in caught.value.hint
        await restarted(kernel, 2)


async def test_its_open_files_are_limited(tmp_path):
    async with subject_kernel(tmp_path, subject(open_files=40)) as kernel:
        with pytest.raises(OSError, match="Too many open files"):
            await do(kernel, "open_many", number=100)


async def test_it_may_flood_the_log(tmp_path):
    log = io.StringIO()
    async with subject_kernel(tmp_path, log=log) as kernel:
        with trio.fail_after(60):
            assert await do(kernel, "flood", number=20_000) == "flooded"
    assert log.getvalue().count("subject.flood") == 20_000


async def test_a_message_that_is_too_long_is_refused_where_it_is_made(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        assert len(await do(kernel, "long_line", number=5_000_000)) == 5_000_000
        with pytest.raises(Unavailable) as caught:
            await do(kernel, "long_line", number=40_000_000)
        assert caught.value.expected == "at most 33554432 bytes"
        assert await do(kernel, "pid")


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def own_children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


@pytest.mark.chaos
async def test_restarts_leave_nothing(tmp_path):
    async with subject_kernel(tmp_path, **{"kernel.restart_window_seconds": 0.001}) as kernel:
        counts = []
        for generation in range(2, 2 + RESTARTS):
            with pytest.raises(Unavailable):
                await do(kernel, "die")
            await restarted(kernel, generation)
            counts.append((open_descriptors(), len(own_children())))
        assert len(set(counts[1:])) == 1, counts
        assert counts[-1][1] <= 1
    assert own_children() == []
