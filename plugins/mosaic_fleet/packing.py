"""The context pack: gathers what whoever does a task should know, the most useful first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs import Context, NotFound, RunRecord, StoredTask, TaskRecord

from .before import attempts_before
from .conventions import read_conventions
from .needs import needs_part
from .neighbours import Neighbours
from .parts import Part, compose
from .side_by_side import side_by_side
from .task_parts import budget_part, checks_part, goal_part, task_part
from .views import ContextView, PartView


class Packs:
    """Makes context packs."""

    def __init__(self, context: Context, neighbours: Neighbours) -> None:
        self._context = context
        self._neighbours = neighbours

    async def of(  # noqa: PLR0913 - what is told, to whom, and how much
        self,
        run_id: str,
        task_id: str,
        most: int,
        *,
        directory: str = "",
        agent: str = "",
        with_parts: bool = False,
    ) -> ContextView:
        """Return the context pack of a task, of at most `most` bytes. `directory` is where the attempt works
        ("": conventions are read in the run's repository); `agent` is whose messages are counted.

        Raises:
            NotFound: there is no such run, or no such task in it.
        """
        storage = self._context.port("storage").get()
        found = await storage.look_up(runs=[run_id], tasks=[(run_id, task_id)])
        run, record, stored = found.runs[0], found.tasks[0], found.stored[0]
        if run is None:
            raise NotFound("no-run", f"there is no run {run_id!r}", hint="run_list lists them.")
        if record is None or stored is None:
            raise NotFound("no-task", f"run {run_id!r} has no task {task_id!r}", hint="task_list lists them.")
        parts = await self._parts(storage, run, record, stored, directory, agent)
        spec = stored.spec
        head = f"# Task {task_id}{f': {spec.title}' if spec.title else ''}"
        text, kept = compose(head, parts, most)
        return ContextView(
            run_id=run_id,
            task_id=task_id,
            text=text,
            is_cut=len(kept) < len(parts) or any(part.is_cut for part in kept),
            parts=tuple(map(_view, kept)) if with_parts else (),
        )

    async def _parts(  # noqa: PLR0913 - the sources of a pack
        self,
        storage: Any,
        run: RunRecord,
        record: TaskRecord,
        stored: StoredTask,
        directory: str,
        agent: str,
    ) -> Sequence[Part]:
        spec = stored.spec
        before = await attempts_before(storage, record) if record.token > 1 or record.reason else ()
        parts = [
            task_part(record, spec),
            checks_part(spec),
            *before,
            goal_part(run),
            await needs_part(storage, run, spec),
            await side_by_side(self._neighbours, run, spec),
            await self._messages(agent),
            budget_part(run),
            *await _conventions(directory or _repository(run)),
        ]
        return [part for part in parts if part is not None and part.text]

    async def _messages(self, agent: str) -> Part | None:
        count = await self._neighbours.unread(agent)
        if not count:
            return None
        wait = "1 message waits" if count == 1 else f"{count} messages wait"
        return Part(name="messages", title="Messages", text=f"{wait} for you: message_read brings them.")


def _repository(run: RunRecord) -> str:
    repository = run.spec.settings.get("repository")
    return repository if isinstance(repository, str) else ""


async def _conventions(directory: str) -> Sequence[Part]:
    if not directory:
        return ()
    found = await trio.to_thread.run_sync(read_conventions, Path(directory))
    return [
        Part(
            name=f"conventions:{one.name}",
            title=f"Conventions of the repository, from {one.name}",
            text=one.text,
            source=one.name,
            share=0.25,
            rest=f"read {one.name} in the workspace for the rest of its {one.size} bytes",
        )
        for one in found
    ]


def _view(part: Part) -> PartView:
    return PartView(
        name=part.name,
        title=part.title,
        text=part.text,
        source=part.source,
        rest=part.rest if part.is_cut else "",
    )
