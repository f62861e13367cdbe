"""Taking over another store's log on SQLite: all or nothing, even where the process dies; bounded memory."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import GENESIS, Accept, Event, Refused, Report, canonical_json, copy_storage, seal
from mosaic_sql import session
from mosaic_testing.graphs import claim, independent, start_run
from mosaic_testing.opening import do, leases
from mosaic_testing.storage_reference import ReferenceStorage
from mosaic_testing.storage_work import everything, some_work

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))
CHILD = Path(__file__).with_name("store_child.py")


def then(events, kind, body, run_id="r", task_id=""):
    """Make a well sealed event behind others."""
    number, previous = (events[-1].sequence, events[-1].hash) if events else (0, GENESIS)
    text = canonical_json(body)
    hashed = seal(previous, number + 1, 1, kind, run_id, task_id, "test", text)
    return Event(number + 1, 1, kind, run_id, task_id, "test", text, hashed)


async def worked():
    other = ReferenceStorage()
    await some_work(other)
    return other.reference.events


async def finish(storage, count):
    await do(storage, start_run("r", independent(count)))
    while found := await leases(storage, claim(50)):
        names = [{"run_id": "r", "task_id": lease.task_id, "token": lease.token} for lease in found]
        await do(storage, *(Report(**name, outcome="succeeded") for name in names))
        await do(storage, *(Accept(**name) for name in names))


@pytest.mark.chaos
def test_killed_in_the_midst_of_it_a_prefix_is_there_and_the_rest_can_follow(sqlite_store, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    choice = random.Random(3)

    async def prepare():
        async with sqlite_store(source) as storage:
            await finish(storage, 1200)

    async def look():
        async with sqlite_store(source) as old, sqlite_store(target) as new:
            found = await new.verify()
            assert found.is_sound, found
            log = await old.events(limit=100_000)
            assert await new.events(limit=100_000) == log[: found.events]
            return found.events

    async def complete():
        async with sqlite_store(source) as old, sqlite_store(target) as new:
            await copy_storage(old, new, trio.lowlevel.checkpoint)
            assert await everything(new) == await everything(old)
            assert (await new.verify()).is_sound

    trio.run(prepare)
    heads = []
    longest = 0.06
    while len(heads) < 4 * CHAOS or not heads[-1]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", str(CHILD), "take-over", str(target), str(source)],
            stdout=subprocess.PIPE,
            text=True,
        )
        while (line := process.stdout.readline()) and not line.startswith(("began", "done")):
            pass
        time.sleep(choice.uniform(0.0, longest))
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
        has = [int(words[1]) for words in map(str.split, rest.splitlines()) if words[0] == "has"]
        heads.append(trio.run(look))
        assert heads[-1] >= max(has, default=0), "what was answered must be there"
        longest += 0.0 if heads[-1] else 0.02  # on a slow machine, even a first page takes its time
        assert longest < 2
    assert heads == sorted(heads)
    trio.run(complete)


@pytest.mark.parametrize(
    "lease",
    [
        {"token": 1, "holder": {"a": 1}, "until": None},
        {"token": 2**80, "holder": "a", "until": None},
        {"token": 1, "holder": "a", "until": 2**80},
        {"token": 1, "holder": "a"},
    ],
    ids=["a-mapping", "a-large-number", "a-late-time", "nothing"],
)
async def test_what_the_file_cannot_hold_is_refused_however_late(sqlite_store, tmp_path, lease):
    events = await worked()
    bad = then(events, "task.claimed", lease, "s", "t1")
    async with sqlite_store(tmp_path) as storage:
        await storage.ingest(events=events)
        before = await everything(storage)
        with pytest.raises(Refused) as caught:
            await storage.ingest(events=[bad, then([bad], "test.more", {})], removed=[("kit.a", "k")])
        assert caught.value.code == "other-log"
        assert await everything(storage) == before
        assert (await storage.verify()).is_sound


async def test_tasks_that_are_there_already_are_refused(sqlite_store, tmp_path):
    events = await worked()
    again = next(event for event in events if event.kind == "run.extended")
    async with sqlite_store(tmp_path) as storage:
        await storage.ingest(events=events)
        with pytest.raises(Refused):
            await storage.ingest(events=[then(events, "run.extended", json.loads(again.body))])
        assert (await storage.verify()).is_sound


async def test_a_long_log_is_taken_over_in_one_transaction_and_little_memory(
    sqlite_store, tmp_path, monkeypatch
):
    events = []
    for _ in range(20_000):
        events.append(then(events, "test.step", {"text": "x" * 500}, ""))
    flushed = []
    flush = session.Session.flush

    def counting(self):
        flushed.append(len(self._events))
        flush(self)

    monkeypatch.setattr(session.Session, "flush", counting)
    async with sqlite_store(tmp_path) as storage:
        tracemalloc.start()
        try:
            assert await storage.ingest(events=events) == len(events)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert max(flushed) <= 1000
        assert most < 4_000_000, "the log alone has twenty megabytes"
        more = then(events, "test.step", {})
        with pytest.raises(Refused):
            await storage.ingest(events=[more, then([more], "task.accepted", {})])
        assert await storage.head() == len(events)


async def test_waiters_of_another_store_on_the_file_are_woken(sqlite_store, tmp_path):
    events = await worked()
    async with sqlite_store(tmp_path) as one, sqlite_store(tmp_path) as two:
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(two.wait, 0)
                await trio.testing.wait_all_tasks_blocked()
                await one.ingest(events=events)
        assert await two.snapshot() == await one.snapshot()
