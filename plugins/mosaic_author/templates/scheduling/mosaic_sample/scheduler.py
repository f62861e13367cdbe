"""The scheduler: claims a task, carries it out, and claims the next.

Sleeps until the log grows or the store's earliest deadline comes, and polls nothing. Owns the one lease
that a drive holds; a drive that is cancelled gives it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import trio
from mosaic_hookspecs import (
    Claim,
    Command,
    Context,
    Lease,
    MosaicError,
    NotFound,
    Outcome,
    Release,
    Renew,
    RunSpec,
    RunState,
    StartRun,
    Storage,
    TaskSpec,
    TaskState,
    Tick,
)

from .attempt import Attempt

_GIVE_BACK_SECONDS = 5.0


class SequentialScheduler:
    """`mosaic_hookspecs.Scheduler` that works on one task at a time."""

    def __init__(self, context: Context, lease_seconds: float) -> None:
        self._context = context
        self._lease_seconds = lease_seconds

    @property
    def _storage(self) -> Storage:
        storage: Storage = self._context.port("storage").get()
        return storage

    async def create(self, run: RunSpec, tasks: Sequence[TaskSpec]) -> None:
        """Store a run that is ready to be driven. Raises as `mosaic_hookspecs.decide` says."""
        await self._apply(StartRun(run=run, tasks=tasks))

    async def drive(self, run_id: str) -> None:
        """Work on a run until nothing can be done any more without a person or another agent.

        Raises:
            NotFound: there is no such run.
        """
        storage = self._storage
        if await storage.run(run_id) is None:
            raise NotFound("no-run", f"there is no run {run_id!r}", hint="`mosaic runs` lists them.")
        while True:
            head = await storage.head()  # before looking, so that nothing is missed while sleeping
            await self._apply(Tick())
            agents = self._agents()
            lease = await self._claim(run_id, agents) if agents else None
            if lease is not None:
                await self._carry_out(lease, agents)
            elif await self._may_go_on(storage, run_id):
                await self._sleep(storage, head)
            else:
                return

    def _agents(self) -> Mapping[str, Any]:
        """Map the agents that are here, by name, to their providers; the port holds check runners, too."""
        port = self._context.port("agents")
        providers = [port.get(name) for name in port.names() if not name.startswith("check:")]
        return {provider.offer.name: provider for provider in providers}

    async def _claim(self, run_id: str, agents: Mapping[str, Any]) -> Lease | None:
        claim = Claim(
            holder=f"{self._context.plugin}-{id(self):x}",
            offers=[agent.offer for agent in agents.values()],
            lease_seconds=self._lease_seconds,
            run_id=run_id,
        )
        leases = await self._apply(claim)
        return leases[0] if isinstance(leases, Sequence) and leases else None

    async def _carry_out(self, lease: Lease, agents: Mapping[str, Any]) -> None:
        storage = self._storage
        run = await storage.run(lease.run_id)
        if run is None:
            return
        attempt = Attempt(self._context, storage, agents[lease.agent], lease, run.spec)
        ending: Sequence[Command] = [Release(**attempt.names, reason="it was interrupted")]
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep, attempt.names, nursery.cancel_scope)
                ending = await attempt.carry_out()
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _GIVE_BACK_SECONDS):
                await self._end(storage, attempt.names, ending)

    async def _end(self, storage: Storage, names: dict[str, Any], ending: Sequence[Command]) -> None:
        """Write what ends a lease; if that is refused, give the lease back, unless it is lost."""
        for commands in (ending, [Release(**names, reason="its end was refused")]):
            refused = [one for one in await self._outcomes(storage, commands) if isinstance(one, MosaicError)]
            if not refused:
                return
            self._context.log.info("attempt.refused", **names, why=str(refused[0]))

    async def _keep(self, names: dict[str, Any], scope: trio.CancelScope) -> None:
        """Renew the lease while the attempt goes on; end the attempt when the lease is lost."""
        renew = Renew(**names, lease_seconds=self._lease_seconds)
        while True:
            await trio.sleep(self._lease_seconds / 3)
            [outcome] = await self._outcomes(self._storage, [renew])
            if isinstance(outcome, MosaicError):
                scope.cancel()
                return

    async def _may_go_on(self, storage: Storage, run_id: str) -> bool:
        """Whether something will happen by itself: another drive works on it, or a task waits for its time."""
        run = await storage.run(run_id)
        counts = await storage.counts(run_id)
        is_active = run is not None and run.state is RunState.ACTIVE
        return any(state.is_held for state in counts) or (is_active and TaskState.DELAYED in counts)

    async def _sleep(self, storage: Storage, head: int) -> None:
        deadline = await storage.next_deadline()
        seconds = float("inf")
        if deadline is not None:
            seconds = max(0.0, (deadline - self._context.clock.now()) / 1000)
        with trio.move_on_after(seconds):
            await storage.wait(head)

    async def _apply(self, command: Command) -> Outcome:
        [outcome] = await self._outcomes(self._storage, [command])
        if isinstance(outcome, MosaicError):
            raise outcome
        return outcome

    async def _outcomes(self, storage: Storage, commands: Sequence[Command]) -> Sequence[Outcome | MosaicError]:
        return await storage.apply(commands, by=self._context.plugin)
