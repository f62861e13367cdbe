"""Whether two stores hold the same projections, while one of them is still written to.

Owns which records an event can have changed. A record that is found equal is not looked at again until an
event touches it; what differs is kept until the other store has caught up. So the last look, for which
writers wait, costs what was changed since the look before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mosaic_hookspecs import counters
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.records import run_to_data, task_to_data
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord

_PAGE = 500


class Comparison:
    """Compares `new` with `old`, both of the storage port."""

    def __init__(self, old: Any, new: Any) -> None:
        self._old = old
        self._new = new
        self._whole: set[str] = set()
        self._runs: set[str] = set()
        self._tasks: set[tuple[str, str]] = set()
        self._counters: set[str] = set()

    def touch(self, events: Iterable[Event]) -> None:
        """Note what these events may have changed, to be compared at the next look."""
        for event in events:
            if not event.run_id:
                continue
            self._runs.add(event.run_id)
            if event.task_id:
                self._tasks.add((event.run_id, event.task_id))
            elif event.kind == "run.extended":
                self._whole.add(event.run_id)

    async def touch_everything(self) -> None:
        """Note everything that the old store holds."""
        limit, before = _PAGE, None
        while True:
            page = await self._old.runs(limit=limit, before=before)
            self._whole.update(run.run_id for run in page)
            if len(page) < limit:
                break
            # The next page begins with the last millisecond again, since a page may end in the midst of it.
            again = page[-1].created_at + 1
            if again == before:
                limit *= 2
            before = again
        self._runs |= self._whole

    async def look(self) -> Sequence[str]:
        """Compare what is noted; keep what differs, and return what that is called."""
        self._counters.add(counters.POSITIONS)
        for run_id in sorted(self._whole):
            await self._compare_tasks_of(run_id)
        self._whole.clear()
        self._runs = {run_id for run_id in sorted(self._runs) if not await self._is_run_equal(run_id)}
        await self._add_dependants()
        self._tasks = {names for names in sorted(self._tasks) if not await self._is_task_equal(*names)}
        self._counters = {key for key in sorted(self._counters) if not await self._is_count_equal(key)}
        return [
            *(f"run {run_id}" for run_id in sorted(self._runs)),
            *(f"task {run_id}/{task_id}" for run_id, task_id in sorted(self._tasks)),
            *(f"counter {key}" for key in sorted(self._counters)),
        ]

    async def _compare_tasks_of(self, run_id: str) -> None:
        after = 0
        while True:
            ours = await self._old.tasks(run_id, after=after, limit=_PAGE)
            theirs = await self._new.tasks(run_id, after=after, limit=_PAGE)
            if not ours and not theirs:
                return
            found = {task.task_id: task for task in theirs}
            for task in ours:
                other = found.pop(task.task_id, None)
                is_equal = _are_tasks_equal(task, other) and await self._is_spec_equal(run_id, task.task_id)
                if not is_equal:
                    self._tasks.add((run_id, task.task_id))
            self._tasks.update((run_id, task_id) for task_id in found)
            after = min(page[-1].position for page in (ours, theirs) if page)

    async def _add_dependants(self) -> None:
        """Note those of whom the end, or a new beginning, of a noted task counts the needs."""
        for run_id, task_id in sorted(self._tasks):
            stored = await self._old.stored(run_id, task_id)
            if stored is not None:
                self._tasks.update((run_id, dependant.task_id) for dependant in stored.dependants)

    async def _is_run_equal(self, run_id: str) -> bool:
        ours, theirs = await self._old.run(run_id), await self._new.run(run_id)
        for run in (ours, theirs):
            for key, queue in run.queues.items() if run is not None else ():
                self._counters.add(counters.in_queue(run_id, key))
                self._counters.update(counters.held(name) for name, _ in counters.holds_of(run, queue))
        if not _are_runs_equal(ours, theirs):
            return False
        return bool(await self._old.counts(run_id) == await self._new.counts(run_id))

    async def _is_task_equal(self, run_id: str, task_id: str) -> bool:
        ours, theirs = await self._old.task(run_id, task_id), await self._new.task(run_id, task_id)
        return _are_tasks_equal(ours, theirs) and await self._is_spec_equal(run_id, task_id)

    async def _is_spec_equal(self, run_id: str, task_id: str) -> bool:
        return _are_specs_equal(
            await self._old.stored(run_id, task_id), await self._new.stored(run_id, task_id)
        )

    async def _is_count_equal(self, key: str) -> bool:
        return bool(await self._old.count(key) == await self._new.count(key))


# A store may give a list where another gives a tuple, so what looks different is compared as JSON.


def _are_runs_equal(ours: RunRecord | None, theirs: RunRecord | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if list(ours.queues) != list(theirs.queues):  # claims follow their order
        return False
    return ours == theirs or canonical_json(run_to_data(ours)) == canonical_json(run_to_data(theirs))


def _are_tasks_equal(ours: TaskRecord | None, theirs: TaskRecord | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours == theirs or canonical_json(task_to_data(ours)) == canonical_json(task_to_data(theirs))


def _are_specs_equal(ours: StoredTask | None, theirs: StoredTask | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if tuple(ours.dependants) != tuple(theirs.dependants):
        return False
    return ours.spec == theirs.spec or canonical_json(ours.spec.to_data()) == canonical_json(
        theirs.spec.to_data()
    )
