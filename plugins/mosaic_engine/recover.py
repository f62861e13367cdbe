"""Recovery: what dead workers of this machine left behind, before driving begins."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.commands import Release
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskRecord, TaskState

from .holder import is_dead
from .write_queue import Batch, Outcomes, WriteQueue

_HELD = tuple(state for state in TaskState if state.is_held)
_PAGE = 1000
_Name = tuple[str, str, int]


async def release_dead(storage: Storage, writes: WriteQueue, run_id: str) -> int:
    """Release what dead local workers hold of a run ("": of every run that is not finished), so that
    nobody waits for those leases to run out; return how many there were. Who is alive, or cannot be
    known, keeps the lease.
    """
    batches: list[Batch] = []
    released = 0
    for run in await _unfinished(storage, run_id):
        for record in await _held(storage, run.run_id):
            if record.holder and is_dead(record.holder):
                command = Release(
                    run_id=record.run_id,
                    task_id=record.task_id,
                    token=record.token,
                    reason="its worker died",
                )
                batches.append(Batch((command,), _ignore))
                released += 1
    await writes.apply(batches)
    return released


def _ignore(outcomes: Outcomes) -> None:
    """A refusal says that somebody else was faster, or that the holder lives."""


async def _unfinished(storage: Storage, run_id: str) -> Sequence[RunRecord]:
    if run_id:
        run = await storage.run(run_id)
        return [run] if run is not None else []
    found: list[RunRecord] = []
    before: int | None = None
    while True:
        page = await storage.runs(limit=_PAGE, before=before)
        found += [run for run in page if run.state is not RunState.FINISHED]
        if len(page) < _PAGE:
            return found
        before = page[-1].created_at


async def _held(storage: Storage, run_id: str) -> Sequence[TaskRecord]:
    found: list[TaskRecord] = []
    after = 0
    while True:
        page = await storage.tasks(run_id, states=_HELD, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return found
        after = page[-1].position


async def reap(context: Context, storage: Storage) -> int:
    """Have every workspace provider remove what dead attempts left; return how many there were.

    Providers ask without waiting, and the store answers only to those who wait: so they are asked
    twice, first to learn what there is, then with answers. What turned up in between is live.
    """
    port = context.port("workspace")
    removed = 0
    for name in port.names():
        provider = port.get(name)
        asked: set[_Name] = set()

        def note(run_id: str, task_id: str, token: int, asked: set[_Name] = asked) -> bool:
            asked.add((run_id, task_id, token))
            return True

        await provider.reap(note)
        if dead := {one for one in asked if await _is_over(storage, *one)}:
            removed += await provider.reap(lambda *one, dead=dead: one not in dead)
    return removed


async def _is_over(storage: Storage, run_id: str, task_id: str, token: int) -> bool:
    """Whether the attempt can do nothing any more. What the store does not know is left alone: it may
    belong to another store.
    """
    record = await storage.task(run_id, task_id)
    if record is None:
        return False
    if record.merge is not None and record.merge.token == token:
        return False
    return record.token != token or not record.state.is_held
