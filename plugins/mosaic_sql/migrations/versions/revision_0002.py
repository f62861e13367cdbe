"""Tell whose the newest attempt at a task is, and when it began.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FROM_THE_LOG = """
UPDATE tasks SET agent = coalesce(newest.agent, ''), claimed_at = newest.at
FROM (
    SELECT run_id, task_id, max(sequence), at, json_extract(body, '$.agent') AS agent
    FROM events WHERE kind = 'task.claimed' AND json_valid(body) GROUP BY run_id, task_id
) AS newest
WHERE tasks.run_id = newest.run_id AND tasks.task_id = newest.task_id
"""


def upgrade() -> None:
    """Add the columns, and fill them in from the log."""
    op.add_column("tasks", sa.Column("agent", sa.Text, server_default="", nullable=False))
    op.add_column("tasks", sa.Column("claimed_at", sa.BigInteger))
    op.execute(_FROM_THE_LOG)


def downgrade() -> None:
    """Refuse: an older Mosaic restores the backup that was made before the upgrade."""
    raise NotImplementedError
