"""The schema's version: made, checked, upgraded with a copy, and refused when it is newer."""

import shutil
import sqlite3

import pytest
import sqlalchemy as sa
import trio
from alembic.script import ScriptDirectory

from mosaic_hookspecs import IntegrityError, RecordEvent, Release
from mosaic_sql import statements
from mosaic_sql.schema import build_schema
from mosaic_sql.upgrade import MIGRATIONS, REVISIONS, prepare, revision_of
from mosaic_testing.graphs import claim, independent, start_run

NEXT = f'''"""Add a column."""
import sqlalchemy as sa
from alembic import op
revision = "9000"
down_revision = "{REVISIONS[-1]}"
def upgrade():
    op.add_column("runs", sa.Column("note", sa.Text))
'''


def make(tmp_path):
    path = str(tmp_path / "mosaic.db")
    prepare(path, busy_seconds=5)
    return path


def test_revisions_are_those_of_alembic():
    script = ScriptDirectory(str(MIGRATIONS))
    assert tuple(r.revision for r in reversed(list(script.walk_revisions()))) == REVISIONS


def test_migrations_make_the_schema(tmp_path):
    make(tmp_path)
    fresh = sa.create_engine("sqlite://")
    build_schema().create_all(fresh)
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    with fresh.connect() as connection:
        wanted = {name: " ".join(sql.split()) for name, sql in connection.exec_driver_sql(query)}
    fresh.dispose()
    made = sqlite3.connect(tmp_path / "mosaic.db")
    found = {name: " ".join(sql.split()) for name, sql in made.execute(query) if name != "alembic_version"}
    made.close()
    assert found == wanted


def test_every_statement_fits_the_schema(tmp_path):
    connection = sqlite3.connect(make(tmp_path))
    for name, statement in vars(statements).items():
        if name.isupper() and not name.endswith("_COLUMNS"):
            connection.execute(f"EXPLAIN {statement}", [None] * statement.count("?"))
    connection.close()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (statements.READY, "tasks_ready"),
        (statements.OVERDUE, "tasks_due"),
        (statements.NEXT_DEADLINE, "tasks_due"),
        (statements.ACTIVE_RUNS, "runs_active"),
        (statements.RUNS, "runs_by_age"),
        (statements.TASK, "tasks_by_name"),
        (f"{statements.TASKS} ORDER BY position LIMIT 1", "tasks_in_order"),
        (f"{statements.EVENTS} AND run_id = ? AND run_id != '' ORDER BY sequence LIMIT 1", "events_of_run"),
        (
            f"{statements.EVENTS} AND run_id = ? AND task_id = ? AND task_id != '' ORDER BY sequence LIMIT 1",
            "events_of_task",
        ),
    ],
)
def test_queries_on_the_way_of_a_command_look_up_an_index(tmp_path, statement, index):
    connection = sqlite3.connect(make(tmp_path))
    plan = list(connection.execute(f"EXPLAIN QUERY PLAN {statement}", [1] * statement.count("?")))
    connection.close()
    assert len(plan) == 1, plan
    assert f"INDEX {index}" in plan[0][3], plan


def test_newer_schema_is_refused_with_a_hint(tmp_path):
    path = make(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError) as caught:
        prepare(path, busy_seconds=5)
    assert caught.value.code == "unknown-schema"
    assert "9999" in caught.value.got
    assert "pgrade" in caught.value.hint


def test_older_schema_is_upgraded_and_copied_first(tmp_path, sqlite_store):
    async def write():
        async with sqlite_store(tmp_path) as storage:
            await storage.apply([RecordEvent(kind="a.b")], by="me")

    trio.run(write)
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions" / "revision_9000.py").write_text(NEXT)
    path = str(tmp_path / "mosaic.db")
    prepare(path, busy_seconds=5, revisions=(*REVISIONS, "9000"), migrations=migrations)
    upgraded, copy = sqlite3.connect(path), sqlite3.connect(f"{path}.before-9000")
    assert revision_of(upgraded) == "9000"
    assert revision_of(copy) == REVISIONS[-1]
    assert upgraded.execute("SELECT note FROM runs").fetchall() == []
    assert upgraded.execute("SELECT count(*) FROM events").fetchone() == (1,)
    assert copy.execute("SELECT count(*) FROM events").fetchone() == (1,)
    upgraded.close()
    copy.close()


def test_an_old_store_learns_who_made_the_newest_attempts(tmp_path, sqlite_store):
    async def write():
        async with sqlite_store(tmp_path) as storage:
            await storage.apply([start_run("r", independent(3)), claim(2)], by="me")
            await storage.apply([Release(run_id="r", task_id="t0", token=1, reason="again"), claim()], by="me")
            return await storage.snapshot()

    async def read():
        async with sqlite_store(tmp_path) as storage:
            return await storage.snapshot(), await storage.verify()

    before = trio.run(write)
    path = tmp_path / "mosaic.db"
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE tasks DROP COLUMN agent")
    connection.execute("ALTER TABLE tasks DROP COLUMN claimed_at")
    connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.commit()
    connection.close()
    after, found = trio.run(read)
    assert after == before
    assert [task["record"]["agent"] for task in after["tasks"]] == ["any", "any", ""]
    assert found.is_sound, found.problems


def test_failed_upgrade_leaves_the_store_as_it_was(tmp_path):
    path = make(tmp_path)
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    broken = NEXT + '    op.execute("SELECT * FROM no_such_table")\n'
    (migrations / "versions" / "revision_9000.py").write_text(broken)
    with pytest.raises(sa.exc.OperationalError):
        prepare(path, busy_seconds=5, revisions=(*REVISIONS, "9000"), migrations=migrations)
    connection = sqlite3.connect(path)
    assert revision_of(connection) == REVISIONS[-1]
    assert "note" not in [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    connection.close()
    prepare(path, busy_seconds=5)


def test_foreign_database_is_refused(tmp_path):
    path = tmp_path / "mosaic.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (a)")
    connection.commit()
    connection.close()
    with pytest.raises(IntegrityError) as caught:
        prepare(str(path), busy_seconds=5)
    assert caught.value.code == "not-a-store"
