"""Copies between the house's own storages, and what becomes of copies where something is wrong."""

import itertools
import os
import shutil
import sqlite3
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_opening import open_memory, open_sqlite

from mosaic_hookspecs import IntegrityError, RecordEvent, Refused, comparing, copy_storage, copying
from mosaic_testing.graphs import chain, claim, independent, start_run
from mosaic_testing.opening import do, leases
from mosaic_testing.storage_meddling import Meddled
from mosaic_testing.storage_transfer_walk import walk
from mosaic_testing.storage_work import everything, some_work

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))
hold = trio.lowlevel.checkpoint
ROADS = {
    "memory-sqlite-sqlite": (open_memory, open_sqlite, open_sqlite),
    "sqlite-memory-sqlite": (open_sqlite, open_memory, open_sqlite),
}


@asynccontextmanager
async def two(tmp_path, open_old=open_sqlite, open_new=open_sqlite):
    for name in ("old", "new"):
        (tmp_path / name).mkdir(exist_ok=True)
    async with open_old(tmp_path / "old") as old, open_new(tmp_path / "new") as new:
        yield old, new


@pytest.mark.chaos
@pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))
def test_walks_with_copies_in_small_pages(road, tmp_path, monkeypatch):
    monkeypatch.setattr(copying, "EVENTS_PAGE", 3)
    monkeypatch.setattr(copying, "DOCUMENTS_PAGE", 2)
    monkeypatch.setattr(copying, "BLOBS_PAGE", 2)
    monkeypatch.setattr(copying, "NAMES_PAGE", 3)
    monkeypatch.setattr(copying, "_MUCH_TEXT", 500)
    monkeypatch.setattr(comparing, "_PAGE", 2)
    number = itertools.count()

    def opened(open_store):
        def start():
            directory = tmp_path / str(next(number))
            directory.mkdir()
            return open_store(directory)

        return start

    @settings(max_examples=8 * CHAOS, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def walks(data):
        trio.run(walk, data.draw, *map(opened, road))

    walks()


async def test_one_file_opened_twice_loses_no_write(sqlite_store, tmp_path):
    async with sqlite_store(tmp_path) as one, sqlite_store(tmp_path) as again:
        await some_work(one)
        count = 0

        async def write(name):
            nonlocal count
            count += 1
            await one.put_document("kit.a", "k", {"n": count})
            await do(one, RecordEvent(kind="test.step"))

        await copy_storage(Meddled(one, write), Meddled(again, write), hold)
        assert (await again.get_document("kit.a", "k")).body == {"n": count}
        assert await everything(one) == await everything(again)
        assert await again.collections() == ["kit.a"]


async def test_a_writer_that_never_rests_does_not_keep_the_copy_from_ending(tmp_path):
    async with two(tmp_path, open_memory, open_memory) as (old, new):
        is_held = False

        async def write(name):
            if name == "events" and not is_held:
                await old.apply([RecordEvent(kind="test.step") for _ in range(200)], by="test")

        async def held():
            nonlocal is_held
            is_held = True

        await copy_storage(Meddled(old, write), new, held)
        assert await everything(new) == await everything(old)


async def test_runs_of_one_moment_are_all_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(comparing, "_PAGE", 3)
    asked = []
    async with two(tmp_path, open_memory) as (old, new):
        old._clock = SimpleNamespace(now=lambda: 5)
        await do(old, *(start_run(f"r{number}", independent(1)) for number in range(11)))

        async def ask(name):
            asked.append(name)

        await copy_storage(old, Meddled(new, ask), hold)
        comparison = comparing.Comparison(old, new)
        await comparison.touch_every_run()
        assert comparison._runs == {f"r{number}" for number in range(11)}
        assert asked.count("runs") == 0


async def test_a_damaged_old_store_is_told_by_its_place(sqlite_store, tmp_path):
    async with two(tmp_path) as (old, new):
        await some_work(old)
        other = sqlite3.connect(tmp_path / "old" / "mosaic.db", isolation_level=None)
        other.execute("UPDATE events SET body = '{\"n\":1}' WHERE sequence = 4")
        with pytest.raises(IntegrityError) as caught:
            await copy_storage(old, new, hold)
        other.close()
        assert caught.value.code == "broken-log"
        assert "event 4" in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE tasks SET state = 'accepted' WHERE task_id = 't2'", "task r/t2"),
        ("UPDATE tasks SET reason = 'else' WHERE run_id = 's' AND task_id = 't1'", "task s/t1"),
        ("UPDATE task_specs SET spec = replace(spec, '\"t0\"', '\"t9\"')", "task r/t0"),
        ("UPDATE task_specs SET dependants = '[]'", "task r/t0"),
        ("UPDATE runs SET total = 7 WHERE run_id = 's'", "run s"),
        ("UPDATE counters SET value = 7 WHERE name LIKE '%/state/accepted'", "run r"),
        ("UPDATE counters SET value = 7 WHERE name LIKE '%/queue/%'", "counter s/queue/"),
        ("UPDATE counters SET value = 7 WHERE name = 'hold/tasks'", "counter hold/tasks"),
        ("UPDATE counters SET value = 7 WHERE name = 'positions'", "counter positions"),
        ("DELETE FROM tasks WHERE task_id = 't0' AND run_id = 'r'", "task r/t0"),
    ],
)
async def test_projections_that_do_not_follow_from_the_log_are_named(tmp_path, statement, what):
    async with two(tmp_path) as (old, new):
        await some_work(old)
        other = sqlite3.connect(tmp_path / "old" / "mosaic.db", isolation_level=None)
        assert other.execute(statement).rowcount
        other.close()
        with pytest.raises(IntegrityError) as caught:
            await copy_storage(old, new, hold)
        assert caught.value.code == "copies-differ"
        assert what in caught.value.got


