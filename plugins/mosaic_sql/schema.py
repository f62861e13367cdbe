"""The schema in SQLAlchemy Core: what tables and indexes a store has.

Owns their description; `migrations` makes them, and a test holds the two together. Nothing on the way
of a command imports this module, since importing SQLAlchemy costs more than a whole `mosaic status`.
"""

from __future__ import annotations

import sqlalchemy as sa


def build_schema() -> sa.MetaData:
    """Build the tables on a MetaData of their own, so that each generation has its own."""
    schema = sa.MetaData()

    sa.Table(
        "log_head",
        schema,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    sa.Table(
        "events",
        schema,
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Index("events_of_run", "run_id", sqlite_where=sa.text("run_id != ''")),
        sa.Index("events_of_task", "run_id", "task_id", sqlite_where=sa.text("task_id != ''")),
    )
    sa.Table(
        "runs",
        schema,
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("queues", sa.Text, nullable=False),
        sa.Column("spent", sa.Text, nullable=False),
        sa.Index("runs_by_age", "created_at", "run_id"),
        sa.Index("runs_active", "created_at", "run_id", sqlite_where=sa.text("state = 'active'")),
    )
    sa.Table(
        "tasks",
        schema,
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("queue_key", sa.Text, nullable=False),
        sa.Column("priority", sa.BigInteger, nullable=False),
        sa.Column("unmet", sa.BigInteger, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("refusals", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("deadline", sa.BigInteger),
        sa.Column("is_approved", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("commit_id", sa.Text, nullable=False),
        sa.Column("merge", sa.Text),
        sa.Column("outputs", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, server_default="", nullable=False),
        sa.Column("claimed_at", sa.BigInteger),
        sa.Index("tasks_by_name", "run_id", "task_id", unique=True),
        sa.Index("tasks_in_order", "run_id", "position"),
        sa.Index(
            "tasks_ready",
            "run_id",
            "queue_key",
            sa.text("priority DESC"),
            "position",
            sqlite_where=sa.text("state = 'ready'"),
        ),
        sa.Index("tasks_due", "deadline", "position", sqlite_where=sa.text("deadline IS NOT NULL")),
    )
    sa.Table(
        "task_specs",
        schema,
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("dependants", sa.Text, nullable=False),
    )
    sa.Table(
        "counters",
        schema,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    sa.Table(
        "documents",
        schema,
        sa.Column("collection", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    sa.Table(
        "blobs",
        schema,
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    return schema
