"""What the rules see of a store inside one transaction.

Owns the `View` protocol. A storage provider implements it over its tables; it never decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord


class View(Protocol):
    """Reads and writes of one transaction; what was written is visible to the reads after it."""

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run, or None if there is none of that name."""

    def active_runs(self) -> Sequence[RunRecord]:
        """Return every run whose state is `active`, oldest first."""

    def task(self, run_id: str, task_id: str) -> TaskRecord | None:
        """Return how a task stands, or None if there is none of that name."""

    def stored(self, run_id: str, task_id: str) -> StoredTask:
        """Return the unchanging part of a task that exists."""

    def ready(self, run_id: str, queue_key: str, limit: int) -> Sequence[TaskRecord]:
        """Return at most `limit` tasks in state `ready` of one queue: largest `priority` first, then
        smallest `position`. Must cost an index look-up, however many tasks there are.
        """

    def overdue(self, now: int, limit: int) -> Sequence[TaskRecord]:
        """Return at most `limit` tasks of which `not_before` (in state `delayed`) or `lease_until` (in
        a held state) is not later than `now`, earliest first.
        """

    def count(self, key: str) -> int:
        """Return a counter; 0 if it was never added to."""

    def add(self, key: str, delta: int) -> None:
        """Add to a counter."""

    def put_run(self, record: RunRecord) -> None:
        """Store a run, new or changed."""

    def add_task(self, record: TaskRecord, stored: StoredTask) -> None:
        """Store a new task."""

    def put_task(self, record: TaskRecord) -> None:
        """Replace how a task stands."""
