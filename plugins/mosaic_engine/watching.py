"""What wakes a drive: events of the store from any process, deadlines, and leases to be renewed.

Polls nothing: while nothing happens and nothing is held, nothing runs here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Protocol

import trio

from mosaic_hookspecs.commands import Renew
from mosaic_hookspecs.context import Bus, Clock
from mosaic_hookspecs.offers import AGENTS_CHANGED
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunRecord, RunState

from .attempt import Attempt
from .config import Config
from .phases import Phase, Stop
from .write_queue import Batch, Outcomes, WriteQueue, refusal

_PLUGIN_CHANGED = "plugin.changed"
_SETTLE_SECONDS = 0.05
"""Events come in bursts: what they mean for long attempts is looked at once they settle."""


class Watched(Protocol):
    """The drive, as what wakes it sees it."""

    storage: Storage
    clock: Clock
    config: Config
    writes: WriteQueue
    held_any: trio.Event
    tick_wanted: bool

    @property
    def held(self) -> Mapping[Any, Attempt]:
        """The attempts whose leases this process holds."""

    def want_claim(self) -> None:
        """Claim at the next turn of the loop."""

    def poke(self) -> None:
        """Wake the loop."""


async def watch(driver: Watched, seen: int) -> None:
    """Wake the driver on every event after `seen` and on every deadline; stop attempts that lost their
    ground.
    """
    storage = driver.storage
    while True:
        deadline = await storage.next_deadline()
        until = float("inf")
        if deadline is not None:
            until = trio.current_time() + max(0.0, (deadline - driver.clock.now()) / 1000) + 0.001
        with trio.move_on_at(until) as scope:
            seen = await storage.wait(seen)
        if not scope.cancelled_caught:
            driver.want_claim()
        if (
            deadline is not None and deadline <= driver.clock.now()
        ):  # also where events come so fast that nothing is ever waited for
            driver.tick_wanted = True
        driver.poke()
        woken = trio.current_time()
        await trio.sleep(_SETTLE_SECONDS)
        await _look_after([attempt for attempt in driver.held.values() if attempt.started <= woken], driver)


async def stop_unwanted(driver: Watched, run_ids: Collection[str]) -> None:
    """Stop the attempts of runs that do not want them any more, before they ask a model again."""
    await _look_after([attempt for attempt in driver.held.values() if attempt.lease.run_id in run_ids], driver)


async def _look_after(attempts: list[Attempt], driver: Watched) -> None:
    """Stop attempts whose task or run does not want them any more."""
    runs: dict[str, RunRecord | None] = {}
    for attempt in attempts:
        lease = attempt.lease
        if lease.run_id not in runs:
            runs[lease.run_id] = await driver.storage.run(lease.run_id)
        run = runs[lease.run_id]
        record = await driver.storage.task(lease.run_id, lease.task_id)
        if run is None or record is None or record.token != lease.token or not record.state.is_held:
            attempt.stop(Stop.LOST)
        elif run.state is RunState.CANCELLED:
            attempt.stop(Stop.CANCELLED)
        elif run.state is RunState.EXHAUSTED and attempt.phase in (Phase.WAITING, Phase.WORKING):
            attempt.stop(Stop.BUDGET)


async def watch_agents(driver: Watched, bus: Bus) -> None:
    """Claim anew when an agent has come, or takes other work than before."""
    async with bus.subscribe(AGENTS_CHANGED, _PLUGIN_CHANGED) as notices:
        async for _ in notices:
            driver.want_claim()
            driver.poke()


async def keep_leases(driver: Watched) -> None:
    """Renew all leases in one call whenever a third of their time has passed."""
    seconds = driver.config.lease_seconds
    while True:
        await driver.held_any.wait()
        await trio.sleep(seconds / 3)
        if not driver.held:
            driver.held_any = trio.Event()
            continue
        young = trio.current_time() - seconds / 6
        for attempt in driver.held.values():
            if attempt.started <= young and attempt.stopped is None:
                command = Renew(**attempt.names, lease_seconds=seconds)
                driver.writes.put(Batch((command,), partial(_renewed, attempt)))


def _renewed(attempt: Attempt, outcomes: Outcomes) -> None:
    error = refusal(outcomes)
    if error is not None:
        attempt.stop(Stop.CANCELLED if error.code == "run-cancelled" else Stop.LOST)
