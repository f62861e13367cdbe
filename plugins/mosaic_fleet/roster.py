"""The agents as a list: the workers that are here, those that were, and those that Mosaic runs itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs import Call, Context, MosaicError, NotFound, offers_of

from .at_work import at_work
from .held import Held
from .inputs import ListAgents, NameAgent, RegisterAgent
from .registry import POOL, Registry
from .taking import require_own
from .views import AgentList, AgentView, HoldingView, Told
from .worker import Worker

_CHECKS = "check:"


class Roster:
    """Lets workers come and go, and tells who is here."""

    def __init__(self, context: Context, registry: Registry) -> None:
        self._context = context
        self._registry = registry

    async def register(self, request: RegisterAgent, call: Call) -> AgentView:
        """Register a worker."""
        require_own(call, request.name)
        return self._of_worker(await self._registry.register(request))

    async def heartbeat(self, request: NameAgent, call: Call) -> AgentView:
        """Note that a worker lives, and keep all that it holds."""
        worker = await self._here(request.name, call)
        self._registry.heard(worker)
        return self._of_worker(worker)

    async def drain(self, request: NameAgent, call: Call) -> AgentView:
        """Give a worker nothing more."""
        worker = await self._here(request.name, call)
        await self._registry.drain(worker)
        return self._of_worker(worker)

    async def leave(self, request: NameAgent, call: Call) -> Told:
        """Let a worker go."""
        worker = await self._here(request.name, call)
        held = len(worker.given())
        await self._registry.leave(worker)
        lost = f" What you held ({held}) goes to others." if held else ""
        return Told(words=f"{worker.name} has left.{lost}")

    async def listed(self, request: ListAgents, call: Call) -> AgentList:
        """List agents."""
        views = [self._of_worker(worker) for worker in self._registry.workers.values()]
        views += self._of_port(await at_work(self._context))
        if request.gone:
            views += [_of_memory(name, body) for name, body in (await self._registry.gone()).items()]
        return AgentList(items=sorted(views, key=lambda view: view.name))

    async def show(self, request: NameAgent, call: Call) -> AgentView:
        """Show one agent."""
        everybody = await self.listed(ListAgents(), call)
        for view in everybody.items:
            if view.name == request.name:
                return view
        raise _unknown(request.name)

    async def _here(self, name: str, call: Call) -> Worker:
        require_own(call, name)
        worker = self._registry.workers.get(name)
        if worker is None:
            raise _unknown(name)
        return worker

    def _of_worker(self, worker: Worker) -> AgentView:
        return AgentView(
            name=worker.name,
            kind=worker.kind,
            labels=sorted(worker.labels),
            is_general=worker.is_general,
            is_pull=True,
            state=worker.state,
            capacity=worker.capacity,
            since=worker.since,
            registered_at=worker.registered_at,
            heard_at=worker.heard_at,
            accepted=worker.accepted,
            refused=worker.refused,
            released=worker.released,
            holding=[self._holding(held) for held in worker.held.values()],
        )

    def _holding(self, held: Held) -> HoldingView:
        run_id, task_id, token = held.key
        left = round(max(0.0, held.deadline - trio.current_time()) * 1000)
        return HoldingView(
            run_id=run_id,
            task_id=task_id,
            token=token,
            title=held.assignment.spec.title,
            since=held.since,
            lease_until=self._context.clock.now() + left,
        )

    def _of_port(self, held: Mapping[str, Sequence[HoldingView]]) -> Iterator[AgentView]:
        port = self._context.port("agents")
        for name in port.names():
            if name == POOL or name.startswith(_CHECKS):
                continue
            try:
                offers: Sequence[Any] = offers_of(port.get(name))
            except MosaicError:
                continue
            for offer in offers:
                holding = held.get(offer.name, ())
                yield AgentView(
                    name=offer.name,
                    kind=name,
                    labels=sorted(offer.labels),
                    is_general=offer.is_general,
                    is_pull=False,
                    state="working" if holding else "here",
                    since=min((one.since for one in holding), default=None),
                    holding=holding,
                )


def _of_memory(name: str, body: Mapping[str, Any]) -> AgentView:
    return AgentView(
        name=name,
        kind=body.get("kind", ""),
        labels=tuple(body.get("labels", ())),
        is_general=body.get("is_general", True),
        is_pull=True,
        state="gone",
        capacity=body.get("capacity"),
        since=body.get("heard_at"),
        registered_at=body.get("registered_at"),
        heard_at=body.get("heard_at"),
        accepted=body.get("accepted", 0),
        refused=body.get("refused", 0),
        released=body.get("released", 0),
    )


def _unknown(name: str) -> NotFound:
    return NotFound(
        "no-agent",
        f"no agent named {name!r} is here",
        where="name",
        hint="agent_list names those that are; agent_register or work_take lets you come.",
    )
