"""What waits in a run, and why: `why` asked of many tasks at once.

Counts by the store's counters and explains a sample of each kind, so that a hundred thousand tasks which
wait for others cost no more than five. What differs between tasks of one kind is what the first says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import counters
from mosaic_hookspecs.tasks import Queue, RunRecord, RunState, StoredTask, TaskRecord, TaskSpec, TaskState

from .progress import can_ever_hold
from .reading import Reading
from .views import Blocker, WaitingGroup, WhyRunView
from .why import PERSON, next_turn, of_run, of_task

_NAMED = 5
_LOOKED_AT = 200
_RUNS = 30
_OVER = frozenset({RunState.CANCELLED, RunState.FINISHED})
_ORDER = (
    *("budget", "paused", "cancelled", "approval", "running", "failed", "no-runtime"),
    *("quota", "group", "back-off", "ready", "unmet-dependency"),
)
_FOR_PERSON = frozenset({"budget", "paused", "cancelled", "approval", "running", "failed", "no-runtime"})
_OWN_SUBJECT = frozenset({"approval", "running", "back-off", "unmet-dependency"})
"""The subject of these is each task's own: tasks are one group whatever it is."""
_Sample = Sequence[tuple[TaskRecord, StoredTask]]


async def why_foremost(reading: Reading) -> WhyRunView:
    """Return it of the run to look at first: one in which something waits for a person or an agent, else one
    that goes on, else the newest. Of several, the newest.
    """
    runs = [run for run in await reading.storage.runs(limit=_RUNS, before=None) if run.state not in _OVER]
    first: WhyRunView | None = None
    for run in runs:
        view = await why_run(reading, run)
        if any(group.is_for_person for group in view.items):
            return view
        first = first or view
    return first or await why_run(reading, await reading.find_run(""))


async def why_run(reading: Reading, run: RunRecord) -> WhyRunView:
    """Return what waits in a run, grouped by why."""
    counts = await reading.storage.counts(run.run_id)
    groups = _Groups()
    unfinished = sum(number for state, number in counts.items() if not state.is_final)
    if unfinished:
        for blocker in of_run(run):
            groups.add(blocker, unfinished, ())
    for state in (TaskState.GATED, TaskState.DELAYED, TaskState.BLOCKED):
        if counts.get(state):
            await _add_sample(reading, run, groups, state, counts[state])
    if counts.get(TaskState.READY):
        await _add_ready(reading, run, groups)
    await _add_people(reading, run, groups, counts)
    await _add_failed(reading, run, groups, counts)
    items = groups.in_order()
    named = [name for group in items for name in (group.task_id, *group.task_ids)]
    titles = await reading.titles(run.run_id, named)
    return WhyRunView(run_id=run.run_id, state=run.state, items=items, titles=titles)


class _Groups:
    """Gathers tasks that wait for the same."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], WaitingGroup] = {}

    def add(
        self, blocker: Blocker, count: int, task_ids: Sequence[str], *, is_for_person: bool = False
    ) -> None:
        key = (blocker.code, "" if blocker.code in _OWN_SUBJECT else blocker.subject)
        known = self._groups.get(key)
        group = known or WaitingGroup(
            code=blocker.code,
            text=blocker.text,
            hint=blocker.hint,
            task_id=blocker.task_id,
            subject=blocker.subject,
            count=0,
            task_ids=(),
            is_for_person=is_for_person or blocker.code in _FOR_PERSON,
        )
        named = (*group.task_ids, *task_ids)[:_NAMED]
        self._groups[key] = attrs.evolve(group, count=group.count + count, task_ids=named)

    def in_order(self) -> Sequence[WaitingGroup]:
        return sorted(
            self._groups.values(),
            key=lambda group: (not group.is_for_person, _ORDER.index(group.code), -group.count),
        )


async def _sample(reading: Reading, run: RunRecord, states: Sequence[TaskState], limit: int) -> _Sample:
    return await _with_specs(reading, await reading.storage.tasks(run.run_id, states=states, limit=limit))


async def _with_specs(reading: Reading, records: Sequence[TaskRecord]) -> _Sample:
    stored = await reading.stored(records)
    return [(record, one) for record, one in zip(records, stored, strict=True) if one is not None]


async def _add_sample(reading: Reading, run: RunRecord, groups: _Groups, state: TaskState, count: int) -> None:
    sample = await _sample(reading, run, (state,), min(count, _NAMED))
    for record, stored in sorted(sample, key=lambda pair: (pair[0].not_before or 0, len(pair[1].spec.needs))):
        for blocker in of_task(await reading.facts(run, record, stored))[:1]:
            others = [other.task_id for other, _ in sample if other is not record]
            groups.add(blocker, count, (record.task_id, *others))
            return


async def _add_ready(reading: Reading, run: RunRecord, groups: _Groups) -> None:
    queues = tuple(run.queues.values())
    found = await reading.storage.look_up(
        counters=[counters.in_queue(run.run_id, queue.key) for queue in queues]
    )
    named: dict[str, list[str]] = {}
    for record in await reading.storage.tasks(run.run_id, states=(TaskState.READY,), limit=_LOOKED_AT):
        named.setdefault(record.queue_key, []).append(record.task_id)
    for queue, count in zip(queues, found.counters, strict=True):
        if count:
            await _add_queue(reading, run, groups, queue, count, named.get(queue.key, ()))


async def _add_queue(  # noqa: PLR0913 - a queue, and what is known of it
    reading: Reading, run: RunRecord, groups: _Groups, queue: Queue, count: int, names: Sequence[str]
) -> None:
    """Explain the ready tasks of a queue, which differ in nothing that counts here."""
    name = names[0] if names else ""
    record = TaskRecord(run_id=run.run_id, task_id=name, position=0, state=TaskState.READY, queue_key=queue.key)
    spec = TaskSpec(task_id=name, runtime=queue.runtime, labels=tuple(sorted(queue.labels)), group=queue.group)
    facts = await reading.facts(run, record, StoredTask(spec=spec))
    never = not can_ever_hold(run, queue, facts.quotas)
    blockers = of_task(facts) or ((next_turn(facts),) if run.state is RunState.ACTIVE else ())
    for blocker in blockers:
        groups.add(blocker, count, names, is_for_person=never and blocker.code == "quota")


async def _add_people(
    reading: Reading, run: RunRecord, groups: _Groups, counts: Mapping[TaskState, int]
) -> None:
    """Add what people have in hand, which looks like work but waits."""
    if not counts.get(TaskState.LEASED):
        return
    limit = min(counts[TaskState.LEASED], _LOOKED_AT)
    leased = await reading.storage.tasks(run.run_id, states=(TaskState.LEASED,), limit=limit)
    held = [record for record in leased if record.agent == PERSON]
    for record, stored in await _with_specs(reading, held):
        for blocker in of_task(await reading.facts(run, record, stored)):
            groups.add(blocker, 1, (record.task_id,))


async def _add_failed(
    reading: Reading, run: RunRecord, groups: _Groups, counts: Mapping[TaskState, int]
) -> None:
    """Add what failed, and is not tolerated to have: what needed it goes on only if it is tried again."""
    count = counts.get(TaskState.FAILED, 0)
    if not count:
        return
    sample = await _sample(reading, run, (TaskState.FAILED,), min(count, _LOOKED_AT))
    failed = [pair for pair in sample if not pair[1].spec.tolerates_failure]
    if failed:
        names = [record.task_id for record, _ in failed]
        for blocker in of_task(await reading.facts(run, *failed[0])):
            groups.add(blocker, count - len(sample) + len(failed), names)
