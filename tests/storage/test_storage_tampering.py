"""Whatever is changed in the file behind Mosaic's back, `verify` finds it and says where."""

import contextlib
import os
import shutil
import sqlite3

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import Accept, IntegrityError, Report
from mosaic_testing.graphs import chain, claim, independent, start_run
from mosaic_testing.opening import do, leases

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))
PROJECTIONS = {
    "tasks": [
        "state",
        "unmet",
        "token",
        "refusals",
        "holder",
        "lease_until",
        "is_approved",
        "reason",
        "outputs",
    ],
    "runs": ["state", "created_at", "total", "spec", "queues", "spent"],
    "task_specs": ["spec", "dependants"],
    "counters": ["value"],
}
EVENT_COLUMNS = ["at", "kind", "run_id", "task_id", "principal", "body", "hash"]


async def fill(storage):
    await do(storage, start_run("r", chain(3)), start_run("s", independent(2)))
    for lease in await leases(storage, claim(3)):
        named = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
        await do(storage, Report(**named, outcome="succeeded", outputs={"n": 1}), Accept(**named))
    await leases(storage, claim(1))
    await storage.put_blob(b"some bytes")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A backup: one file without helpers, to be copied for each edit."""
    from store_opening import open_sqlite

    directory = tmp_path_factory.mktemp("pristine")

    async def make():
        async with open_sqlite(directory) as storage:
            await fill(storage)
            await storage.backup(str(directory / "copy.db"))

    trio.run(make)
    return directory / "copy.db"


def verify_after(open_store, directory, data, edit):
    """Edit a fresh copy with plain sqlite3; return what `verify` finds, and what `rebuild` then leaves."""
    shutil.copyfile(data, directory / "mosaic.db")
    for suffix in ("-wal", "-shm"):
        (directory / f"mosaic.db{suffix}").unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(directory / "mosaic.db")) as connection:
        edit(connection)
        connection.commit()

    async def look():
        async with open_store(directory) as storage:
            return await storage.verify()

    return trio.run(look)


def changed(value):
    if isinstance(value, int):
        return value + 1
    if value is None:
        return 7
    return value[:-1] + ("x" if value[-1:] != "x" else "y")


def rows_of(connection, table):
    return [row[0] for row in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]


@settings(max_examples=40 * CHAOS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place_drawn=st.integers(0, 1000),
    way=st.sampled_from(["alter", "delete", "insert", "swap", "cut", "append"]),
    column=st.sampled_from(EVENT_COLUMNS),
)
def test_any_change_of_an_event_is_found(place_drawn, way, column, pristine, sqlite_store, tmp_path):
    place = []

    def edit(connection):
        count = connection.execute("SELECT max(sequence) FROM events").fetchone()[0]
        number = place_drawn % count + 1
        place.append(number)
        if way == "alter":
            [old] = connection.execute(f"SELECT {column} FROM events WHERE sequence = ?", [number]).fetchone()
            connection.execute(f"UPDATE events SET {column} = ? WHERE sequence = ?", [changed(old), number])
        elif way == "delete":
            connection.execute("DELETE FROM events WHERE sequence = ?", [number])
        elif way == "insert":
            connection.execute("UPDATE events SET sequence = -sequence - 1 WHERE sequence >= ?", [number])
            connection.execute("UPDATE events SET sequence = -sequence WHERE sequence < 0")
            columns = ", ".join(EVENT_COLUMNS)
            source = number - 1 or number + 2  # not the one that belongs there
            connection.execute(
                f"INSERT INTO events (sequence, {columns}) SELECT ?, {columns} FROM events WHERE sequence = ?",
                [number, source],
            )
        elif way == "swap":
            other = number - 1 or number + 1
            place[0] = min(number, other)
            connection.execute("UPDATE events SET sequence = -1 WHERE sequence = ?", [number])
            connection.execute("UPDATE events SET sequence = ? WHERE sequence = ?", [number, other])
            connection.execute("UPDATE events SET sequence = ? WHERE sequence = -1", [other])
        elif way == "cut":
            connection.execute("DELETE FROM events WHERE sequence >= ?", [number])
        else:
            place[0] = count + 1
            connection.execute(
                "INSERT INTO events SELECT sequence + 1, at, kind, run_id, task_id, principal, body, hash"
                " FROM events WHERE sequence = ?",
                [count],
            )

    found = verify_after(sqlite_store, tmp_path, pristine, edit)
    assert found.broken is not None
    assert found.broken.sequence == place[0]
    assert found.broken.reason


@settings(max_examples=40 * CHAOS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cell=st.sampled_from([(table, column) for table, columns in PROJECTIONS.items() for column in columns]),
    row=st.integers(0, 1000),
    is_altered=st.booleans(),
)
def test_any_change_of_a_projection_is_found(cell, row, is_altered, pristine, sqlite_store, tmp_path):
    expected = []

    def edit(connection):
        table, column = cell
        name = {"tasks": "task_id", "runs": "run_id", "task_specs": "position", "counters": "name"}[table]
        names = [row[0] for row in connection.execute(f"SELECT {name} FROM {table} ORDER BY {name}")]
        which = names[row % len(names)]
        expected.append(str(which))
        if is_altered:
            query = f"SELECT {column} FROM {table} WHERE {name} = ?"
            [old] = connection.execute(query, [which]).fetchone()
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {name} = ?", [changed(old), which])
            if old != 0 or table != "counters":  # a counter that is 0 counts as one that is not there
                expected.append(column)
        else:
            if table == "counters":
                [value] = connection.execute("SELECT value FROM counters WHERE name = ?", [which]).fetchone()
                expected[:] = expected if value else []
            connection.execute(f"DELETE FROM {table} WHERE {name} = ?", [which])

    found = verify_after(sqlite_store, tmp_path, pristine, edit)
    if not expected:  # a counter that was 0 and one that is not there mean the same
        assert found.is_sound
        return
    assert found.broken is None
    assert found.problems
    assert all(any(word in problem for problem in found.problems) for word in expected)


def test_lost_head_and_changed_blob_are_found(pristine, sqlite_store, tmp_path):
    found = verify_after(sqlite_store, tmp_path, pristine, lambda c: c.execute("DELETE FROM log_head"))
    assert found.broken is not None
    found = verify_after(sqlite_store, tmp_path, pristine, lambda c: c.execute("UPDATE blobs SET data = x'00'"))
    assert "blob sha256:" in found.problems[0]


def test_text_that_is_not_utf8_is_found(pristine, sqlite_store, tmp_path):
    def edit(connection):
        connection.execute("UPDATE events SET body = CAST(x'ff7b7d' AS TEXT) WHERE sequence = 2")

    assert verify_after(sqlite_store, tmp_path, pristine, edit).broken.sequence == 2


def test_rebuild_mends_projections_and_refuses_a_broken_log(pristine, sqlite_store, tmp_path):
    shutil.copyfile(pristine, tmp_path / "mosaic.db")

    async def tamper():
        async with sqlite_store(tmp_path) as storage:
            before = await storage.snapshot()
            other = sqlite3.connect(tmp_path / "mosaic.db", isolation_level=None)
            other.execute("UPDATE tasks SET state = 'accepted'")
            other.execute("DELETE FROM counters")
            assert not (await storage.verify()).is_sound
            assert (await storage.rebuild()).is_sound
            assert await storage.snapshot() == before
            other.execute("UPDATE events SET at = at + 1 WHERE sequence = 3")
            other.close()
            with pytest.raises(IntegrityError) as caught:
                await storage.rebuild()
            assert "event 3" in str(caught.value)
            assert await storage.snapshot() == before

    trio.run(tamper)


def test_damaged_file_is_an_integrity_error(sqlite_store, tmp_path):
    (tmp_path / "mosaic.db").write_bytes(b"this is no database at all" * 100)

    async def start():
        async with sqlite_store(tmp_path):
            pytest.fail("it opened")

    with pytest.raises(IntegrityError) as caught:
        trio.run(start)
    assert str(tmp_path) in str(caught.value)
