"""Taking work: who calls waits until the engine has claimed a task for it; waiting costs nothing."""

from __future__ import annotations

import trio

from mosaic_hookspecs import Call, Context, Denied

from .configuration import Config
from .held import Held
from .inputs import TakeWork
from .neighbours import Neighbours
from .packing import Packs
from .registry import Registry
from .views import Taken, Work
from .why_nothing import is_anything_active, why_nothing
from .worker import Taker, Worker

_SOON_SECONDS = 0.5
AGENT = "agent:"
"""How the names of principals begin that are agents on a connection that was lent to them."""


class Taking:
    """Hands work to workers."""

    def __init__(
        self, context: Context, config: Config, registry: Registry, packs: Packs, neighbours: Neighbours
    ) -> None:
        self._context = context
        self._config = config
        self._registry = registry
        self._packs = packs
        self._neighbours = neighbours

    async def take(self, request: TakeWork, call: Call) -> Taken:
        """Answer with work, or with why there is none when the wait is over."""
        require_own(call, request.agent)
        worker = await self._registry.present(request.agent, renews_all=False)
        wait = self._config.wait_seconds if request.wait_seconds is None else request.wait_seconds
        return await self.next_for(worker, min(wait, self._config.most_wait_seconds))

    async def after_report(self, worker: Worker) -> Taken:
        """Wait for the next work of a worker that has reported; not for long if no run is active any more."""
        soon = await self.next_for(worker, min(_SOON_SECONDS, self._config.wait_seconds))
        if soon.work is not None or worker.is_draining or not await is_anything_active(self._context):
            return soon
        return await self.next_for(worker, max(0.0, self._config.wait_seconds - _SOON_SECONDS))

    async def next_for(self, worker: Worker, wait: float) -> Taken:
        """Wait for the next work of a worker."""
        given = worker.given()
        if len(given) >= worker.capacity:
            # It did not get the answer to an earlier call, or forgot: it has to be told again what it holds.
            work = await self._work(given[0])
            return Taken(work=work, words=_still_yours(len(given)), messages=await self._unread(worker))
        held = worker.next_coming(self._config.lease_seconds)
        if held is None and not worker.is_draining:
            held = await self._wait(worker, wait)
        if held is None:
            return Taken(work=None, words=await self._why(worker), messages=await self._unread(worker))
        self._registry.look(worker)
        is_told = False
        try:
            work = await self._work(held)
            messages = await self._unread(worker)
            is_told = True
        finally:
            if not is_told:
                worker.take_back(held, self._config.hand_over_seconds)
        return Taken(work=work, words=_do_it(self._config.lease_seconds), messages=messages)

    async def _why(self, worker: Worker) -> str:
        return _DRAINING if worker.is_draining else await why_nothing(self._context, worker)

    async def _wait(self, worker: Worker, seconds: float) -> Held | None:
        taker = Taker()
        worker.takers.append(taker)
        self._registry.look(worker)
        self._registry.announce()
        is_over = False
        try:
            with trio.move_on_after(seconds):
                await taker.came.wait()
            is_over = True
        finally:
            worker.takers.remove(taker)
            if taker.held is not None and not is_over:
                worker.take_back(taker.held, self._config.hand_over_seconds)
            self._registry.heard(worker, renews=False)
        return taker.held

    async def _work(self, held: Held) -> Work:
        assignment = held.assignment
        spec = assignment.spec
        workspace = assignment.workspace
        directory = str(workspace.path) if workspace is not None else ""
        pack = await self._packs.of(
            assignment.run_id,
            spec.task_id,
            self._config.pack_bytes,
            directory=directory,
            agent=held.worker,
        )
        left = max(0.0, held.deadline - trio.current_time())
        return Work(
            run_id=assignment.run_id,
            task_id=spec.task_id,
            token=assignment.token,
            title=spec.title,
            workspace=directory,
            lease_seconds=self._config.lease_seconds,
            lease_until=self._context.clock.now() + round(left * 1000),
            attempt=assignment.attempt,
            text=pack.text,
        )

    async def _unread(self, worker: Worker) -> int:
        return await self._neighbours.unread(worker.name)


def require_own(call: Call, name: str) -> None:
    """Refuse one agent that acts as another.

    Raises:
        Denied: the principal is another agent's (code ``not-yours``).
    """
    who = call.principal
    if who.kind == "agent" and who.name.startswith(AGENT) and who.name != f"{AGENT}{name}":
        raise Denied(
            "not-yours",
            "this is another agent's",
            expected=f"{AGENT}{name}",
            got=who.name,
            hint="Call with your own name, for your own work.",
        )


_DRAINING = "You are draining, and get nothing more. agent_register undoes it."


def _do_it(lease_seconds: float) -> str:
    return (
        "Do the task as `text` says, then call work_report with its run_id, task_id and token; next=true "
        f"brings the next task with the answer. Call work_progress every {lease_seconds:g} s or more often."
    )


def _still_yours(count: int) -> str:
    more = "" if count == 1 else f" and {count - 1} more"
    return f"You hold this work{more} already. Finish it with work_report, or give it back with work_release."
