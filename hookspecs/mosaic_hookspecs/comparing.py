"""Whether two stores hold the same projections, while one of them is still written to.

Owns which records an event can have changed. A record that is found equal is not looked at again until an
event touches it; what differs is kept until the other store has caught up. Tasks are found by their position,
which only grows, so that each is come across once. So the last look, for which writers wait, costs what was
changed since the look before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mosaic_hookspecs import counters
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.records import run_to_data, task_to_data
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord

_PAGE = 250


class Comparison:
    """Compares `new` with `old`, both of the storage port."""

    def __init__(self, old: Any, new: Any) -> None:
        self._old = old
        self._new = new
        self._come_to = 0
        self._runs: set[str] = set()
        self._tasks: set[tuple[str, str]] = set()
        self._counters: set[str] = set()

    def touch(self, events: Iterable[Event]) -> None:
        """Note what these events may have changed, to be compared at the next look."""
        for event in events:
            if event.run_id:
                self._runs.add(event.run_id)
                if event.task_id:
                    self._tasks.add((event.run_id, event.task_id))

    async def touch_every_run(self) -> None:
        """Note every run that the old store holds. Tasks need no note: the first look comes across all."""
        limit, before = _PAGE, None
        while True:
            page = await self._old.runs(limit=limit, before=before)
            self._runs.update(run.run_id for run in page)
            if len(page) < limit:
                break
            # The next page begins with the last millisecond again, since a page may end in the midst of it.
            again = page[-1].created_at + 1
            if again == before:
                limit *= 2
            before = again

    async def look(self) -> Sequence[str]:
        """Compare what is noted and what is new; keep what differs, and return what that is called."""
        self._counters.add(counters.POSITIONS)
        await self._look_at_new_tasks()
        self._runs = await self._differing_runs()
        self._tasks = await self._differing_tasks()
        self._counters = await self._differing_counters()
        return [
            *(f"run {run_id}" for run_id in sorted(self._runs)),
            *(f"task {run_id}/{task_id}" for run_id, task_id in sorted(self._tasks)),
            *(f"counter {key}" for key in sorted(self._counters)),
        ]

    async def _look_at_new_tasks(self) -> None:
        """Compare the tasks behind those that were come across, and note those that differ."""
        while True:
            ours = await self._old.tasks("", after=self._come_to, limit=_PAGE)
            theirs = await self._new.tasks("", after=self._come_to, limit=_PAGE)
            if not ours and not theirs:
                return
            self._come_to = min(page[-1].position for page in (ours, theirs) if page)
            tasks = {
                (task.run_id, task.task_id): None
                for page in (ours, theirs)
                for task in page
                if task.position <= self._come_to
            }
            self._tasks.update(await self._compare(list(tasks), set()))

    async def _differing_runs(self) -> set[str]:
        differing = set()
        for page in _pages(sorted(self._runs)):
            ours, theirs = await self._old.look_up(runs=page), await self._new.look_up(runs=page)
            for place, run_id in enumerate(page):
                pair = (ours.runs[place], theirs.runs[place])
                self._note_counters(run_id, pair)
                if not _are_runs_equal(*pair) or ours.counts[place] != theirs.counts[place]:
                    differing.add(run_id)
        return differing

    def _note_counters(self, run_id: str, runs: Iterable[RunRecord | None]) -> None:
        for run in filter(None, runs):
            for key, queue in run.queues.items():
                self._counters.add(counters.in_queue(run_id, key))
                self._counters.update(counters.held(name) for name, _ in counters.holds_of(run, queue))

    async def _differing_tasks(self) -> set[tuple[str, str]]:
        """Compare the noted tasks, and those of whom the end, or a new beginning, of one counts the needs."""
        dependants: set[tuple[str, str]] = set()
        differing = await self._compare(sorted(self._tasks), dependants)
        return differing | await self._compare(sorted(dependants - self._tasks), set())

    async def _compare(
        self, tasks: Sequence[tuple[str, str]], dependants: set[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """Return which of `tasks` differ; add those that depend on one of them to `dependants`."""
        differing = set()
        for page in _pages(tasks):
            ours, theirs = await self._old.look_up(tasks=page), await self._new.look_up(tasks=page)
            for place, names in enumerate(page):
                stored = ours.stored[place]
                if stored is not None:
                    dependants.update((names[0], dependant.task_id) for dependant in stored.dependants)
                is_equal = _are_tasks_equal(ours.tasks[place], theirs.tasks[place])
                if not is_equal or not _are_specs_equal(stored, theirs.stored[place]):
                    differing.add(names)
        return differing

    async def _differing_counters(self) -> set[str]:
        differing: set[str] = set()
        for page in _pages(sorted(self._counters)):
            ours, theirs = await self._old.look_up(counters=page), await self._new.look_up(counters=page)
            pairs = zip(page, ours.counters, theirs.counters, strict=True)
            differing.update(key for key, our, their in pairs if our != their)
        return differing


def _pages(names: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (names[start : start + _PAGE] for start in range(0, len(names), _PAGE))


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
