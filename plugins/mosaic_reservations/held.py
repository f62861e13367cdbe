"""The reservations of a project: one document, and what of it still holds.

A reservation belongs to an attempt and ends with it: what counts is the stored task's token, state and lease,
never what the document says. So nothing has to be cleaned up, and no reservation outlives its attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.records import is_live
from mosaic_hookspecs.storage import Document, Storage

COLLECTION = "reservations.held"


@attrs.frozen(kw_only=True)
class Held:
    """What one attempt has reserved with one call."""

    run_id: str
    task_id: str
    token: int
    title: str
    by: str
    paths: Sequence[str]
    mode: str
    reason: str
    at: int
    until: int | None = None

    @property
    def attempt(self) -> tuple[str, str, int]:
        """Run, task and token."""
        return (self.run_id, self.task_id, self.token)

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON data, without what the lease says."""
        data = attrs.asdict(self, recurse=False)
        del data["until"]
        return {**data, "paths": list(self.paths)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Held:
        """Build it from what `to_data` returned."""
        return cls(**{**data, "paths": tuple(data["paths"])})


async def living(storage: Storage, document: Document | None, now: int) -> Sequence[Held]:
    """Return the reservations of a document whose attempts go on, each until when its lease lasts."""
    body: Any = document.body if document else {"items": ()}
    items = [Held.from_data(one) for one in body["items"]]
    names = list(dict.fromkeys((one.run_id, one.task_id) for one in items))
    if not names:
        return ()
    found = await storage.look_up(tasks=names)
    records = dict(zip(names, found.tasks, strict=True))
    kept = []
    for one in items:
        record = records[one.run_id, one.task_id]
        if record is not None and is_live(record, one.token, now):
            kept.append(attrs.evolve(one, until=record.lease_until))
    return kept
