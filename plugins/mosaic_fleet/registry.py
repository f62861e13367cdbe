"""Who the workers are: how they come, are heard, fall silent, and go. The store remembers them.

Refuses names that are not theirs to take. One task watches for silence, and sleeps until there may be some.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import trio

from mosaic_hookspecs import AGENTS_CHANGED, AgentOffer, Context, InputError, JsonObject, MosaicError, Refused

from .configuration import Config
from .driving import Driving
from .inputs import RegisterAgent
from .keeping import Keeper, body_of
from .worker import Worker

POOL = "pull"
_REGISTERED = ("name", "kind", "labels", "is_general", "capacity")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


class Registry:
    """The workers of this process, and those of before."""

    def __init__(self, context: Context, config: Config) -> None:
        self.keeper = Keeper(context, config)
        self._context = context
        self._config = config
        self._driving = Driving(context, config)
        self._workers: dict[str, Worker] = {}
        self._before: dict[str, JsonObject] | None = None
        self._coming = trio.Lock()
        self._is_watching = False
        self._watched_until = math.inf
        self._wake = trio.Event()

    @property
    def workers(self) -> Mapping[str, Worker]:
        """The workers that are registered here, by name."""
        return self._workers

    def offers(self) -> Sequence[AgentOffer]:
        """Return what they offer; who waits longest comes first."""
        offered = [worker for worker in self._workers.values() if worker.is_offered]
        offered.sort(key=lambda worker: worker.since)
        return [worker.offer() for worker in offered]

    async def gone(self) -> Mapping[str, JsonObject]:
        """Return the agents that were here, by name, and what is remembered of them."""
        before = await self._remembered()
        return {name: body for name, body in before.items() if name not in self._workers}

    async def register(self, request: RegisterAgent) -> Worker:
        """Register a worker, or change what one can do that is here."""
        require_name(request.name)
        async with self._coming:
            worker = self._workers.get(request.name)
            if worker is None:
                worker = await self._come(request)
            else:
                worker.kind, worker.labels = request.kind, frozenset(request.labels)
                worker.is_general, worker.capacity = request.is_general, request.capacity
                worker.is_draining = False
                await self.keeper.keep(worker)
        self.heard(worker)
        self.announce()
        return worker

    async def present(self, name: str, *, renews_all: bool = True) -> Worker:
        """Return a worker that calls: one that was here before as it was, one that nobody knows for any task.
        What it holds is renewed; of one that holds several things only if it `renews_all`.
        """
        worker = self._workers.get(name)
        if worker is None:
            require_name(name)
            async with self._coming:
                worker = self._workers.get(name)
                if worker is None:
                    known: Any = (await self._remembered()).get(name, {})
                    fields = ("kind", "labels", "is_general", "capacity")
                    worker = await self._come(
                        RegisterAgent(name=name, **{key: known[key] for key in fields if key in known})
                    )
        self.heard(worker, renews=renews_all or worker.capacity == 1)
        return worker

    def heard(self, worker: Worker, *, renews: bool = True) -> None:
        """Note that a worker lives; what it holds is then its own for another while, if that `renews` it."""
        worker.heard, worker.heard_at = trio.current_time(), self._context.clock.now()
        if renews:
            for held in worker.given():
                held.renew(self._config.lease_seconds)
        if worker.is_silent:
            worker.is_silent = False
            self.announce()
        self.look(worker)
        self._watch_until(worker.heard + self._config.lease_seconds)

    async def drain(self, worker: Worker) -> None:
        """Give a worker nothing more."""
        worker.is_draining = True
        self.heard(worker)
        for held in tuple(worker.coming):
            held.deadline = trio.current_time()
            held.wake()
        for taker in worker.takers:
            taker.came.set()
        self.announce()

    async def leave(self, worker: Worker, why: str = "") -> None:
        """Let a worker go; what it holds goes to others."""
        self._workers.pop(worker.name, None)
        for held in (*worker.given(), *worker.coming):
            held.deadline = trio.current_time()
            held.wake()
        for taker in worker.takers:
            taker.came.set()
        self.announce()
        await self.keeper.record("agent-left", {"name": worker.name, "reason": why})
        if why:
            await self.keeper.keep(worker)
            (await self._remembered())[worker.name] = body_of(worker)
        else:
            await self.keeper.forget(worker.name)
            (await self._remembered()).pop(worker.name, None)

    def look(self, worker: Worker) -> None:
        """Note since when a worker is in its state."""
        if worker.state != worker.last_state:
            worker.last_state, worker.since = worker.state, self._context.clock.now()

    def announce(self) -> None:
        """Have the engine ask anew who takes what."""
        self._context.bus.publish(AGENTS_CHANGED, None)
        self._driving.keep(is_wanted=bool(self._workers))

    async def _come(self, request: RegisterAgent) -> Worker:
        self._require_free(request.name)
        before: Any = (await self._remembered()).get(request.name, {})
        wanted = {**before, **attrs.asdict(request), "registered_at": self._context.clock.now()}
        wanted["labels"] = sorted(request.labels)
        await self.keeper.record("agent-registered", {key: wanted[key] for key in _REGISTERED})
        worker = self._enter(request.name, wanted)
        await self.keeper.keep(worker)
        return worker

    def _enter(self, name: str, body: Mapping[str, Any]) -> Worker:
        now = self._context.clock.now()
        worker = self._workers[name] = Worker(
            name=name,
            kind=body["kind"],
            labels=frozenset(body["labels"]),
            is_general=body["is_general"],
            capacity=body["capacity"],
            registered_at=body["registered_at"],
            heard_at=now,
            heard=trio.current_time(),
            since=now,
            accepted=body.get("accepted", 0),
            refused=body.get("refused", 0),
            released=body.get("released", 0),
        )
        if not self._is_watching:
            self._is_watching = True
            self._context.start_soon(self._watch)
        self._driving.keep(is_wanted=True)
        return worker

    def _require_free(self, name: str) -> None:
        if len(self._workers) >= self._config.most_workers:
            raise Refused(
                "too-many-agents",
                "no more workers are taken",
                expected=f"at most {self._config.most_workers}",
                hint="Have one leave (agent.leave), or raise plugins.fleet.most_workers.",
            )
        if name == POOL or name in self._context.port("agents").names():
            raise Refused(
                "name-taken", f"an agent named {name!r} is here", where="name", hint="Take another name."
            )

    async def _remembered(self) -> dict[str, JsonObject]:
        if self._before is None:
            self._before = await self.keeper.before()
        return self._before

    def _watch_until(self, at: float) -> None:
        if at < self._watched_until:
            self._wake.set()

    async def _watch(self) -> None:
        """Note who falls silent, and who is gone; sleep until somebody may."""
        try:
            while self._workers:
                self._watched_until = math.inf
                for worker in tuple(self._workers.values()):
                    if not worker.takers:  # who waits for work here is heard
                        self._watched_until = min(self._watched_until, await self._judged(worker))
                with trio.move_on_at(self._watched_until):
                    await self._wake.wait()
                self._wake = trio.Event()
        finally:
            self._is_watching = False

    async def _judged(self, worker: Worker) -> float:
        """Judge one worker, and return when it has to be judged again."""
        now = trio.current_time()
        silent_at = worker.heard + self._config.lease_seconds
        gone_at = worker.heard + self._config.gone_seconds
        if now >= gone_at and not worker.held:
            try:
                await self.leave(worker, "it was not heard any more")
            except (MosaicError, OSError) as error:
                self._context.log.warning("agents.not_kept", error=error)
            return math.inf
        if now >= silent_at:
            if not worker.is_silent:
                worker.is_silent = True
                self.look(worker)
                self.announce()
            return gone_at if now < gone_at else now + self._config.lease_seconds
        return silent_at


def require_name(name: str) -> None:
    """Refuse what is no name of an agent.

    Raises:
        InputError: it has other characters, or too many (code ``bad-name``).
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "bad-name",
            "this is no name for an agent",
            where="name",
            expected="at most 64 letters, digits, and . _ - inside",
            got=repr(name)[:80],
        )
