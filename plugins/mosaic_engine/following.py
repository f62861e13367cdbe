"""The tasks of a run as they change: what the events of the log touched, as it is when it is told.

Owns how events become batches. A task that changes ten times between two batches is told once; a batch
says nothing that an earlier moment knew and a later one took back.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from itertools import islice

from .pace import Pace
from .reading import Reading
from .touching import touched
from .views import TaskBatch

MOST_TASKS = 500
_PAGE = 100  # events of a run's creation bring two hundred tasks each


async def follow_tasks(reading: Reading, run_id: str, after: int) -> AsyncGenerator[TaskBatch, None]:
    """Yield the views of what the events beyond `after` touched, then of what further ones do, for ever.

    A batch's `sequence` is the event up to which all was told: one that is too large for a batch keeps the
    sequence of before until its last part. Raises `NotFound`.
    """
    storage = reading.storage
    run_id = (await reading.find_run(run_id)).run_id
    pace = Pace()
    pending: dict[str, None] = {}
    read = after
    while True:
        await pace.turn()
        if not pending:
            after = read
            head = await storage.head()
            while len(pending) < MOST_TASKS:
                page = await storage.events(after=read, limit=_PAGE, run_id=run_id)
                if page:
                    pending.update(dict.fromkeys(await touched(page, storage)))
                    read = page[-1].sequence
                if len(page) < _PAGE:
                    break
            if read == after:
                await storage.wait(head)
                continue
        names = tuple(islice(pending, MOST_TASKS))
        for name in names:
            del pending[name]
        told = after if pending else read
        yield TaskBatch(
            sequence=told,
            run=await reading.view_of(await reading.find_run(run_id), told),
            tasks=await reading.views_of(run_id, names),
        )
