"""The operations that reserve, release and list files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, TypeVar

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import documents_of, storage_within
from mosaic_hookspecs.errors import NotFound, Refused
from mosaic_hookspecs.operations import Call
from mosaic_hookspecs.records import is_live
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunRecord

from . import records as r
from .configuration import Config
from .globs import normalized, overlap
from .held import COLLECTION, Held, living

_AGENT = "agent:"
Result = TypeVar("Result")


class Desk:
    """Keeps the reservations of every project."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config

    async def reserve(self, request: r.Reserve, call: Call) -> r.Reserved:
        """Reserve all of the paths, or say who holds what."""
        paths = tuple(dict.fromkeys(normalized(path) for path in request.paths))
        run, title = await self._require_attempt(request)
        wanted = Held(
            run_id=request.run_id,
            task_id=request.task_id,
            token=request.token,
            title=title,
            by=call.principal.name.removeprefix(_AGENT),
            paths=paths,
            mode=request.mode,
            reason=request.reason,
            at=self._context.clock.now(),
        )
        project = run.spec.project

        def add(held: Sequence[Held]) -> tuple[Sequence[Held] | None, r.Reserved]:
            conflicts = [one for other in held for one in _conflicts(wanted, other, project)]
            if conflicts:
                return None, r.Reserved(
                    is_granted=False, paths=(), conflicts=conflicts, advice=_advice(conflicts)
                )
            kept = [left for one in held if (left := _without(one, wanted.attempt, paths))]
            self._require_room(len(kept), sum(len(one.paths) for one in kept) + len(paths))
            return [*kept, wanted], r.Reserved(is_granted=True, paths=paths)

        return await self._change(project, add)

    async def release(self, request: r.Release, call: Call) -> r.Released:
        """Give paths back, as they were reserved; all of the attempt's without any."""
        paths = tuple(normalized(path) for path in request.paths)
        run, _ = await self._require_attempt(request)
        attempt = (request.run_id, request.task_id, request.token)

        def drop(held: Sequence[Held]) -> tuple[Sequence[Held] | None, r.Released]:
            own = [path for one in held if one.attempt == attempt for path in one.paths]
            gone = [path for path in own if not paths or path in paths]
            kept = [left for one in held if (left := _without(one, attempt, gone))]
            return (kept if gone else None), r.Released(paths=gone)

        return await self._change(run.spec.project, drop)

    async def list(self, request: r.ListReservations, call: Call) -> r.Reservations:
        """List what is reserved now."""
        path = normalized(request.path) if request.path else ""
        found: list[r.Reservation] = []
        with self._within() as storage:
            for document in await documents_of(storage, COLLECTION):
                held = await living(storage, document, self._context.clock.now())
                found += [view(one, document.key) for one in held if _is_asked(one, request.run_id, path)]
        return r.Reservations(items=found)

    async def _require_attempt(self, request: r.Reserve | r.Release) -> tuple[RunRecord, str]:
        """Return the run and the task's title, if the attempt goes on.

        Raises:
            NotFound: there is no such run or task. Refused: the attempt has ended (code ``stale-token``).
        """
        with self._within() as storage:
            run = await storage.run(request.run_id)
            record = await storage.task(request.run_id, request.task_id)
            stored = await storage.stored(request.run_id, request.task_id)
        if run is None or record is None or stored is None:
            raise NotFound(
                "no-task",
                f"there is no task {request.task_id!r} in a run {request.run_id!r}",
                hint="Take run_id, task_id and token from your lease.",
            )
        if not is_live(record, request.token, self._context.clock.now()):
            raise Refused(
                "stale-token",
                f"attempt {request.token} at {request.task_id} has ended, and its reservations with it",
                expected=f"the token of the attempt that goes on ({record.token}, {record.state.value})",
                got=f"token {request.token}",
                hint="Stop working on this task: what you do for it is refused. Take another.",
            )
        return run, stored.spec.title

    async def _change(
        self, project: str, change: Callable[[Sequence[Held]], tuple[Sequence[Held] | None, Result]]
    ) -> Result:
        """Change what is held, if `change` returns anything, as long as nobody was faster."""
        with self._within() as storage:
            while True:
                document = await storage.get_document(COLLECTION, project)
                held, result = change(await living(storage, document, self._context.clock.now()))
                if held is None:
                    return result
                body: Any = {"items": [one.to_data() for one in held]}
                try:
                    expected = document.version if document else 0
                    await storage.put_document(COLLECTION, project, body, expected=expected)
                except Refused as error:
                    if error.code != "version-conflict":
                        raise
                else:
                    return result

    def _require_room(self, count: int, paths: int) -> None:
        if count >= self._config.held or paths > self._config.paths:
            raise Refused(
                "too-many-reservations",
                f"the project has {count} reservations, and no more may be made",
                expected=f"at most {self._config.held}, of {self._config.paths} paths together",
                got=f"{paths} paths",
                hint="Reserve a directory instead of its files, or release what you are done with.",
            )

    def _within(self) -> AbstractContextManager[Storage]:
        hint = "Ask file.list what is reserved before you try again."
        return storage_within(self._context, self._config.storage_seconds, hint)


def view(held: Held, project: str) -> r.Reservation:
    """Return a reservation as it is shown."""
    return r.Reservation(project=project, **attrs.asdict(held, recurse=False))


def _is_asked(held: Held, run_id: str, path: str) -> bool:
    if run_id and held.run_id != run_id:
        return False
    return not path or any(overlap(one, path) for one in held.paths)


def _conflicts(wanted: Held, other: Held, project: str) -> Sequence[r.Conflict]:
    if other.attempt == wanted.attempt or wanted.mode == other.mode == "shared":
        return ()
    return [
        r.Conflict(path=path, held=held, holder=view(other, project))
        for path in wanted.paths
        for held in other.paths
        if overlap(path, held)
    ]


def _without(held: Held, attempt: tuple[str, str, int], paths: Sequence[str]) -> Held | None:
    """Return what an attempt's reservation is without these paths; None: nothing is left of it."""
    if held.attempt != attempt:
        return held
    left = tuple(path for path in held.paths if path not in paths)
    return attrs.evolve(held, paths=left) if left else None


def _advice(conflicts: Sequence[r.Conflict]) -> str:
    first = conflicts[0].holder
    until = ""
    if first.until is not None:
        time = datetime.fromtimestamp(first.until / 1000, tz=UTC)
        until = f" at least until {time:%H:%M:%S} UTC, unless it ends before"
    return (
        f"Nothing was reserved. {first.task_id} ({first.by}) holds {conflicts[0].held}{until}. "
        "Do first what needs none of these files, and reserve again later; "
        f"or ask with message.send to {first.by!r}. "
        "If you change them all the same, expect a merge conflict that comes back to you."
    )
