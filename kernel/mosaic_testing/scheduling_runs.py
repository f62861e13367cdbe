"""Runs for the kit of the scheduling port: how they are made, driven and looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from mosaic_hookspecs import MosaicError, Need, Retry, RunSpec, RunState, TaskSpec, TaskState

from .opening import Opened, OpenKernel
from .scripted import ScriptedAgent

__all__ = ["DIAMOND", "SECONDS", "Bench", "bench", "task"]

SECONDS = 30.0
"""How long a small run may take."""


def task(name: str, *needs: str, attempts: int = 1, **fields: Any) -> TaskSpec:
    """Return a task that needs others."""
    retry = Retry(attempts=attempts, delay_seconds=0.01, jitter=0.0)
    return TaskSpec(
        task_id=name, title=name, needs=tuple(Need(task_id=one) for one in needs), retry=retry, **fields
    )


DIAMOND = (task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c"))
"""One task, then two side by side, then one."""


@attrs.frozen
class Bench:
    """A scheduler with everything around it."""

    opened: Opened
    agent: ScriptedAgent

    @property
    def scheduler(self) -> Any:
        """What is tested."""
        return self.opened.provider

    async def create(self, *tasks: TaskSpec, run_id: str = "r") -> None:
        """Create a run; it has to return in time."""
        __tracebackhide__ = True
        with trio.move_on_after(SECONDS) as scope:
            await self.scheduler.create(RunSpec(run_id=run_id, title="A run of the kit"), tasks)
        assert not scope.cancelled_caught, f"create() did not return within {SECONDS:g} s"

    async def drive(self, run_id: str = "r") -> None:
        """Drive a run; it has to return in time."""
        __tracebackhide__ = True
        with trio.move_on_after(SECONDS) as scope:
            try:
                answer = await self.scheduler.drive(run_id)
            except Exception as error:
                raise AssertionError(f"drive() raised {type(error).__name__}: {error}") from error
            assert answer is None, f"drive() returned {answer!r}; it returns nothing"
        if scope.cancelled_caught:
            states = {one: state.value for one, state in (await self.states(run_id)).items()}
            raise AssertionError(f"drive() did not return within {SECONDS:g} s; the tasks are {states}")

    async def states(self, run_id: str = "r") -> dict[str, TaskState]:
        """Return where each task stands."""
        return {one.task_id: one.state for one in await self.opened.storage.tasks(run_id)}

    async def require(self, expected: dict[str, TaskState], run_id: str = "r") -> None:
        """Fail unless the tasks stand so."""
        __tracebackhide__ = True
        found = await self.states(run_id)
        told = {
            name: (state.value, found[name].value if name in found else "not there")
            for name, state in expected.items()
            if found.get(name) is not state
        }
        assert not told, "; ".join(
            f"the task {name!r} has to be {wanted}, and is {is_now}" for name, (wanted, is_now) in told.items()
        )

    async def require_run(self, expected: RunState, run_id: str = "r") -> None:
        """Fail unless the run stands so."""
        __tracebackhide__ = True
        run = await self.opened.storage.run(run_id)
        assert run is not None, f"the run {run_id!r} is not in the store"
        assert run.state is expected, f"the run has to be {expected.value}, and is {run.state.value}"

    async def kinds(self, task_id: str, run_id: str = "r") -> Sequence[str]:
        """Return the kinds of a task's events."""
        return [event.kind for event in await self.opened.storage.events(run_id=run_id, task_id=task_id)]

    async def require_once(self, run_id: str = "r") -> None:
        """Fail if a task was accepted more than once, or begun again though it was accepted."""
        __tracebackhide__ = True
        for name in await self.states(run_id):
            kinds = await self.kinds(name, run_id)
            count = kinds.count("task.accepted")
            assert count <= 1, f"the task {name!r} was accepted {count} times"
            if count:
                after = kinds[kinds.index("task.accepted") :]
                assert "task.claimed" not in after, f"the task {name!r} was claimed after it had been accepted"

    async def apply(self, command: Any) -> None:
        """Carry out a command on the store, as a person would."""
        [outcome] = await self.opened.storage.apply([command], by="kit")
        if isinstance(outcome, MosaicError):
            raise outcome


@asynccontextmanager
async def bench(open_kernel: OpenKernel, agent: ScriptedAgent | None = None) -> AsyncIterator[Bench]:
    """Start the scheduler that is tested, with an agent."""
    worker = agent or ScriptedAgent()
    async with open_kernel(plugins=[worker.plugin("kit-agent")]) as opened:
        yield Bench(opened, worker)
