"""``task.find``: tasks by their words, over the newest runs or in one.

What a task is called never changes, so the words of a run's tasks are read once, in slices, and then only of
those that were added. Bounded: of what was read the runs that were searched longest ago are forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.operation_table import OperationRow
from mosaic_hookspecs.operations import Call, OperationKind
from mosaic_hookspecs.tasks import RunRecord, TaskState

from .inputs import limit_of
from .reading import Reading, Surroundings

_RUNS = 20
_SLICE = 250  # tasks that are read before others have their turn
_MOST_KEPT = 100_000


@attrs.frozen(kw_only=True)
class FindTasks:
    """Which words, and where."""

    text: str = attrs.field(
        validator=[attrs.validators.min_len(1), attrs.validators.max_len(200)],
        metadata={"help": "Words that are all in a task's title, identifier or path."},
    )
    run_id: str = attrs.field(default="", metadata={"help": f"In this run; in the {_RUNS} newest if empty."})
    limit: int = limit_of(20, 200)


@attrs.frozen(kw_only=True)
class FoundTask:
    """A task, and where it stands."""

    run_id: str
    run_title: str
    task_id: str
    title: str
    path: Sequence[str]
    state: TaskState


@attrs.frozen(kw_only=True)
class FoundTasks:
    """The tasks, those of the newest run first, and of each those first that have the words in their title.
    `is_cut`: there are more.
    """

    items: Sequence[FoundTask]
    is_cut: bool


@attrs.define
class _Words:
    """What a run's tasks are called: id, title, and all in which a word may be, in small letters."""

    tasks: list[tuple[str, str, str]] = attrs.field(factory=list)
    last: int = 0
    """The position up to which they were read."""


class Finder:
    """Finds tasks."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._kept: OrderedDict[str, _Words] = OrderedDict()

    async def find(self, request: FindTasks, call: Call) -> FoundTasks:
        """Return the tasks that have all the words."""
        wanted = request.text.lower().split()
        found: list[FoundTask] = []
        for run in await self._runs(request.run_id):
            words = await self._words(run.run_id)
            names = _matching(words, wanted)[: request.limit + 1 - len(found)]
            found += await self._told(run, names)
            if len(found) > request.limit:
                break
        return FoundTasks(items=found[: request.limit], is_cut=len(found) > request.limit)

    async def _runs(self, run_id: str) -> Sequence[RunRecord]:
        if run_id:
            return [await self._reading.find_run(run_id)]
        return await self._reading.storage.runs(limit=_RUNS)

    async def _words(self, run_id: str) -> _Words:
        words = self._kept.setdefault(run_id, _Words())
        self._kept.move_to_end(run_id)
        while page := await self._reading.storage.tasks(run_id, after=words.last, limit=_SLICE):
            stored = await self._reading.stored(page)
            if page[0].position > words.last:  # nobody else has read them meanwhile
                for record, one in zip(page, stored, strict=True):
                    title, path = (one.spec.title, one.spec.path) if one is not None else ("", ())
                    text = "\n".join((title, record.task_id, *path)).lower()
                    words.tasks.append((record.task_id, title.lower(), text))
                words.last = page[-1].position
            if len(page) < _SLICE:
                break
        self._forget(run_id)
        return words

    def _forget(self, but: str) -> None:
        while len(self._kept) > 1 and sum(len(one.tasks) for one in self._kept.values()) > _MOST_KEPT:
            oldest = next(iter(self._kept))
            if oldest == but:
                break
            del self._kept[oldest]

    async def _told(self, run: RunRecord, names: Sequence[str]) -> Sequence[FoundTask]:
        views = await self._reading.views_of(run.run_id, names) if names else ()
        return [
            FoundTask(
                run_id=run.run_id,
                run_title=run.spec.title,
                task_id=view.task_id,
                title=view.title,
                path=view.path,
                state=view.state,
            )
            for view in views
        ]


def _matching(words: _Words, wanted: Sequence[str]) -> Sequence[str]:
    in_title: list[str] = []
    elsewhere: list[str] = []
    for name, title, text in words.tasks:
        if all(word in text for word in wanted):
            (in_title if all(word in title for word in wanted) else elsewhere).append(name)
    return [*in_title, *elsewhere]


def find_row(here: Surroundings) -> OperationRow:
    """Declare ``task.find``."""
    handler = Finder(Reading(here)).find
    summary = "Find tasks by their words, over the newest runs or in one."
    return "task.find", OperationKind.QUERY, FindTasks, FoundTasks, handler, "run:read", summary
