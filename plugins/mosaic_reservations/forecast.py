"""The operation that predicts which tasks will change the same files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import NotFound
from mosaic_hookspecs.operations import Call
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunRecord, RunState, TaskRecord, TaskSpec, TaskState

from . import overlap_records as r
from .cochange import commits_of, companions
from .comparing import Pair, pairs_of
from .configuration import Config
from .held import COLLECTION, living
from .ordering import unordered
from .traces import CHANGED, HELD, Trace, strongest, traces_of

_NOW = tuple(state for state in TaskState if state.is_held or state is TaskState.READY)
_AHEAD = (*_NOW, TaskState.BLOCKED, TaskState.GATED, TaskState.DELAYED)
_WITH_EVIDENCE = ("task.refused", "task.reported", "task.accepted", "task.released")
_SHARED_SHARE, _TOGETHER_SHARE = 0.5, 0.8
_FEWEST_TOGETHER = 0.2


@attrs.frozen
class _Candidate:
    run: RunRecord
    record: TaskRecord
    spec: TaskSpec

    @property
    def name(self) -> str:
        return f"{self.record.run_id}/{self.record.task_id}"


class Forecast:
    """Compares what tasks that run side by side are likely to change."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config

    @property
    def _storage(self) -> Storage:
        storage: Storage = self._context.port("storage").get()
        return storage

    async def overlaps(self, request: r.AskOverlaps, call: Call) -> r.Overlaps:
        """Predict overlaps of edits."""
        candidates, left_out = await self._candidates(request)
        traces = {one.name: await self._traces(one) for one in candidates}
        known = await self._history(candidates)
        traces = {name: _with_companions(found, known) for name, found in traces.items()}
        by_name = {one.name: one for one in candidates}
        pairs = await trio.to_thread.run_sync(
            pairs_of, traces, list(_side_by_side(candidates)), request.least, abandon_on_cancel=True
        )
        return r.Overlaps(
            items=[_overlap(pair, by_name) for pair in pairs[: request.limit]],
            compared=len(candidates),
            left_out=left_out,
            has_history=bool(known),
        )

    async def _candidates(self, request: r.AskOverlaps) -> tuple[Sequence[_Candidate], int]:
        states = _AHEAD if request.ahead else _NOW
        found: list[_Candidate] = []
        total = 0
        for run in await self._runs(request.run_id):
            counts = await self._storage.counts(run.run_id)
            total += sum(counts.get(state, 0) for state in states)
            room = self._config.tasks - len(found)
            if room > 0:
                for record in await self._storage.tasks(run.run_id, states=states, limit=room):
                    stored = await self._storage.stored(run.run_id, record.task_id)
                    if stored is not None:
                        found.append(_Candidate(run, record, stored.spec))
        return found, max(0, total - len(found))

    async def _runs(self, run_id: str) -> Sequence[RunRecord]:
        if not run_id:
            return [run for run in await self._storage.runs() if run.state is RunState.ACTIVE]
        run = await self._storage.run(run_id)
        if run is None:
            raise NotFound("no-run", f"there is no run {run_id!r}", hint="run.list lists them.")
        return [run]

    async def _traces(self, candidate: _Candidate) -> Mapping[str, Trace]:
        found = list(traces_of(candidate.spec))
        record = candidate.record
        if record.token:
            found += [
                Trace(path, CHANGED, "an earlier attempt changed it") for path in await self._changed(record)
            ]
        if record.state.is_held:
            document = await self._storage.get_document(COLLECTION, candidate.run.spec.project)
            for held in await living(self._storage, document, self._context.clock.now()):
                if held.attempt == (record.run_id, record.task_id, record.token):
                    weight = HELD if held.mode == "exclusive" else HELD * _SHARED_SHARE
                    found += [
                        Trace(path, weight, f"its attempt has reserved it ({held.mode})") for path in held.paths
                    ]
        return strongest(found)

    async def _changed(self, record: TaskRecord) -> Sequence[str]:
        files: dict[str, None] = {}
        after = 0
        while page := await self._storage.events(after=after, run_id=record.run_id, task_id=record.task_id):
            after = page[-1].sequence
            for event in page:
                if event.kind in _WITH_EVIDENCE:
                    body: Any = json.loads(event.body)
                    files.update(dict.fromkeys((body.get("evidence") or {}).get("files", ())))
        return list(files)

    async def _history(self, candidates: Sequence[_Candidate]) -> Mapping[str, Mapping[str, float]]:
        """Return what the repositories of the runs tell of files that change together."""
        repositories = {str(one.run.spec.settings.get("repository") or "") for one in candidates} - {""}
        if not self._config.history:
            return {}
        commits: list[frozenset[str]] = []
        for name in sorted(repositories):
            path = self._context.project_directory / Path(name)
            commits += await commits_of(path, self._config.history, self._config.history_seconds)
        return companions(commits)


def _with_companions(
    traces: Mapping[str, Trace], known: Mapping[str, Mapping[str, float]]
) -> Mapping[str, Trace]:
    """Add the files that change together with those that a task is likely to change."""
    found = list(traces.values())
    for trace in traces.values():
        for other, share in known.get(trace.path, {}).items():
            weight = trace.weight * share * _TOGETHER_SHARE
            if weight >= _FEWEST_TOGETHER:
                why = (
                    f"in {share:.0%} of the commits that changed {trace.path} it changed, too; and {trace.why}"
                )
                found.append(Trace(other, weight, why))
    return strongest(found)


def _side_by_side(candidates: Sequence[_Candidate]) -> Iterator[tuple[str, str]]:
    """Yield pairs that nothing orders, of the same project."""
    needs = {one.name: [f"{one.run.run_id}/{need.task_id}" for need in one.spec.needs] for one in candidates}
    is_free = unordered(needs)
    for first, second in combinations(candidates, 2):
        if first.run.spec.project == second.run.spec.project and is_free(first.name, second.name):
            yield first.name, second.name


def _overlap(pair: Pair, by_name: Mapping[str, _Candidate]) -> r.Overlap:
    first, second = by_name[pair.first], by_name[pair.second]
    return r.Overlap(
        first=_task(first),
        second=_task(second),
        score=pair.score,
        shared=[r.SharedPath(**attrs.asdict(one)) for one in pair.shared],
        advice=_advice(first, second),
    )


def _task(candidate: _Candidate) -> r.OverlapTask:
    record = candidate.record
    return r.OverlapTask(
        run_id=record.run_id, task_id=record.task_id, title=candidate.spec.title, state=record.state.value
    )


def _advice(first: _Candidate, second: _Candidate) -> str:
    held = [one for one in (first, second) if one.record.state.is_held]
    if len(held) > 1:
        return "Both run now: reserve with file.reserve, and agree with message.send on who changes what."
    if held:
        other = (second if held[0] is first else first).record.task_id
        return f"{held[0].record.task_id} runs now: start {other} after it, or reserve what it needs."
    return "Neither has begun: give them one concurrency group, or let one need the other."
