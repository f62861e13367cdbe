"""Schedulers beside others: two drives of one run, cancellation, and leases that are given back."""

from __future__ import annotations

import trio

from mosaic_hookspecs import RunState, TaskState, counters

from .cancelling import require_lets_go
from .leaks import LeakCheck
from .opening import OpenKernel
from .scheduling_runs import DIAMOND, SECONDS, bench, task
from .scripted import ScriptedAgent, hang, succeed

__all__ = ["TestSharing"]


class TestSharing:
    """What several drives may do, and what a drive that ends gives back."""

    async def test_two_drives_share_a_run(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(*(task(f"t{n}", *([f"t{n - 10}"] if n >= 10 else [])) for n in range(40)))
            async with trio.open_nursery() as nursery:
                for _ in range(2):
                    nursery.start_soon(at.drive)
            assert set((await at.states()).values()) == {TaskState.ACCEPTED}
            await at.require_once()
            done = [one.spec.task_id for one in at.agent.assignments]
            twice = sorted({name for name in done if done.count(name) > 1})
            assert not twice, f"done by both drives: {', '.join(twice)}"

    async def test_runs_are_driven_side_by_side(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at, trio.open_nursery() as nursery:
            for name in ("r", "s", "u"):
                await at.create(*DIAMOND, run_id=name)
                nursery.start_soon(at.drive, name)
        async with bench(mosaic_opened) as at:
            await at.create(*DIAMOND, run_id="r")
            await at.create(*DIAMOND, run_id="s")
            await at.drive("s")
            await at.require_run(RunState.FINISHED, "s")
            done = {one.run_id for one in at.agent.assignments}
            assert done == {"s"}, f"drive() of one run did another one's tasks: {', '.join(sorted(done))}"

    async def test_cancelling_gives_leases_back(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened, ScriptedAgent(otherwise=hang())) as at:
            await at.create(*(task(f"t{n}") for n in range(6)))
            async with LeakCheck(), trio.open_nursery() as nursery:
                scope = trio.CancelScope()
                nursery.start_soon(_within, scope, at.scheduler)
                with trio.move_on_after(SECONDS) as waiting:
                    await at.agent.wait_begun("t0")
                assert not waiting.cancelled_caught, "drive() did not begin the first task"
                scope.cancel()
            assert not at.agent.running, "drive() was cancelled, and an attempt still runs"
            held = sorted(name for name, state in (await at.states()).items() if state.is_held)
            assert not held, f"drive() was cancelled, and still holds the leases of {', '.join(held)}"
            assert await at.opened.storage.count(counters.held("tasks")) == 0
            at.agent.otherwise = succeed()
            await at.drive()
            assert set((await at.states()).values()) == {TaskState.ACCEPTED}
            await at.require_once()

    async def test_cancellation_is_let_through(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(*DIAMOND)
            await require_lets_go(at.scheduler.drive("r"), "drive()", seconds=SECONDS)
            at.agent.otherwise = hang()
            await require_lets_go(
                at.scheduler.drive("r"), "drive()", seconds=SECONDS, after=0.2, is_endless=True
            )


async def _within(scope: trio.CancelScope, scheduler: object) -> None:
    with scope:
        await scheduler.drive("r")  # type: ignore[attr-defined]
