"""Several processes on one file, and processes that die: nothing that was answered is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import InputError, RecordEvent, RetryTask, TaskState, Tick, counters, find_break
from mosaic_sql.peers import Peers, directory_for
from mosaic_testing import laws
from mosaic_testing.graphs import claim, independent, start_run
from mosaic_testing.opening import do, leases

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))
CHILD = Path(__file__).with_name("store_child.py")
PATIENCE = 60


def child(*arguments):
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(CHILD), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answers(process):
    output, _ = process.communicate(timeout=PATIENCE)
    return [line.split() for line in output.splitlines() if line]


def in_store(open_store, directory, question):
    async def ask():
        async with open_store(directory) as storage:
            return await question(storage)

    return trio.run(ask)


@pytest.mark.chaos
def test_killed_at_any_moment_nothing_answered_is_lost(sqlite_store, tmp_path):
    choice = random.Random(7)
    said = []
    for _ in range(5 * CHAOS):
        process = child("work", tmp_path, 400)
        assert process.stdout.readline() == "open\n"
        said += [process.stdout.readline().split() for _ in range(choice.randint(0, 40))]
        time.sleep(choice.uniform(0.0, 0.01))
        process.send_signal(signal.SIGKILL)
        said += answers(process)

    async def look(storage):
        found = await storage.verify()
        assert found.is_sound, found
        events = await storage.events(limit=100_000)
        assert find_break(events) is None
        laws.assert_log_follows_the_rules(events, {("r", f"t{n}"): () for n in range(400)})
        kinds = Counter((event.kind, event.task_id) for event in events)
        for words in said:
            if words and words[0] in ("claimed", "accepted"):
                assert kinds[f"task.{words[0]}", words[1]] >= 1, words
        before = await storage.snapshot()
        assert (await storage.rebuild()).is_sound
        assert await storage.snapshot() == before
        return sum(1 for words in said if words[:1] == ["accepted"])

    assert in_store(sqlite_store, tmp_path, look) > 0


def test_two_processes_never_get_the_same_task(sqlite_store, tmp_path):
    in_store(sqlite_store, tmp_path, lambda storage: do(storage, start_run("r", independent(200))))
    processes = [child("share", tmp_path, f"holder-{number}") for number in range(2)]
    for process in processes:
        assert process.stdout.readline() == "open\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    claimed = [[words[1] for words in answers(process) if words[0] == "claimed"] for process in processes]
    assert not set(claimed[0]) & set(claimed[1])
    assert sorted(claimed[0] + claimed[1]) == sorted(f"t{n}" for n in range(200))

    async def look(storage):
        assert await storage.counts("r") == {TaskState.ACCEPTED: 200}
        assert await storage.count(counters.held("tasks")) == 0
        assert (await storage.verify()).is_sound

    in_store(sqlite_store, tmp_path, look)


async def test_a_write_of_another_process_wakes_who_waits(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as storage:
        await do(storage, RecordEvent(kind="test.first"))
        process = await trio.to_thread.run_sync(child, "write", tmp_path)
        assert await trio.to_thread.run_sync(process.stdout.readline) == "open\n"
        woken = []

        async def wait():
            woken.append(await storage.wait(1))

        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await trio.testing.wait_all_tasks_blocked()
                process.stdin.write("go\n")
                process.stdin.flush()
        assert woken == [2]
        assert await trio.to_thread.run_sync(answers, process) == [["wrote"]]


async def test_our_write_wakes_another_process(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as storage:
        process = await trio.to_thread.run_sync(child, "wait", tmp_path, 0)
        assert await trio.to_thread.run_sync(process.stdout.readline) == "open\n"
        await do(storage, RecordEvent(kind="test.first"))
        assert await trio.to_thread.run_sync(answers, process) == [["woken", "1"]]


async def test_what_another_connection_writes_is_not_hidden_by_the_cache(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as one, sqlite_store(tmp_path) as two:
        await do(one, start_run("r", independent(4)))
        for number in range(4):
            [lease] = await leases((one, two)[number % 2], claim(lease_seconds=0.0))
            assert lease.task_id == "t0"
            assert lease.token == number + 1
            assert await do((two, one)[number % 2], Tick()) == 1
        assert (await one.verify()).is_sound
        assert await one.snapshot() == await two.snapshot()


async def test_restore_shows_in_connections_that_are_open(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as one, sqlite_store(tmp_path) as two:
        await do(one, start_run("r", independent(2)))
        await one.backup(str(tmp_path / "copy"))
        await leases(two, claim(2))
        await one.restore(str(tmp_path / "copy"))
        assert await two.counts("r") == {TaskState.READY: 2}
        [lease, _] = await leases(two, claim(2))
        assert lease.token == 1


def test_full_disk_refuses_and_recovers(tmp_path, sqlite_store):
    said = answers(child("fill", tmp_path))
    full = next(words for words in said if words[0] == "full")
    written = int(full[1])
    assert written > 5
    assert ["no-backup"] in said
    assert ["verified", str(written), "True"] in said
    assert ["again", str(written + 1)] in said
    assert in_store(sqlite_store, tmp_path, lambda storage: storage.verify()).is_sound


async def test_failed_transaction_fails_all_its_callers_and_no_more(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path, busy_seconds=0.1) as storage:
        await do(storage, start_run("r", independent(2)))
        import sqlite3

        blocker = sqlite3.connect(tmp_path / "mosaic.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimeoutError) as caught:
            await storage.apply([claim()], by="test")
        assert str(tmp_path) in str(caught.value)
        assert (await storage.counts("r")) == {TaskState.READY: 2}, "reads do not wait"
        blocker.execute("ROLLBACK")
        blocker.close()
        assert len(await leases(storage, claim(5))) == 2


async def test_value_that_sqlite_cannot_hold_fails_its_own_call_only(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as storage:
        outcomes = {}

        async def start(name, priority):
            try:
                [outcomes[name]] = await storage.apply(
                    [start_run(name, independent(1, priority=priority))], by="t"
                )
            except InputError as error:
                outcomes[name] = error

        async with trio.open_nursery() as nursery:
            for name, priority in (("a", 1), ("b", 2**70), ("c", 3)):
                nursery.start_soon(start, name, priority)
        assert outcomes["a"] is None
        assert outcomes["c"] is None
        assert outcomes["b"].code == "cannot-be-stored"
        assert {run.run_id for run in await storage.runs()} == {"a", "c"}
        assert (await storage.verify()).is_sound


async def test_reads_do_not_wait_for_a_slow_reader_or_block_writers(sqlite_store, tmp_path):
    import sqlite3

    async with sqlite_store(tmp_path, busy_seconds=0.2) as storage:
        await do(storage, start_run("r", independent(50)))
        slow = sqlite3.connect(tmp_path / "mosaic.db", isolation_level=None)
        slow.execute("BEGIN")
        assert slow.execute("SELECT count(*) FROM tasks").fetchone() == (50,)
        assert len(await leases(storage, claim(10))) == 10
        assert await storage.counts("r") == {TaskState.LEASED: 10, TaskState.READY: 40}
        assert slow.execute("SELECT count(*) FROM tasks WHERE state = 'ready'").fetchone() == (50,)
        slow.close()


def test_stale_sockets_are_taken_away_and_long_paths_are_shortened(tmp_path):
    path = str(tmp_path / "mosaic.db")
    one, two = Peers(path), Peers(path)
    two.socket.close()  # as a process that was killed leaves it
    one.notify()
    assert [entry.name for entry in directory_for(path).iterdir()] == [one._name]
    one.close()
    assert not directory_for(path).exists()
    long = directory_for(str(tmp_path / ("x" * 120) / "mosaic.db"))
    assert len(os.fsencode(long)) < 80
    assert long != directory_for(str(tmp_path / ("y" * 120) / "mosaic.db"))


async def test_closed_store_says_so(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as storage:
        await do(storage, start_run("r", independent(1)))
    with pytest.raises(trio.ClosedResourceError):
        await storage.apply([RetryTask(run_id="r", task_id="t0")], by="test")
    await storage.aclose()
