"""What a claim gets: the most urgent ready tasks over several queues, within quotas and agents' room."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from mosaic_hookspecs import counters
from mosaic_hookspecs.commands import Claim
from mosaic_hookspecs.offers import AgentOffer
from mosaic_hookspecs.tasks import Queue, RunRecord, TaskRecord
from mosaic_hookspecs.view import View

_NO_LIMIT = 2**31


class Claims:
    """Collects candidates, queue by queue; then takes the most urgent.

    A task goes to the first offer that takes it and has room.
    """

    def __init__(self, command: Claim, view: View) -> None:
        self._command = command
        self._view = view
        self._free: dict[str, int] = {}
        self._rooms = {offer.name: offer.room for offer in command.offers if offer.room is not None}
        self._heap: list[tuple[int, int, int]] = []
        self._candidates: list[tuple[TaskRecord, Sequence[AgentOffer], Sequence[tuple[str, int]]]] = []

    def consider(self, run: RunRecord, queue: Queue) -> None:
        """Add a queue's most urgent tasks, if an agent takes them."""
        if not self._view.count(counters.in_queue(run.run_id, queue.key)):
            return
        takers = [
            offer
            for offer in self._command.offers
            if offer.room != 0 and offer.takes(queue.runtime, queue.labels)
        ]
        if not takers:
            return
        holds = tuple(counters.holds_of(run, queue))
        room = min(
            (self._quota(name) // amount for name, amount in holds if amount), default=self._command.limit
        )
        for record in self._view.ready(run.run_id, queue.key, min(self._command.limit, room)):
            heapq.heappush(self._heap, (-record.priority, record.position, len(self._candidates)))
            self._candidates.append((record, takers, holds))

    def take(self) -> list[tuple[TaskRecord, str]]:
        """Return the tasks that the claim gets, each with the name of the offer that it goes to."""
        taken: list[tuple[TaskRecord, str]] = []
        while self._heap and len(taken) < self._command.limit:
            record, takers, holds = self._candidates[heapq.heappop(self._heap)[2]]
            agent = self._with_room(takers)
            if agent is None or any(self._quota(name) < amount for name, amount in holds):
                continue
            for name, amount in holds:
                self._free[name] -= amount
            if agent in self._rooms:
                self._rooms[agent] = (self._rooms[agent] or 0) - 1
            taken.append((record, agent))
        return taken

    def _with_room(self, takers: Sequence[AgentOffer]) -> str | None:
        return next((offer.name for offer in takers if self._rooms.get(offer.name) != 0), None)

    def _quota(self, resource: str) -> int:
        if resource not in self._free:
            default = 1 if resource.startswith("group:") else None
            quota = self._command.quotas.get(resource, default)
            held = self._view.count(counters.held(resource))
            self._free[resource] = _NO_LIMIT if quota is None else max(0, quota - held)
        return self._free[resource]
