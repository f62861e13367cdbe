"""The drive loop: claims, hands out, and writes what became of it; sleeps while there is nothing to do.

Owns the leases that one drive holds. Wakes on events of the store (of any process), on free slots and on
deadlines (see `watching`), and by nothing else. A wake-up's commands go to the store in one call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import trio

from mosaic_hookspecs.commands import Accept, Command, Lease, Release, Tick
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.storage import Storage

from .attempt import Attempt
from .backlog import Backlog
from .claiming import Asked, Claiming
from .config import Config
from .crew import Providers
from .ending import is_over
from .holder import make_holder
from .journal import Journal, room_of
from .merges import MergeQueues
from .needs import Results
from .phases import Stop
from .rooms import Rooms
from .slots import Slots
from .watching import keep_leases, stop_unwanted, watch, watch_agents
from .write_queue import Batch, Key, Outcomes, WriteQueue, refusal

_GATHER_SECONDS = 0.003


class Driver(Providers):
    """Works on one run, or on all ("")."""

    def __init__(  # noqa: PLR0913 - what the drives of one engine share
        self,
        *,
        context: Context,
        storage: Storage,
        config: Config,
        slots: Slots,
        rooms: Rooms,
        merges: MergeQueues,
        run_id: str,
    ) -> None:
        super().__init__(context)
        self.storage = storage
        self.config = config
        self._merges = merges
        self.run_id = run_id
        self.serves_all = not run_id
        self.verification_seconds = config.verification_seconds
        self.verifying = slots.verifying
        self.holder = make_holder()
        self.log = context.log.bind(holder=self.holder)
        self.clock = context.clock
        self.held: dict[Key, Attempt] = {}
        self.tick_wanted = True
        self._seat, self._rooms = slots.seat(self.poke), rooms
        self.writes = WriteQueue(storage, config.storage_seconds, self.poke)
        self._results = Results(storage)
        self._wake = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._failure: Exception | None = None
        self._is_draining = False
        self._is_settling = False
        self._claiming = Claiming(
            context=context,
            config=config,
            seat=self._seat,
            rooms=rooms,
            holder=self.holder,
            run_id=run_id,
            poke=self.poke,
        )
        self._backlog = Backlog(self._seat, self._claiming.ahead, self._carry_out, self._start)
        self.held_any = trio.Event()
        self.ended = trio.Event()
        self._room = room_of(context, config, self.writes.spend)

    async def run(self) -> None:
        """Drive until nothing more can be done. Cancelled or drained, it ends its attempts and gives
        their leases back.
        """
        leave = self._rooms.join(self.held)
        try:
            async with trio.open_nursery() as self._nursery:
                self._start(keep_leases, self)
                self._start(watch_agents, self, self._context.bus)
                try:
                    await self._guard(self._loop)
                finally:
                    self._seat.leave()  # others need not wait until our attempts are ended
                self._nursery.cancel_scope.cancel()
        finally:
            self._nursery = None
            self._seat.close()
            await self._give_back()
            leave()
            self._claiming.close()
            self.ended.set()
        if self._failure is not None:
            raise self._failure

    def settle(self) -> None:
        """Begin no attempt any more; the drive ends when those in flight have."""
        self._is_settling = True
        self.poke()

    def drain(self) -> None:
        """End the drive: attempts are cancelled, their leases released."""
        self._is_draining = True
        self.poke()

    def poke(self) -> None:
        """Wake the loop."""
        self._wake.set()

    def want_claim(self) -> None:
        """Claim at the next turn: something may be ready, or an agent may take more."""
        self._claiming.is_wanted = True

    def look_at(self, run_id: str) -> None:
        """Stop at once what a run does not want any more, since it was cancelled or its budget is spent."""
        self.writes.spent.add(run_id)
        self.poke()

    def fail(self, error: Exception) -> None:
        """End the whole drive with this error."""
        if self._failure is None:
            self._failure = error
        self._backlog.clear()
        self.poke()

    def _start(self, function: Callable[..., Awaitable[None]], *args: Any) -> None:
        if self._nursery is not None:
            self._nursery.start_soon(self._guard, function, *args)

    async def _guard(self, function: Callable[..., Awaitable[None]], *args: Any) -> None:
        try:
            await function(*args)
        except Exception as error:  # noqa: BLE001 - told to who drives, once all attempts are ended
            self.fail(error)

    async def _loop(self) -> None:
        self._start(watch, self, await self.storage.head())  # before the first claim: nothing is missed
        while self._failure is None and not self._is_draining:
            if self._claiming.ahead.extra and self._backlog:
                await trio.sleep(_GATHER_SECONDS)  # attempts end within milliseconds: write many at once
            if not self._is_settling:
                self._backlog.begin()
            batches = self._take_batches()
            if batches:
                await self.writes.apply(batches)
                continue
            if self.writes.spent:
                await stop_unwanted(self, self.writes.take_spent())
            if self._is_settling:
                self._seat.leave()
                self._return_backlog()
                if not self.held:
                    return
            if not self.held and not self.serves_all and await is_over(self._context, self):
                return
            await self._sleep()

    async def _sleep(self) -> None:
        with trio.move_on_at(self._backlog.stuck_at):
            await self._wake.wait()
            self._wake = trio.Event()
        if trio.current_time() >= self._backlog.stuck_at:
            self._return_backlog()

    def _return_backlog(self) -> None:
        """Give back the leases that were taken ahead of slots which did not become free: others may want
        them.
        """
        for attempt in self._backlog.clear():
            attempt.stop(Stop.RETURNED)
            self._finish(attempt, (Release(**attempt.names, reason=Stop.RETURNED.value),))

    def _take_batches(self) -> list[Batch]:
        batches = self.writes.take(self._spent_in_vain)
        if self.tick_wanted:
            self.tick_wanted = False
            batches.append(Batch((Tick(),), self._ticked))
        if not self._is_settling:
            for asked in self._claiming.claims(len(self._backlog)):
                batches.append(Batch((asked.claim,), partial(self._claimed, asked)))
            self.agents = self._claiming.agents
        return batches

    def _claimed(self, asked: Asked, outcomes: Outcomes) -> None:
        attempts = [self._attempt(lease) for lease in self._leases(outcomes)]
        asked.answered()
        if asked.is_elsewhere:
            for attempt in attempts:
                attempt.is_elsewhere = True
                self._start(self._carry_out, attempt)
        else:
            self._claiming.got(asked, len(attempts))
            self._backlog.add(attempts, asked.slots)

    def _leases(self, outcomes: Outcomes) -> Sequence[Lease]:
        error = refusal(outcomes)
        if error is not None:
            self.fail(error)
            return ()
        leases: Any = outcomes[0]
        if leases:
            self.held_any.set()
        return leases  # type: ignore[no-any-return] # a claim answers with leases

    def _attempt(self, lease: Lease) -> Attempt:
        journal = Journal(self._room, lease.run_id, lease.task_id, lease.token)
        attempt = Attempt(lease, journal, trio.current_time())
        self.held[attempt.key] = attempt
        return attempt

    def _ticked(self, outcomes: Outcomes) -> None:
        if outcomes[0]:
            self.want_claim()

    def _spent_in_vain(self, key: Key) -> None:
        attempt = self.held.get(key)
        if attempt is not None:
            attempt.stop(Stop.LOST)

    def _finished(self, attempt: Attempt, outcomes: Outcomes) -> None:
        """Let go of a lease when the commands that end it were applied."""
        error = refusal(outcomes)
        if error is not None and (instead := attempt.instead(error)):
            self._finish(attempt, instead)
            return
        self.held.pop(attempt.key, None)
        if error is not None:
            self.log.info("attempt.refused", **attempt.names, code=error.code, what=error.what)
        elif attempt.is_accepted and attempt.outputs is not None:
            self._results.accepted(*attempt.key[:2], attempt.outputs)

    def _finish(self, attempt: Attempt, commands: Sequence[Command]) -> None:
        if commands:
            attempt.last = commands[-1]
            attempt.is_accepted = isinstance(attempt.last, Accept)
            self.writes.put(Batch(commands, partial(self._finished, attempt)))
        else:
            self.held.pop(attempt.key, None)
        self.want_claim()
        self.poke()

    async def _carry_out(self, attempt: Attempt) -> None:
        lease = attempt.lease
        attempt.run = await self._results.run(lease.run_id)
        if lease.spec.needs:
            attempt.needs = await self._results.of(lease.run_id, lease.spec)
        self._finish(attempt, await attempt.carry_out(self, self._merges))

    async def _give_back(self) -> None:
        """Write what ended, and release what did not, whatever else is going on."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + self.config.cleanup_seconds):
            for attempt in self.held.values():
                attempt.journal.close()
            queued = self.writes.take(self._spent_in_vain)
            settles = [batch.settle for batch in queued if isinstance(batch.settle, partial)]
            ending = {settle.args[0] for settle in settles if settle.func == self._finished}
            for attempt in [one for one in self.held.values() if one not in ending]:
                self._finish(attempt, (Release(**attempt.names, reason="it was interrupted"),))
            batches = [*queued, *self.writes.take(self._spent_in_vain)]
            try:
                while batches:  # what is refused may want another end
                    await self.writes.apply(batches)
                    batches = self.writes.take(self._spent_in_vain)
            except Exception as error:  # noqa: BLE001 - the leases run out by themselves
                self.log.warning("release.failed", error=error)

    async def submit(self, commands: Sequence[Command]) -> None:
        """Apply commands, and return when they are durable; raises the refusal."""
        await self.writes.submit(commands)
