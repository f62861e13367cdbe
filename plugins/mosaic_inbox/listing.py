"""What waits for a person now: found from the store, so that it is true whoever did what meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import counters
from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.documents import documents_of
from mosaic_hookspecs.errors import NotFound, Refused
from mosaic_hookspecs.records import is_live
from mosaic_hookspecs.storage import Document, Storage
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskRecord, TaskSpec, TaskState

from .configuration import Config
from .identifiers import GATE, QUESTION, TASK, subject_of
from .offer import OFFER
from .records import Item
from .store import QUESTIONS, TASKS, Store

YES, NO = "yes", "no"
_PAGE = 1000


class Listing:
    """Finds and names what waits."""

    def __init__(self, store: Store, clock: Clock, config: Config) -> None:
        self._store = store
        self._clock = clock
        self._config = config

    async def items(self, run_id: str = "") -> Sequence[Item]:
        """Return all that waits, of one run if it is named, the oldest first. `told` says what each is."""
        found = [item async for item in self._tasks()]
        taken = {item.id for item in found}
        with self._store() as storage:
            for run in await self._runs(storage, run_id):
                found += [item async for item in self._of_run(storage, run) if item.id not in taken]
        found += [item async for item in self._questions()]
        return sorted((one for one in found if run_id in ("", one.run_id)), key=lambda one: (one.since, one.id))

    async def told(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return these with the words of their tasks and runs, which are read of what is shown alone."""
        titles: dict[str, str] = {}
        told: list[Item] = []
        with self._store() as storage:
            for item in items:
                if item.run_id and item.run_id not in titles:
                    run = await storage.run(item.run_id)
                    titles[item.run_id] = run.spec.title if run else ""
                words = item if item.title else await self._worded(storage, item)
                told.append(attrs.evolve(words, run_title=titles.get(item.run_id, "")))
        return told

    async def find(self, name: str) -> Item:
        """Return an item by its id, or by the id of its task.

        Raises:
            NotFound: nothing of that name waits. Refused: several tasks have that id (code ``not-one``).
        """
        subject = subject_of(name)
        items = await self.items(subject.run_id if subject else "")
        found = [one for one in items if one.id == name] or [
            one for one in items if one.task_id == name and not one.id.startswith(QUESTION)
        ]
        if len(found) > 1:
            raise Refused(
                "not-one",
                f"{len(found)} tasks called {name!r} wait for a person",
                expected=", ".join(one.id for one in found),
                hint="Name one of these.",
            )
        if not found:
            raise NotFound(
                "no-item",
                f"nothing called {name!r} waits for a person",
                hint="`mosaic inbox` lists what does; it may have been answered, or its attempt ended.",
            )
        [item] = await self.told(found)
        return item

    async def spec(self, item: Item) -> TaskSpec | None:
        """Return what the item's task asks for."""
        if not item.task_id:
            return None
        with self._store() as storage:
            stored = await storage.stored(item.run_id, item.task_id)
        return stored.spec if stored else None

    async def _tasks(self) -> AsyncIterator[Item]:
        """Yield the tasks that people have now: those whose attempts go on."""
        for document in await self._all(TASKS):
            run_id, task_id, token = _parts(document.key)
            with self._store() as storage:
                record = await storage.task(run_id, task_id)
                stored = await storage.stored(run_id, task_id)
            if record is None or stored is None or not is_live(record, token, self._clock.now()):
                continue
            if record.state is TaskState.LEASED:
                body: Any = document.body
                yield Item(
                    id=f"{TASK}{run_id}/{task_id}",
                    kind="task",
                    state="taken" if body["taken_by"] else "open",
                    title=stored.spec.title or task_id,
                    text=_words(stored.spec),
                    run_id=run_id,
                    task_id=task_id,
                    token=token,
                    taken_by=body["taken_by"],
                    place=body["place"],
                    since=body["since"],
                    until=body["since"] + round(1000 * stored.spec.timeout_seconds),
                )

    async def _all(self, collection: str) -> Sequence[Document]:
        with self._store() as storage:
            return await documents_of(storage, collection)

    async def _runs(self, storage: Storage, run_id: str) -> Sequence[RunRecord]:
        if run_id:
            run = await storage.run(run_id)
            runs: Sequence[RunRecord] = [run] if run else []
        else:
            runs = await self._all_runs(storage)
        return [run for run in runs if run.state in (RunState.ACTIVE, RunState.PAUSED)]

    async def _all_runs(self, storage: Storage) -> Sequence[RunRecord]:
        found: dict[str, RunRecord] = {}
        before: int | None = None
        while True:
            page = await storage.runs(limit=_PAGE, before=before)
            known = len(found)
            found.update((run.run_id, run) for run in page)
            if len(page) < _PAGE:
                return tuple(found.values())
            # Several runs may have begun in the millisecond at which a page ends.
            before = page[-1].created_at + (1 if len(found) > known else 0)

    async def _of_run(self, storage: Storage, run: RunRecord) -> AsyncIterator[Item]:
        """Yield a run's gates, and its tasks for people that nothing has claimed yet."""
        counts: Mapping[TaskState, int] = await storage.counts(run.run_id)
        if counts.get(TaskState.GATED):
            async for record in self._records(storage, run, [TaskState.GATED]):
                yield _gate(run, record)
        states = [TaskState.DELAYED] if counts.get(TaskState.DELAYED) else []  # given back: they come again
        if counts.get(TaskState.READY) and await self._has_room_for_people(storage, run):
            states.append(TaskState.READY)
        if states and any(OFFER.takes(queue.runtime, queue.labels) for queue in run.queues.values()):
            async for record in self._records(storage, run, states):
                queue = run.queues[record.queue_key]
                if OFFER.takes(queue.runtime, queue.labels):
                    yield _ready(run, record)

    async def _records(
        self, storage: Storage, run: RunRecord, states: Sequence[TaskState]
    ) -> AsyncIterator[TaskRecord]:
        after = 0
        while page := await storage.tasks(run.run_id, states=states, after=after, limit=_PAGE):
            for record in page:
                yield record
            if len(page) < _PAGE:
                return
            after = page[-1].position

    async def _has_room_for_people(self, storage: Storage, run: RunRecord) -> bool:
        for queue in run.queues.values():
            is_ours = OFFER.takes(queue.runtime, queue.labels)
            if is_ours and await storage.count(counters.in_queue(run.run_id, queue.key)):
                return True
        return False

    async def _worded(self, storage: Storage, item: Item) -> Item:
        """Return a gate, or a task that nothing has claimed yet, with its words."""
        stored = await storage.stored(item.run_id, item.task_id)
        spec = stored.spec if stored else TaskSpec(task_id=item.task_id)
        title = spec.title or item.task_id
        if item.kind == "gate":
            text = f"{title} starts when this is approved."
            return attrs.evolve(item, title=spec.approval or title, text=text)
        return attrs.evolve(item, title=title, text=_words(spec))

    async def _questions(self) -> AsyncIterator[Item]:
        """Yield the questions that somebody still wants answered."""
        for document in await self._all(QUESTIONS):
            body: Any = document.body
            if body["answer"] is None and await self.is_wanted(body):
                yield item_of(document.key, body)

    async def is_wanted(self, body: Any) -> bool:
        """Whether a question still waits: not too old, its task not over, and a permission still waited for."""
        now = self._clock.now()
        if now > body["at"] + self._config.question_seconds * 1000:
            return False
        if is_withdrawn(body, now):
            return False
        if not (body["run_id"] and body["task_id"]):
            return True
        with self._store() as storage:
            record = await storage.task(body["run_id"], body["task_id"])
        return record is None or not record.state.is_final


