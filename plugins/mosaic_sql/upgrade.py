"""The schema's version: checked at every start, made or upgraded by Alembic where it is not today's.

Owns the decision; the steps are in `migrations`. Alembic and SQLAlchemy are imported only when there
is something to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import IntegrityError

from .sqlite import APPLICATION_ID, connect, sync_directory, use_wal

REVISIONS: Sequence[str] = ("0001", "0002")
"""Every version of the schema, oldest first; the last is the one that this code reads and writes."""
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(connection: sqlite3.Connection) -> str:
    """Return the schema's version; "" for an empty file.

    Raises:
        IntegrityError: the file holds something that is not Mosaic's (code ``not-a-store``).
    """
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return ""
    is_ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    if not is_ours or "alembic_version" not in tables:
        raise IntegrityError(
            "not-a-store",
            "the file is a database of another program",
            hint="Name another file in the setting `path` of the plugin `sqlite`.",
        )
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def _make_directory(directory: Path) -> None:
    """Make the directory of a store; one that is new is kept out of git."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        (directory / ".gitignore").write_text("*\n", encoding="utf-8")


def prepare(
    path: str, *, busy_seconds: float, revisions: Sequence[str] = REVISIONS, migrations: Path = MIGRATIONS
) -> None:
    """Make the store if there is none, and upgrade it if it is older, after copying it.

    Raises:
        IntegrityError: it is newer than this Mosaic (code ``unknown-schema``), or no store.
    """
    _make_directory(Path(path).parent)
    connection = connect(path, busy_seconds=busy_seconds)
    try:
        found = revision_of(connection)
        if found == revisions[-1]:
            return
        if found and found not in revisions:
            raise IntegrityError(
                "unknown-schema",
                "the store was written by a newer Mosaic",
                expected=f"schema {revisions[-1]} or older",
                got=f"schema {found}",
                hint="Upgrade mosaic-stack, or restore a backup that this version wrote.",
            )
        if found:
            _copy(connection, f"{path}.before-{revisions[-1]}")
        else:
            use_wal(connection, busy_seconds)
        _migrate(connection, migrations)
    finally:
        connection.close()


def _copy(connection: sqlite3.Connection, path: str) -> None:
    """Copy the store to a file beside it, anew if there is one from an upgrade that did not end."""
    Path(path).unlink(missing_ok=True)
    copy = sqlite3.connect(path)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    sync_directory(str(Path(path).parent))


def _migrate(connection: sqlite3.Connection, migrations: Path) -> None:
    """Run what is missing in one transaction, which begins by locking out every other process."""
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.pool import StaticPool

    engine = sa.create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    @sa.event.listens_for(engine, "begin")
    def _begin(opened: sa.Connection) -> None:
        opened.exec_driver_sql("BEGIN IMMEDIATE")

    config = Config(attributes={})
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as opened, opened.begin():
        attributes: dict[str, Any] = config.attributes
        attributes["connection"] = opened
        command.upgrade(config, "head")
        opened.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
