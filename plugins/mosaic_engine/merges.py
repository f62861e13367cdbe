"""The merge queues: one publication at a time for each branch, in the order of arrival.

Owns the order within this process; between processes the storage's decision (`BeginMerge`) and the
workspace's compare-and-swap hold it. Nothing is published that the store did not decide first.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import count

import attrs
import trio

from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.commands import AbandonMerge, Accept, BeginMerge, Command, Reject, Release
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.workspace import Proposal, Workspace, WorkspaceProvider, WorkspaceRequest

from .checking import judge, run_checks
from .crew import Crew
from .phases import Phase, UnderWay

Publish = Callable[[], Awaitable[bool]]
_TRIES = 3
_FRESH_SECONDS = 0.25
_PATIENCE = (1.0, 2.0, 4.0, 8.0)
_SLOWEST = 60.0
_MOST_LANES = 500


@attrs.define(eq=False)
class _Lane:
    """One branch: who publishes on it now, and a number that changes when this process has."""

    version: int
    lock: trio.StrictFIFOLock = attrs.field(factory=trio.StrictFIFOLock)

    def look(self) -> tuple[int, float]:
        """Return by what `is_as_seen` tells later whether the branch may have moved since now."""
        return self.version, trio.current_time()

    def is_as_seen(self, seen: tuple[int, float]) -> bool:
        """Whether the branch is most probably where it was. Other processes publish, too, so that
        what was seen grows old; if it is wrong after all, the publication itself finds out.
        """
        version, at = seen
        return version == self.version and trio.current_time() - at < _FRESH_SECONDS


class MergeQueues:
    """The queues of one engine, shared by everything that it drives."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str, str], _Lane] = {}
        self._versions = count(1)

    def _lane(self, provider: str, settings: JsonObject) -> _Lane:
        key = (provider, str(settings.get("repository", "")), str(settings.get("branch", "")))
        lane = self._lanes.get(key)
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:  # each run has a branch of its own; who serves sees many
                self._lanes = {name: one for name, one in self._lanes.items() if one.lock.locked()}
            lane = self._lanes[key] = _Lane(version=next(self._versions))
        return lane

    def look(self, provider: str, settings: JsonObject) -> tuple[int, float]:
        """Return by what to tell later whether the branch may have moved since now."""
        return self._lane(provider, settings).look()

    async def publish(  # noqa: PLR0913 - the parts of one publication
        self,
        attempt: UnderWay,
        crew: Crew,
        provider: WorkspaceProvider,
        request: WorkspaceRequest,
        workspace: Workspace,
        proposal: Proposal,
        files: Sequence[str],
        seen: tuple[int, float],
    ) -> Sequence[Command]:
        """Wait for the branch, verify a proposal on top of what is published then, and publish it;
        return what ends the attempt. `files` are those that the attempt changed, `seen` is what `look`
        answered before the proposal was made.

        Raises:
            Refused: it does not fit any more (``merge-conflict``), or the lease is lost.
        """
        lane = self._lane(provider.name, request.settings)
        async with lane.lock:
            attempt.enter(Phase.VERIFYING, crew.verification_seconds)
            verified: str | None = None
            evidence = Evidence(files=files)
            for _ in range(_TRIES):
                if not lane.is_as_seen(seen):
                    seen = lane.look()
                    proposal = await workspace.propose()
                if verified is not None and verified == proposal.tree:
                    break
                verified = proposal.tree or None
                results = await run_checks(attempt, crew, workspace, proposal)
                evidence = Evidence(checks=results, commit=proposal.candidate, files=files)
                if not evidence.passed or not proposal.candidate:
                    return (judge(attempt, evidence),)
            evidence = attrs.evolve(evidence, commit=proposal.candidate)
            decision = BeginMerge(
                **attempt.names, candidate=proposal.candidate, base=proposal.base, evidence=evidence
            )
            await crew.submit((decision,))
            attempt.enter(Phase.MERGING, crew.verification_seconds)
            if await _persist(crew, attempt, partial(provider.publish, request, proposal)):
                lane.version = next(self._versions)
                return (Accept(**attempt.names, evidence=evidence),)
        # This token can publish nothing any more: only another attempt can.
        reason = "something else was published in the very moment that this was to be"
        return (
            AbandonMerge(**attempt.names, reason=reason),
            Reject(**attempt.names, reason=reason, counts=False),
        )

    async def resume(self, attempt: UnderWay, crew: Crew) -> Sequence[Command]:
        """Carry out the publication that an earlier holder decided, or make sure that it never is."""
        lease, merge = attempt.lease, attempt.lease.merge
        if merge is None:
            return (Release(**attempt.names),)
        evidence = await _decided_evidence(attempt, crew)
        request = WorkspaceRequest(
            run_id=lease.run_id,
            task_id=lease.task_id,
            token=merge.token,
            title=lease.spec.title,
            settings=attempt.run.settings,
        )
        proposal = Proposal(candidate=merge.candidate, base=merge.base)
        lane = self._lane(lease.spec.workspace, request.settings)
        async with lane.lock:

            async def publish() -> bool:
                return await crew.workspace(lease.spec.workspace).publish(request, proposal)

            if await _persist(crew, attempt, publish):
                lane.version = next(self._versions)
                return (Accept(**attempt.names, evidence=evidence),)
        reason = "something else was published before this could be"
        return AbandonMerge(**attempt.names, reason=reason), Release(**attempt.names, reason=reason)


async def _persist(crew: Crew, attempt: UnderWay, publish: Publish) -> bool:
    """Publish; where that fails, try again and again, since what was decided must not be left open.

    When patience ends, the drive of a single run ends with the error, and its next drive goes on from
    here; who serves all runs goes on trying.
    """
    for delay in _delays(crew):
        try:
            return await publish()
        except Exception as error:
            crew.log.warning("publication.failed", **attempt.names, error=error)
            if delay is None:
                crew.fail(error)
                raise
            await trio.sleep(delay)
    return False


def _delays(crew: Crew) -> Iterator[float | None]:
    yield from _PATIENCE
    while crew.serves_all:
        yield _SLOWEST
    yield None


async def _decided_evidence(attempt: UnderWay, crew: Crew) -> Evidence:
    """Return the evidence that was stored when the publication was decided."""
    lease = attempt.lease
    after, found = 0, Evidence()
    while True:
        events = await crew.storage.events(after=after, run_id=lease.run_id, task_id=lease.task_id)
        for event in events:
            if event.kind == "task.merging":
                found = Evidence.from_data(json.loads(event.body)["evidence"])
        if not events:
            return found
        after = events[-1].sequence
