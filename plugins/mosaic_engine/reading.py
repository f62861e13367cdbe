"""The engine's queries: from records of the store to views."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mosaic_hookspecs import counters
from mosaic_hookspecs.errors import NotFound
from mosaic_hookspecs.tasks import RunRecord, StoredTask, TaskRecord, TaskState
from mosaic_hookspecs.which_run import find_run

from .progress import standing_of
from .views import LogsView, RunView, TaskDetail, TaskView, WhyView
from .why import Facts, explain

if TYPE_CHECKING:
    # Not for a glance at the status, which starts no kernel and should import little.
    from mosaic_hookspecs.events import Event
    from mosaic_hookspecs.offers import AgentOffer
    from mosaic_hookspecs.storage import Storage

_PAGE = 500


class Surroundings(Protocol):
    """What is read from, and what else answers depend on."""

    @property
    def storage(self) -> Storage:
        """The store."""

    @property
    def quotas(self) -> Mapping[str, int]:
        """How much of each resource may be held at once."""

    @property
    def state_directory(self) -> Path:
        """Where the logs of attempts are."""

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""

    def offers(self) -> Sequence[AgentOffer]:
        """Return what the agents that are here offer."""

    async def stored(self, names: Sequence[tuple[str, str]]) -> Sequence[StoredTask | None]:
        """Return the unchanging part of each task, by the names of its run and of itself."""


class Reading:
    """Answers questions about runs and tasks."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._here = surroundings

    @property
    def storage(self) -> Storage:
        """The store."""
        return self._here.storage

    async def find_run(self, run_id: str) -> RunRecord:
        """Return a run ("": the newest). Raises `NotFound`."""
        return await find_run(self.storage, run_id)

    async def run_view(self, run_id: str) -> RunView:
        """Return how a run stands ("": the newest)."""
        sequence = await self.storage.head()
        return await self.view_of(await self.find_run(run_id), sequence)

    async def view_of(self, run: RunRecord, sequence: int) -> RunView:
        """Return a run's record as a view."""
        run, result = await standing_of(self.storage, run, self._here.offers, self._here.quotas)
        counts = await self.storage.counts(run.run_id)
        spec = run.spec
        return RunView(
            run_id=spec.run_id,
            project=spec.project,
            title=spec.title,
            target=spec.target,
            state=run.state,
            result=result,
            total=run.total,
            counts={state.value: number for state, number in counts.items()},
            created_at=run.created_at,
            ended_at=run.ended_at,
            now=self._here.now(),
            spent=run.spent,
            budget=spec.budget,
            inputs=spec.inputs,
            settings=spec.settings,
            sequence=sequence,
        )

    async def runs(self, limit: int, before: int | None) -> Sequence[RunView]:
        """Return runs, newest first."""
        sequence = await self.storage.head()
        return [
            await self.view_of(run, sequence) for run in await self.storage.runs(limit=limit, before=before)
        ]

    async def tasks(
        self, run_id: str, states: Sequence[TaskState], after: int, limit: int
    ) -> Sequence[TaskView]:
        """Return a run's tasks in order of position."""
        run = await self.find_run(run_id)
        page = await self.storage.tasks(run.run_id, states=tuple(states), after=after, limit=limit)
        stored = await self.stored(page)
        return [task_view(record, one) for record, one in zip(page, stored, strict=True) if one is not None]

    async def views_of(self, run_id: str, task_ids: Sequence[str]) -> Sequence[TaskView]:
        """Return how tasks of a run stand, all as of one moment; those that are not there are left out."""
        found = await self.storage.look_up(tasks=[(run_id, task_id) for task_id in task_ids])
        return [
            task_view(record, stored)
            for record, stored in zip(found.tasks, found.stored, strict=True)
            if record is not None and stored is not None
        ]

    async def find_task(self, run_id: str, task_id: str) -> tuple[RunRecord, TaskRecord, StoredTask]:
        """Return a task with its run ("": the newest). Raises `NotFound`."""
        run = await self.find_run(run_id)
        record = await self.storage.task(run.run_id, task_id)
        if record is None:
            raise NotFound(
                "no-task",
                f"there is no task {task_id!r} in run {run.run_id!r}",
                hint=f"`mosaic status {run.run_id} --all` lists its tasks.",
            )
        return run, record, await self._stored(record)

    async def _stored(self, record: TaskRecord) -> StoredTask:
        stored = await self.storage.stored(record.run_id, record.task_id)
        if stored is None:
            raise NotFound("no-task", f"task {record.task_id!r} has no stored specification")
        return stored

    async def task_view(self, run_id: str, task_id: str) -> TaskView:
        """Return how a task stands."""
        _, record, stored = await self.find_task(run_id, task_id)
        return task_view(record, stored)

    async def detail(self, run_id: str, task_id: str) -> TaskDetail:
        """Return everything about a task."""
        from .history import attempts_of

        _, record, stored = await self.find_task(run_id, task_id)
        return TaskDetail(
            task=task_view(record, stored),
            spec=stored.spec,
            outputs=record.outputs,
            attempts=attempts_of(await self._events(record)),
            titles=await self.titles(record.run_id, [need.task_id for need in stored.spec.needs]),
        )

    async def _events(self, record: TaskRecord) -> Sequence[Event]:
        found: list[Event] = []
        while True:
            after = found[-1].sequence if found else 0
            page = await self.storage.events(after=after, run_id=record.run_id, task_id=record.task_id)
            if not page:
                return found
            found += page

    async def why(self, run_id: str, task_id: str) -> WhyView:
        """Return why a task is where it is."""
        run, record, stored = await self.find_task(run_id, task_id)
        blockers = explain(await self.facts(run, record, stored))
        titles = await self.titles(run.run_id, [blocker.task_id for blocker in blockers])
        return WhyView(run_id=run.run_id, task_id=task_id, state=record.state, blockers=blockers, titles=titles)

    async def titles(self, run_id: str, task_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the titles of tasks of a run, by their names; those that have none are left out."""
        named = tuple(dict.fromkeys(filter(None, task_ids)))
        stored = await self._here.stored([(run_id, name) for name in named]) if named else ()
        return {name: one.spec.title for name, one in zip(named, stored, strict=True) if one and one.spec.title}

    async def facts(self, run: RunRecord, record: TaskRecord, stored: StoredTask) -> Facts:
        """Return what bears on why a task is where it is."""
        needs: list[TaskRecord] = []
        tolerated: set[str] = set()
        if record.state is TaskState.BLOCKED:
            for need in stored.spec.needs:
                other = await self.storage.task(run.run_id, need.task_id)
                if other is not None:
                    needs.append(other)
                    if other.state is TaskState.FAILED and (await self._stored(other)).spec.tolerates_failure:
                        tolerated.add(need.task_id)
        holds = list(counters.holds_of(run, run.queues[record.queue_key]))
        return Facts(
            run=run,
            record=record,
            spec=stored.spec,
            now=self._here.now(),
            needs=needs,
            tolerated=frozenset(tolerated),
            offers=self._here.offers() if record.state is TaskState.READY else (),
            quotas=self._here.quotas,
            held={name: await self.storage.count(counters.held(name)) for name, _ in holds},
            group_holder=await self._group_holder(record, stored),
        )

    async def stored(self, records: Sequence[TaskRecord]) -> Sequence[StoredTask | None]:
        """Return the unchanging part of each task."""
        return await self._here.stored([(record.run_id, record.task_id) for record in records])

    async def _group_holder(self, record: TaskRecord, stored: StoredTask) -> str:
        if not stored.spec.group or record.state is not TaskState.READY:
            return ""
        held = tuple(state for state in TaskState if state.is_held)
        for other in await self.storage.tasks(record.run_id, states=held, limit=100):
            if (await self._stored(other)).spec.group == stored.spec.group:
                return other.task_id
        return ""

    async def logs(self, run_id: str, task_id: str, token: int) -> LogsView:
        """Return what an attempt printed; the newest attempt's with token 0."""
        from .live_log import read_log

        run, record, _ = await self.find_task(run_id, task_id)
        token = token or record.token
        text = read_log(self.log_directory(run.run_id, task_id), token).decode("utf-8", "replace")
        return LogsView(run_id=run.run_id, task_id=task_id, token=token, text=text)

    def log_directory(self, run_id: str, task_id: str) -> Path:
        """Return where the logs of a task's attempts are."""
        from .live_log import log_directory

        return log_directory(self._here.state_directory, run_id, task_id)

    async def follow(self, after: int, run_id: str) -> AsyncGenerator[Event, None]:
        """Yield events as they come, from a cursor, of one run or of all; none twice, none left out."""
        while True:
            head = await self.storage.head()
            page = await self.storage.events(after=after, limit=_PAGE, run_id=run_id)
            for event in page:
                yield event
                after = event.sequence
            if len(page) < _PAGE:
                await self.storage.wait(head)


def task_view(record: TaskRecord, stored: StoredTask) -> TaskView:
    """Return a task's record and spec as a view."""
    spec = stored.spec
    return TaskView(
        run_id=record.run_id,
        task_id=record.task_id,
        position=record.position,
        title=spec.title,
        path=tuple(spec.path),
        state=record.state,
        token=record.token,
        attempts=record.refusals,
        holder=record.holder,
        lease_until=record.lease_until,
        not_before=record.not_before,
        priority=record.priority,
        unmet=record.unmet,
        needs=tuple(need.task_id for need in spec.needs),
        runtime=spec.runtime,
        labels=tuple(spec.labels),
        minutes=spec.minutes,
        approval=spec.approval,
        is_approved=record.is_approved,
        reason=record.reason,
        cause=record.cause,
        commit=record.commit,
        agent=record.agent,
        since=record.claimed_at,
    )
