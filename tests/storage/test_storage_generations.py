"""Two generations of the SQLite plugin on one file in one process, beside other processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import RecordEvent, Refused, copy_storage
from mosaic_sql import peers
from mosaic_sql.peers import Peers, directory_for
from mosaic_testing.graphs import chain, claim, independent, start_run
from mosaic_testing.opening import do, leases
from mosaic_testing.storage_work import everything, some_work

CHILD = Path(__file__).with_name("store_child.py")


def other_process(directory):
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(CHILD), "stay", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "open\n"
    return process


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_old_and_new_write_in_turn_and_see_one_another(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as old:
        await do(old, start_run("r", independent(6)))
        async with sqlite_store(tmp_path) as new:
            for number in range(6):
                [lease] = await leases((old, new)[number % 2], claim())
                assert lease.task_id == f"t{number}"
                await (new, old)[number % 2].put_document("test.a", "k", {"n": number}, expected=number)
            assert await old.others() == 0, "the other generation is no other process"
            assert await new.others() == 0
            assert await everything(old) == await everything(new)
            await old.aclose()
            # What is left goes on: its socket, its locks, its caches.
            with trio.fail_after(30):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(new.wait, await new.head())
                    await trio.testing.wait_all_tasks_blocked()
                    await do(new, start_run("s", chain(2)))
            assert (await new.verify()).is_sound
        assert not directory_for(str(tmp_path / "mosaic.db")).exists()


async def test_many_generations_one_after_the_other_leave_nothing(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as first:
        await some_work(first)
        counts = []
        for number in range(10):
            async with sqlite_store(tmp_path) as new:
                await do(new, RecordEvent(kind="test.generation", body={"n": number}))
            counts.append(open_files())
        assert counts[-1] == counts[1], "SQLite keeps two, for the next who opens the file, and no more"
        assert len(list(directory_for(str(tmp_path / "mosaic.db")).iterdir())) == 1
        assert (await first.verify()).is_sound


async def test_other_processes_are_counted_while_they_live(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as old, sqlite_store(tmp_path) as new:
        processes = [await trio.to_thread.run_sync(other_process, tmp_path) for _ in range(2)]
        assert await old.others() == await new.others() == 2
        processes[0].communicate("go\n", timeout=60)
        assert await old.others() == 1
        processes[1].send_signal(signal.SIGKILL)
        processes[1].communicate(timeout=60)
        assert await old.others() == 0, "a process that was killed leaves its socket, and nobody behind it"


async def test_processes_of_two_containers_are_two_though_their_numbers_are_equal(tmp_path, monkeypatch):
    path = str(tmp_path / "mosaic.db")
    here = Peers(path)
    monkeypatch.setattr(peers, "_process_name", lambda: f"{os.getpid()}-abc")
    there = Peers(path)
    assert here.count_others() == there.count_others() == 1
    there.close()
    assert here.count_others() == 0
    here.close()
    assert here.count_others() == 0, "there is no directory any more"


async def test_no_copy_while_another_process_has_the_old_store_open(sqlite_store, tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    async with sqlite_store(tmp_path / "old") as old, sqlite_store(tmp_path / "new") as new:
        await some_work(old)
        came = []

        async def hold():
            came.append(await trio.to_thread.run_sync(other_process, tmp_path / "old"))

        with pytest.raises(Refused) as caught:
            await copy_storage(old, new, hold)
        assert caught.value.code == "store-in-use"
        assert caught.value.got == "1"
        with pytest.raises(Refused) as caught:
            await copy_storage(old, new, hold)
        assert len(came) == 1, "the second time it is refused before anybody is held"
        came[0].communicate("go\n", timeout=60)
        await copy_storage(old, new, trio.lowlevel.checkpoint)
        assert await everything(new) == await everything(old)
