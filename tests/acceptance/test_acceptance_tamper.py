"""What is changed in the database behind Mosaic's back is found and placed; backups are whole or nothing."""

import contextlib
import shutil
import sqlite3

import pytest
from acceptance_place import Place, plan_of

COLUMNS = "at, kind, run_id, task_id, principal, body, hash"
NUMBER = 6


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A place with a finished run, and a backup of it, made once for all tests of it."""
    place = Place(tmp_path_factory.mktemp("finished"))
    work = {"runtime": "command", "work": {"run": "true"}}
    place.call("run", place.write("plan.json", plan_of({"id": "One", **work}, {"id": "Two", **work}))).demand()
    place.call("storage", "backup", "copy.db").demand()
    yield place
    place.close()


@pytest.fixture
def stored(finished, place):
    """A store with a finished run, in one file without helpers, for a test to change."""
    shutil.copytree(finished.directory, place.directory, symlinks=True, dirs_exist_ok=True)
    _reset(place)
    assert len(place.events()) > NUMBER + 1
    return place


def _reset(place):
    for suffix in ("-wal", "-shm"):
        place.database.with_name(place.database.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(place.directory / "copy.db", place.database)


def _edit(place, *statements):
    with contextlib.closing(sqlite3.connect(place.database)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount, statement
        database.commit()


def _shift(number):
    return (
        f"UPDATE events SET sequence = -sequence - 1 WHERE sequence >= {number}",
        "UPDATE events SET sequence = -sequence WHERE sequence < 0",
    )


CHANGES = {
    "flip": (f"UPDATE events SET body = replace(body, '\"', '''') WHERE sequence = {NUMBER}",),
    "kind": (f"UPDATE events SET kind = 'task.accepted' WHERE sequence = {NUMBER}",),
    "time": (f"UPDATE events SET at = at + 1 WHERE sequence = {NUMBER}",),
    "principal": (f"UPDATE events SET principal = 'mallory' WHERE sequence = {NUMBER}",),
    "hash": (
        f"UPDATE events SET hash = replace(hash, substr(hash, 1, 1), 'f') || 'f' WHERE sequence = {NUMBER}",
    ),
    "delete": (f"DELETE FROM events WHERE sequence = {NUMBER}",),
    "delete-and-close": (
        f"DELETE FROM events WHERE sequence = {NUMBER}",
        f"UPDATE events SET sequence = -(sequence - 1) WHERE sequence > {NUMBER}",
        "UPDATE events SET sequence = -sequence WHERE sequence < 0",
    ),
    "insert": (
        *_shift(NUMBER),
        f"INSERT INTO events (sequence, {COLUMNS}) SELECT {NUMBER}, {COLUMNS} FROM events WHERE sequence = 2",
    ),
    "reorder": (
        f"UPDATE events SET sequence = -1 WHERE sequence = {NUMBER}",
        f"UPDATE events SET sequence = {NUMBER} WHERE sequence = {NUMBER} + 1",
        f"UPDATE events SET sequence = {NUMBER} + 1 WHERE sequence = -1",
    ),
    "cut-the-tail": (f"DELETE FROM events WHERE sequence >= {NUMBER}",),
    "cut-the-head": ("DELETE FROM events WHERE sequence < 3",),
}


@pytest.mark.parametrize("way", CHANGES)
def test_a_changed_log_is_found_and_placed(stored, way):
    _edit(stored, *CHANGES[way])
    number = 1 if way == "cut-the-head" else NUMBER
    for argv in (("log", "verify"), ("storage", "check")):
        assert f"BROKEN  event {number}: " in stored.call(*argv).demand(1).err
    assert stored.call("log", "verify", "--json").demand(1).data["broken"]["sequence"] == number
    before = stored.database.read_bytes()
    stored.call("storage", "rebuild").demand(1)
    stored.call("log", "verify").demand(1)  # a rebuild heals projections, and never a log
    assert before[:100] == stored.database.read_bytes()[:100]


PROJECTIONS = {
    "state": "UPDATE tasks SET state = 'ready'",
    "token": "UPDATE tasks SET token = token + 1",
    "lost-task": "DELETE FROM tasks WHERE position = 1",
    "run": "UPDATE runs SET state = 'active', ended_at = NULL",
    "counter": "UPDATE counters SET value = value + 1",
    "spec": "UPDATE task_specs SET spec = replace(spec, 'true', 'false')",
}


@pytest.mark.parametrize("way", PROJECTIONS)
def test_a_changed_projection_is_found_and_rebuilt_from_the_log(stored, way):
    first = stored.call("status", "--json", "--all").demand().data["tasks"]
    _edit(stored, PROJECTIONS[way])
    stored.call("log", "verify").demand(1)
    found = stored.call("storage", "check", "--json").demand(1).data
    assert not found["is_sound"]
    assert found["problems"]
    assert found["broken"] is None
    assert stored.call("storage", "rebuild").demand().out.startswith("sound")
    assert stored.call("storage", "check").demand().out.startswith("sound")
    assert stored.call("status", "--json", "--all").demand().data["tasks"] == first


def test_a_backup_brings_everything_back(stored):
    (stored.directory / "copy.db").unlink()
    stored.call("storage", "backup", "copy.db").demand()
    before = (stored.events(), stored.call("status", "--json", "--all").demand().data["tasks"])
    assert stored.call("storage", "backup", "copy.db").demand(2).err  # never over a file that is there
    stored.call("run", stored.write("other.yaml", "jobs: {a: {steps: [{run: 'true'}]}}\n")).demand()
    assert len(stored.events()) > len(before[0])
    for answer in (b"", b"n\n"):
        kept = stored.call("storage", "restore", "copy.db", stdin_bytes=answer).demand(1)
        assert "nothing was replaced" in kept.err
    assert len(stored.events()) > len(before[0])
    stored.call("storage", "restore", "copy.db", "--yes").demand()
    assert (stored.events(), stored.call("status", "--json", "--all").demand().data["tasks"]) == before
    for path in stored.database.parent.glob("mosaic.db*"):
        path.unlink()
    assert stored.call("runs", "--json").demand().data == {"items": []}
    stored.call("storage", "restore", "copy.db", "--yes").demand()
    assert (stored.events(), stored.call("status", "--json", "--all").demand().data["tasks"]) == before


BROKEN_COPIES = {
    "text": lambda _: b"no database at all, but long enough to look at" * 100,
    "empty": lambda _: b"",
    "half": lambda data: data[: len(data) // 2],
    "scribbled": lambda data: data[:20_000] + bytes(4096) + data[24_096:],
}


@pytest.mark.parametrize("way", [*BROKEN_COPIES, "tampered", "foreign", "newer", "missing", "directory"])
def test_restoring_a_broken_file_leaves_the_store_as_it_was(stored, way):
    before, other = stored.events(), stored.directory / "other.db"
    data = (stored.directory / "copy.db").read_bytes()
    if way in BROKEN_COPIES:
        other.write_bytes(BROKEN_COPIES[way](data))
    elif way == "directory":
        other.mkdir()
    elif way != "missing":
        if way != "foreign":
            other.write_bytes(data)
        statement = {
            "tampered": f"UPDATE events SET at = at + 1 WHERE sequence = {NUMBER}",
            "foreign": "CREATE TABLE events (x)",
            "newer": "UPDATE alembic_version SET version_num = '9999'",
        }[way]
        with contextlib.closing(sqlite3.connect(other)) as database:
            database.execute(statement)
            database.commit()
    answer = stored.call("storage", "restore", "other.db", "--yes")
    assert answer.code in (1, 2), answer
    assert "Traceback" not in answer.err
    assert answer.err.strip()
    assert stored.events() == before
    assert stored.call("storage", "check").demand().out.startswith("sound")


@pytest.mark.parametrize("statement", ["UPDATE alembic_version SET version_num = '9999'"])
def test_a_store_of_a_newer_mosaic_is_refused_with_words(stored, statement):
    _edit(stored, statement)
    for argv in (("runs",), ("status",), ("storage", "check"), ("run", "plan.json")):
        answer = stored.call(*argv).demand(1)
        assert "newer Mosaic" in answer.err
        assert "9999" in answer.err
        assert "hint: Upgrade mosaic-stack" in answer.err


@pytest.mark.parametrize("content", [b"not a database, whatever it is called" * 200, bytes(8192)])
def test_a_file_that_is_no_store_is_refused_with_words(place, content):
    place.write(".mosaic/mosaic.db", content)
    answer = place.call("runs")
    assert answer.code in (1, 2), answer
    assert "mosaic.db" in answer.err or "database" in answer.err
    assert "Traceback" not in answer.err
    assert place.database.read_bytes() == content
