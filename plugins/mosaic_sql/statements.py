"""The SQL that runs on the way of a command or a query, as text.

Text, and not SQLAlchemy Core: that costs twice the time a command, and its import alone ten times what
`mosaic status` may. The columns are those of `schema`; a test prepares every statement against it.
"""

from __future__ import annotations

# ruff: noqa: S608 - what is put in are the column lists above, never a value

EVENT_COLUMNS = "sequence, at, kind, run_id, task_id, principal, body, hash"
TASK_COLUMNS = (
    "position, run_id, task_id, state, queue_key, priority, unmet, token, refusals, holder, lease_until,"
    " not_before, deadline, is_approved, cause, reason, commit_id, merge, outputs, agent, claimed_at"
)
RUN_COLUMNS = "run_id, state, created_at, ended_at, total, spec, queues, spent"
SPEC_COLUMNS = "position, spec, dependants"

INSERT_EVENT = f"INSERT INTO events ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_TASK = f"INSERT INTO tasks ({TASK_COLUMNS}) VALUES ({', '.join('?' * 21)})"
INSERT_SPEC = f"INSERT INTO task_specs ({SPEC_COLUMNS}) VALUES (?, ?, ?)"
UPDATE_TASK = (
    "UPDATE tasks SET state = ?, priority = ?, unmet = ?, token = ?, refusals = ?, holder = ?, lease_until = ?,"
    " not_before = ?, deadline = ?, is_approved = ?, cause = ?, reason = ?, commit_id = ?, merge = ?,"
    " outputs = ?, agent = ?, claimed_at = ? WHERE position = ?"
)
UPDATE_UNMET = "UPDATE tasks SET unmet = ? WHERE position = ?"
WRITE_RUN = f"INSERT OR REPLACE INTO runs ({RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
WRITE_COUNTER = (
    "INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
WRITE_HEAD = (
    "INSERT INTO log_head (id, sequence, hash) VALUES (1, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash"
)

HEAD = "SELECT sequence, hash FROM log_head WHERE id = 1"
RUN = f"SELECT {RUN_COLUMNS} FROM runs WHERE run_id = ?"
ACTIVE_RUNS = f"SELECT {RUN_COLUMNS} FROM runs WHERE state = 'active' ORDER BY created_at, run_id"
RUNS = f"SELECT {RUN_COLUMNS} FROM runs WHERE created_at < ? ORDER BY created_at DESC, run_id DESC LIMIT ?"
TASK = f"SELECT {TASK_COLUMNS} FROM tasks WHERE run_id = ? AND task_id = ?"
STORED = (
    "SELECT spec, dependants FROM task_specs WHERE position ="
    " (SELECT position FROM tasks WHERE run_id = ? AND task_id = ?)"
)
READY = (
    f"SELECT {TASK_COLUMNS} FROM tasks WHERE run_id = ? AND queue_key = ? AND state = 'ready'"
    " ORDER BY priority DESC, position LIMIT ?"
)
OVERDUE = (
    f"SELECT {TASK_COLUMNS} FROM tasks WHERE deadline IS NOT NULL AND deadline <= ?"
    " ORDER BY deadline, position LIMIT ?"
)
NEXT_DEADLINE = "SELECT deadline FROM tasks WHERE deadline IS NOT NULL ORDER BY deadline LIMIT 1"
COUNTER = "SELECT value FROM counters WHERE name = ?"
TASKS = f"SELECT {TASK_COLUMNS} FROM tasks WHERE run_id = ? AND position > ?"
TASKS_OF_ALL = f"SELECT {TASK_COLUMNS} FROM tasks WHERE position > ?"
EVENT_HASH = "SELECT hash FROM events WHERE sequence = ?"
EVENTS = f"SELECT {EVENT_COLUMNS} FROM events WHERE sequence > ?"

DOCUMENT = "SELECT version, body FROM documents WHERE collection = ? AND name = ?"
DOCUMENTS = "SELECT name, version, body FROM documents WHERE collection = ? AND name > ? ORDER BY name LIMIT ?"
WRITE_DOCUMENT = (
    "INSERT INTO documents (collection, name, version, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (collection, name) DO UPDATE SET version = excluded.version, body = excluded.body"
)
DELETE_DOCUMENT = "DELETE FROM documents WHERE collection = ? AND name = ?"
COLLECTIONS = (  # one look-up a collection, where DISTINCT would read every document
    "WITH RECURSIVE found (name) AS (SELECT min(collection) FROM documents UNION ALL"
    " SELECT (SELECT min(collection) FROM documents WHERE collection > found.name) FROM found"
    " WHERE found.name IS NOT NULL) SELECT name FROM found WHERE name IS NOT NULL"
)
BLOB = "SELECT data FROM blobs WHERE digest = ?"
HAS_BLOB = "SELECT 1 FROM blobs WHERE digest = ?"
BLOBS = "SELECT digest FROM blobs WHERE digest > ? ORDER BY digest LIMIT ?"
WRITE_BLOB = "INSERT INTO blobs (digest, data) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
