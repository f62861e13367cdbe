"""The engine: the provider of the scheduling port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs.commands import CancelRun, CancelTask, ExhaustRun, StartRun
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, NotFound
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunSpec, TaskSpec

from .config import Config
from .drive import Driver
from .merges import MergeQueues
from .recover import reap, release_dead
from .rooms import Rooms
from .slots import Slots
from .write_queue import PRINCIPAL, WriteQueue

_ENDING = (CancelRun, CancelTask, ExhaustRun)


class Engine:
    """`mosaic_hookspecs.ports.Scheduler` for one machine; any number of processes may work on a run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._config: Config = context.config or Config()
        self._slots = Slots(self._config.parallelism)
        self._rooms = Rooms()
        self._merges = MergeQueues()
        self._drivers: dict[Driver, bool] = {}
        self._is_draining = False

    @property
    def storage(self) -> Storage:
        """The store."""
        storage: Storage = self._context.port("storage").get()
        return storage

    @property
    def quotas(self) -> Mapping[str, int]:
        """How much of each resource may be held at once."""
        return self._config.quotas

    @property
    def is_driving(self) -> bool:
        """Whether somebody has this work on every active run: not a plugin, which does so only while nobody
        else does.
        """
        return any(driver.serves_all and not is_stopgap for driver, is_stopgap in self._drivers.items())

    async def create(self, run: RunSpec, tasks: Sequence[TaskSpec], by: str = PRINCIPAL) -> None:
        """Store a run that is ready to be driven. Raises as `mosaic_hookspecs.decide` says."""
        await self.command(StartRun(run=run, tasks=tasks), by=by)

    async def command(self, command: Any, by: str = PRINCIPAL) -> None:
        """Apply one command; what it ends here is stopped at once. Raises what it is refused with."""
        outcome = (await self.storage.apply([command], by=by))[0]
        if isinstance(outcome, MosaicError):
            raise outcome
        if isinstance(command, _ENDING):
            for driver in self._drivers:
                driver.look_at(command.run_id)

    async def drive(self, run_id: str, *, is_stopgap: bool = False) -> None:
        """Work on a run, with others if there are, until nothing can be done any more without a person
        or another agent; return then, or when the run is final. "": on every active run, until
        cancelled or drained. Cancelling it ends the attempts, and gives their leases back. `is_driving` does
        not count what `is_stopgap`.

        Raises:
            NotFound: there is no such run.
            MosaicError, OSError: the storage failed, or a decided publication could not be carried out.
        """
        storage = self.storage
        if run_id and await storage.run(run_id) is None:
            raise NotFound("no-run", f"there is no run {run_id!r}", hint="`mosaic runs` lists them.")
        if self._is_draining:
            return
        await self._recover(storage, run_id)
        driver = Driver(
            context=self._context,
            storage=storage,
            config=self._config,
            slots=self._slots,
            rooms=self._rooms,
            merges=self._merges,
            run_id=run_id,
        )
        self._drivers[driver] = is_stopgap
        try:
            await driver.run()
        finally:
            self._drivers.pop(driver, None)

    async def _recover(self, storage: Storage, run_id: str) -> None:
        writes = WriteQueue(storage, self._config.storage_seconds)
        released = await release_dead(storage, writes, run_id)
        removed = 0
        with trio.move_on_after(self._config.cleanup_seconds):
            try:
                removed = await reap(self._context, storage)
            except (MosaicError, OSError) as error:
                self._context.log.warning("reap.failed", error=error)
        if released or removed:
            self._context.log.info("engine.recovered", leases=released, workspaces=removed)

    async def drain(self) -> None:
        """Begin nothing any more; let what is in flight finish, for `Config.drain_seconds`, then end and
        release it; return when all is given back.
        """
        self._is_draining = True
        for driver in self._drivers:
            driver.settle()
        with trio.move_on_after(self._config.drain_seconds):
            while self._drivers:
                await next(iter(self._drivers)).ended.wait()
        while self._drivers:
            driver = next(iter(self._drivers))
            driver.drain()
            await driver.ended.wait()