def _gate(run: RunRecord, record: TaskRecord) -> Item:
    return Item(
        id=f"{GATE}{run.run_id}/{record.task_id}",
        kind="gate",
        title="",
        options=(YES, NO),
        run_id=run.run_id,
        task_id=record.task_id,
        since=run.created_at,
    )


def _ready(run: RunRecord, record: TaskRecord) -> Item:
    return Item(
        id=f"{TASK}{run.run_id}/{record.task_id}",
        kind="task",
        state="ready",
        title="",
        run_id=run.run_id,
        task_id=record.task_id,
        since=run.created_at,
    )


def is_withdrawn(body: Any, now: int) -> bool:
    """Whether this asks for a permission that nobody waits for any more, answered or not."""
    return bool(body["kind"] == "permission" and now > body["waits_until"])


def item_of(key: str, body: Any) -> Item:
    """Return a question as an item."""
    names = ("kind", "title", "text", "run_id", "task_id", "by")
    return Item(
        id=key,
        options=tuple(body["options"]),
        since=body["at"],
        until=body["waits_until"] if body["kind"] == "permission" else None,
        **{name: body[name] for name in names},
    )


def _parts(key: str) -> tuple[str, str, int]:
    run_id, _, rest = key.partition("/")
    task_id, _, token = rest.rpartition("/")
    return run_id, task_id, int(token)


def _words(spec: TaskSpec) -> str:
    text = spec.work.get("description", "")
    return text if isinstance(text, str) else ""