async def test_a_document_that_changed_in_the_new_store_is_found(tmp_path):
    async with two(tmp_path, open_memory) as (old, new):
        await some_work(old)

        async def meddle(name):
            if name == "blobs":  # after the documents, and before they are looked at
                await new.put_document("kit.a", "k", {"n": 2})

        with pytest.raises(IntegrityError) as caught:
            await copy_storage(Meddled(old, meddle), new, hold)
        assert caught.value.got == "document kit.a/k"


async def test_a_damaged_blob_is_not_carried_on(tmp_path):
    async with two(tmp_path) as (old, new):
        await some_work(old)
        other = sqlite3.connect(tmp_path / "old" / "mosaic.db", isolation_level=None)
        other.execute("UPDATE blobs SET data = x'00'")
        other.close()
        with pytest.raises(IntegrityError) as caught:
            await copy_storage(old, new, hold)
        assert caught.value.code == "damaged-blob"


async def test_a_restore_in_the_midst_of_it_is_told_and_the_next_try_needs_an_empty_store(tmp_path):
    async with two(tmp_path) as (old, new):
        await some_work(old)
        await old.backup(str(tmp_path / "copy"))
        await do(old, start_run("more", chain(3)))

        async def restore():
            await old.restore(str(tmp_path / "copy"))
            await do(old, *(RecordEvent(kind="test.else") for _ in range(20)))

        with pytest.raises(Refused) as caught:
            await copy_storage(old, new, restore)
        assert caught.value.code == "other-log"
        (tmp_path / "third").mkdir()
        async with open_sqlite(tmp_path / "third") as third:
            await copy_storage(old, third, hold)
            assert await everything(third) == await everything(old)


async def test_a_restore_to_a_shorter_log_is_found_while_writers_are_held(tmp_path):
    async with two(tmp_path) as (old, new):
        await some_work(old)
        await old.backup(str(tmp_path / "copy"))
        await do(old, start_run("more", chain(3)))
        with pytest.raises((IntegrityError, Refused)):
            await copy_storage(old, new, lambda: old.restore(str(tmp_path / "copy")))


async def test_what_is_looked_at_while_writers_are_held_does_not_grow_with_the_store(tmp_path):
    async def calls_while_held(tasks):
        calls = itertools.count()
        is_held = False

        async def count(name):
            if is_held:
                next(calls)

        async def held():
            nonlocal is_held
            [lease] = await leases(old, claim())
            assert lease
            is_held = True

        shutil.rmtree(tmp_path / "old", ignore_errors=True)
        async with two(tmp_path, open_memory, open_memory) as (old, new):
            await do(old, start_run("r", independent(tasks)))
            for number in range(tasks):
                await old.put_blob(str(number).encode())
            await copy_storage(Meddled(old, count), Meddled(new, count), held)
        return next(calls)

    assert await calls_while_held(30) == await calls_while_held(600)


async def test_an_error_of_the_hold_is_the_callers(tmp_path):
    async with two(tmp_path) as (old, new):
        await some_work(old)

        async def late():
            raise TimeoutError

        with pytest.raises(TimeoutError):
            await copy_storage(old, new, late)
        await copy_storage(old, new, hold)
        assert await everything(new) == await everything(old)
