"""Reads the log for another system, in pieces; who waits for one costs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.events import Event
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunRecord, TaskState

from .configuration import Config
from .keeping import Keeper
from .records import Batch, EventLine, ReadEvents, RunLine

_PAGE = 1000
_LONGEST = 300
_MOST_VALUES = 16


class Reader:
    """Answers ``bridge.events``."""

    def __init__(self, config: Config, keeper: Keeper) -> None:
        self._config = config
        self._keeper = keeper

    async def read(self, request: ReadEvents) -> Batch:
        """Return what was asked for, or wait for it; an empty piece when the wait is over."""
        deadline = trio.current_time() + min(request.wait_seconds, self._config.wait_seconds)
        with self._keeper.within():
            await self._require_same_log(request)
        position, hash_ = request.after, request.after_hash
        while True:
            with self._keeper.within():
                head = await self._storage.head()
                found, position, hash_ = await self._scanned(request, head, position, hash_)
                if found:
                    runs = await self._runs(found, head) if request.with_runs else ()
                    return self._batch(request, position, hash_, head, found, runs)
            if trio.current_time() >= deadline:
                return self._batch(request, position, hash_, head)
            with trio.move_on_at(deadline):
                await self._storage.wait(max(head, position))
                await trio.sleep(self._config.settle_seconds)

    @property
    def _storage(self) -> Storage:
        return self._keeper.storage

    def _batch(  # noqa: PLR0913 - the parts of a piece
        self,
        request: ReadEvents,
        to: int,
        to_hash: str,
        head: int,
        events: Sequence[EventLine] = (),
        runs: Sequence[RunLine] = (),
    ) -> Batch:
        return Batch(
            after=request.after,
            after_hash=request.after_hash,
            to=to,
            to_hash=to_hash,
            head=max(head, to),
            events=events,
            runs=runs,
        )

    async def _scanned(
        self, request: ReadEvents, head: int, position: int, hash_: str
    ) -> tuple[list[EventLine], int, str]:
        """Return the events that are wanted, and the number and hash of the last that was looked at."""
        found: list[EventLine] = []
        limit = min(request.limit, self._config.batch_events)
        while page := await self._storage.events(after=position, limit=_PAGE, run_id=request.run_id):
            for event in page:
                position, hash_ = event.sequence, "" if request.run_id else event.hash
                if _is_wanted(event.kind, request.kinds):
                    found.append(line_of(event))
                    if len(found) == limit:
                        return found, position, hash_
        if request.run_id and head > position:
            return found, head, ""
        return found, position, hash_

    async def _runs(self, events: Sequence[EventLine], head: int) -> Sequence[RunLine]:
        names = tuple(dict.fromkeys(event.run_id for event in events if event.run_id))
        found = await self._storage.look_up(runs=names)
        return [
            run_line(run, counts, max(head, events[-1].sequence))
            for run, counts in zip(found.runs, found.counts, strict=True)
            if run is not None
        ]

    async def _require_same_log(self, request: ReadEvents) -> None:
        if not request.after:
            return
        page = await self._storage.events(after=request.after - 1, limit=1)
        if page and (not request.after_hash or page[0].hash == request.after_hash):
            return
        raise Refused(
            "other-log",
            "this is not the log that was read before: it was restored, or it is another system's",
            where="after",
            expected=f"an event {request.after} with the hash that it had",
            got="another event" if page else "no such event",
            hint="Give the other system another name, or publish with replace=true to begin anew.",
        )


def line_of(event: Event) -> EventLine:
    """Return an event in short."""
    return EventLine(
        **event.head(),
        about=_plain(json.loads(event.body)),
    )


def run_line(run: RunRecord, counts: Mapping[TaskState, int], sequence: int) -> RunLine:
    """Return a run in short."""
    return RunLine(
        run_id=run.run_id,
        project=run.spec.project[:_LONGEST],
        title=run.spec.title[:_LONGEST],
        target=run.spec.target[:_LONGEST],
        state=run.state.value,
        total=run.total,
        counts={state.value: number for state, number in counts.items()},
        created_at=run.created_at,
        ended_at=run.ended_at,
        tokens=run.spent.input_tokens + run.spent.output_tokens,
        money=run.spent.money,
        sequence=sequence,
    )


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in body.items():
        if isinstance(value, str) and value:
            found[name] = value[:_LONGEST]
        elif isinstance(value, bool | int | float):
            found[name] = value
        if len(found) == _MOST_VALUES:
            break
    return found


def _is_wanted(kind: str, kinds: Sequence[str]) -> bool:
    return not kinds or any(kind.startswith(one) if one.endswith(".") else kind == one for one in kinds)
