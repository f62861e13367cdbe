"""Whether a run can go on by itself, and what has become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs import counters
from mosaic_hookspecs.tasks import Queue, RunRecord, RunState, TaskState

if TYPE_CHECKING:
    from mosaic_hookspecs.offers import AgentOffer
    from mosaic_hookspecs.storage import Storage

    Offers = Callable[[], Sequence[AgentOffer]]

_OVER = (RunState.FINISHED, RunState.CANCELLED)


def quota_of(resource: str, quotas: Mapping[str, int]) -> int | None:
    """Return how much of a resource may be held at once; None: no limit."""
    return quotas.get(resource, 1 if resource.startswith("group:") else None)


def can_ever_hold(run: RunRecord, queue: Queue, quotas: Mapping[str, int]) -> bool:
    """Whether tasks of a queue fit into the quotas while nothing else is held."""
    for resource, amount in counters.holds_of(run, queue):
        quota = quota_of(resource, quotas)
        if quota is not None and amount > quota:
            return False
    return True


async def can_progress(storage: Storage, run: RunRecord, offers: Offers, quotas: Mapping[str, int]) -> bool:
    """Whether something happens without a person or another agent: an attempt is in flight anywhere, a
    task waits for its time only, or an agent here takes a task that is ready.

    Says no only of a run that stood still while it was looked at: it is read in steps, and what is claimed or
    ends between two of them would look as if nobody were at work.
    """
    if await _seems_to_progress(storage, run, offers, quotas):
        return True
    while True:
        seen = await storage.head()
        run = await storage.run(run.run_id) or run
        if await _seems_to_progress(storage, run, offers, quotas):
            return True
        if not await storage.events(after=seen, limit=1, run_id=run.run_id):
            return False


async def _seems_to_progress(  # noqa: PLR0911 - one reason after the other
    storage: Storage, run: RunRecord, offers: Offers, quotas: Mapping[str, int]
) -> bool:
    if run.state is RunState.FINISHED:
        return False
    counts = await storage.counts(run.run_id)
    if any(number for state, number in counts.items() if state.is_held):
        return True
    if run.state is not RunState.ACTIVE:
        return False
    if counts.get(TaskState.DELAYED):
        return True
    if not counts.get(TaskState.READY):
        return False
    here = offers()  # asked for only where they matter
    for queue in run.queues.values():
        if (
            any(offer.takes(queue.runtime, queue.labels) for offer in here)
            and can_ever_hold(run, queue, quotas)
            and await storage.count(counters.in_queue(run.run_id, queue.key))
        ):
            return True
    return False


async def standing_of(
    storage: Storage, run: RunRecord, offers: Offers, quotas: Mapping[str, int]
) -> tuple[RunRecord, str]:
    """Return the run, which may have ended since it was read, and what has become of it: ``accepted``,
    ``failed``, ``cancelled``, ``running`` or ``waiting``.
    """
    if run.state not in _OVER:
        if await can_progress(storage, run, offers, quotas):
            return run, "running"
        run = await storage.run(run.run_id) or run
    if run.state is RunState.CANCELLED:
        return run, "cancelled"
    if run.state is not RunState.FINISHED:
        return run, "waiting"
    counts = await storage.counts(run.run_id)
    if counts.get(TaskState.FAILED) and await _has_failed(storage, run.run_id):
        return run, "failed"
    return run, "cancelled" if counts.get(TaskState.CANCELLED) else "accepted"


async def _has_failed(storage: Storage, run_id: str) -> bool:
    """Whether a task failed whose failure its spec does not tolerate."""
    after = 0
    while True:
        page = await storage.tasks(run_id, states=(TaskState.FAILED,), after=after)
        for record in page:
            stored = await storage.stored(run_id, record.task_id)
            if stored is None or not stored.spec.tolerates_failure:
                return True
        if not page:
            return False
        after = page[-1].position
