"""The provider of the agents port: an attempt goes to a worker that waits, and ends with what it reports.

Owns the attempts that workers hold. Refuses to judge them: what a worker reports, the engine verifies.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import trio

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, Context

from .configuration import Config
from .held import Held, Key
from .registry import POOL, Registry

_MOST_OVER = 5000


class PullAgents:
    """`mosaic_hookspecs.agents.Agent` for every worker that is registered."""

    def __init__(self, context: Context, config: Config, registry: Registry) -> None:
        self._clock = context.clock
        self._config = config
        self._registry = registry
        self._held: dict[Key, Held] = {}
        self._over: OrderedDict[Key, str] = OrderedDict()
        self._is_ended = False

    @property
    def offer(self) -> AgentOffer:
        """The name of the whole; `offers` count."""
        return AgentOffer(name=POOL, room=0, is_remote=True)

    @property
    def offers(self) -> Sequence[AgentOffer]:
        """One for each worker that can be reckoned with; its room is how many of its takes wait now."""
        return self._registry.offers()

    async def run(self, assignment: Assignment) -> AgentResult:
        """Hand the attempt to its worker, and wait until that reports it, gives it back, or is not heard."""
        worker = self._registry.workers.get(assignment.agent)
        if worker is None or not worker.is_offered or self._is_ended:
            return _released(f"the worker {assignment.agent or POOL!r} is not here any more")
        held = Held(
            assignment=assignment, worker=worker.name, deadline=trio.current_time(), since=self._clock.now()
        )
        self._held[held.key] = held
        worker.bring(held, self._config.lease_seconds, self._config.hand_over_seconds)
        self._registry.look(worker)
        try:
            result = await held.outcome()
        finally:
            self._held.pop(held.key, None)
            worker.let_go(held)
            self._registry.look(worker)
            if not held.is_reported:
                self._note_over(held)
            if worker.room:
                self._registry.announce()
        if result is not None:
            return result
        worker.released += 1
        self._registry.keeper.keep_later(worker)
        return _released(self._over[held.key])

    def find(self, key: Key) -> Held | None:
        """Return an attempt that a worker holds."""
        return self._held.get(key)

    def held(self) -> Sequence[Held]:
        """Return all attempts that workers hold."""
        return tuple(self._held.values())

    def why_over(self, key: Key) -> str:
        """Return why an attempt ended before its worker reported it; "" if that is not known here."""
        return self._over.get(key, "")

    def end(self) -> None:
        """Give everything back that workers hold: there will be nobody to report it to."""
        self._is_ended = True
        for held in self._held.values():
            held.deadline = trio.current_time()
            held.wake()

    def _note_over(self, held: Held) -> None:
        if trio.current_time() < held.deadline:
            return  # it was cancelled, and who did knows why
        worker = self._registry.workers.get(held.worker)
        if self._is_ended:
            why = "Mosaic was stopped, or its plugin fleet reloaded"
        elif worker is None:
            why = f"the worker {held.worker!r} left"
        elif held.is_given:
            why = f"the worker {held.worker!r} was not heard for {self._config.lease_seconds:g} s"
        else:
            why = f"the worker {held.worker!r} did not come for it"
        self._over[held.key] = why
        if len(self._over) > _MOST_OVER:
            self._over.popitem(last=False)


def _released(why: str) -> AgentResult:
    return AgentResult(outcome="released", summary=why)
