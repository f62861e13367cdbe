"""One scheduler alone: what it creates, in which order it works, and when it returns."""

from __future__ import annotations

import attrs
import pytest

from mosaic_hookspecs import Approve, MosaicError, RunState, Scheduler, TaskState

from .contracts import require_contract_of
from .opening import OpenKernel
from .scheduling_runs import DIAMOND, bench, task
from .scripted import ScriptedAgent, crash, fail, refuse, skip, succeed

__all__ = ["TestContract", "TestDriving"]


class TestContract:
    """Its methods are those of the protocol."""

    async def test_it_keeps_the_contract(self, mosaic_opened: OpenKernel, mosaic_contract: str) -> None:
        async with bench(mosaic_opened) as at:
            require_contract_of(at.scheduler, Scheduler, contract=mosaic_contract)


class TestDriving:
    """From creating a run to its end."""

    async def test_a_created_run_is_stored_and_waits(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(*DIAMOND)
            assert not at.agent.assignments, "create() began a task; only drive() does"
            await at.require_run(RunState.ACTIVE)
            blocked = TaskState.BLOCKED
            await at.require({"a": TaskState.READY, "b": blocked, "c": blocked, "d": blocked})

    async def test_what_cannot_be_a_run_is_refused_whole(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            circle = (task("a", "b"), task("b", "a"))
            for tasks, what in (
                (circle, "tasks in a circle"),
                ((task("a"), task("a")), "two tasks of one name"),
                ((task("a", "nobody"),), "a task that needs one which is not there"),
            ):
                try:
                    await at.create(*tasks)
                except MosaicError:
                    assert await at.opened.storage.run("r") is None, (
                        f"{what} were refused, and a run was stored"
                    )
                    continue
                pytest.fail(f"create() took {what}; it raises as mosaic_hookspecs.decide says")
            await at.create(*DIAMOND)
            try:
                await at.create(*DIAMOND)
            except MosaicError:
                return
            pytest.fail("create() took a run whose name another run has")

    async def test_a_run_is_driven_to_its_end(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(*DIAMOND)
            await at.drive()
            await at.require(dict.fromkeys("abcd", TaskState.ACCEPTED))
            await at.require_run(RunState.FINISHED)
            order = [one.spec.task_id for one in at.agent.assignments]
            assert sorted(order) == list("abcd"), f"each task is done once; they were done as {order}"
            assert order[0] == "a", f"'a' is needed by all others; the order was {order}"
            assert order[-1] == "d", f"'d' needs all others; the order was {order}"
            await at.require_once()

    async def test_outputs_reach_who_needs_them(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened, ScriptedAgent({"a": succeed(number=42)})) as at:
            await at.create(task("a"), task("b", "a"))
            await at.drive()
            [got] = at.agent.attempts("b")
            assert dict(got.needs["a"]) == {"result": "accepted", "outputs": {"number": 42}}

    async def test_driving_what_is_final_does_nothing(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(*DIAMOND)
            await at.drive()
            before, done = await at.opened.storage.head(), len(at.agent.assignments)
            await at.drive()
            assert len(at.agent.assignments) == done, "drive() of a run that is final had tasks done again"
            assert await at.opened.storage.head() == before, "drive() of a run that is final changed the store"

    async def test_a_run_that_is_not_there_is_refused_in_words(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            refusal = ""
            try:
                await at.scheduler.drive("no-such-run")
            except MosaicError as error:
                refusal = str(error)
            assert refusal, "drive() of a run that is not there returned as if all was done"
            assert "no-such-run" in refusal, f"the refusal does not name the run: {refusal}"

    async def test_a_failure_stays_with_its_dependants(self, mosaic_opened: OpenKernel) -> None:
        failing = {"a": fail("not today"), "c": crash(), "e": refuse(), "g": skip()}
        async with bench(mosaic_opened, ScriptedAgent(failing)) as at:
            await at.create(*(task(*names) for names in ("a", "ba", "c", "dc", "e", "fe", "g", "h")))
            await at.drive()
            failed, skipped = TaskState.FAILED, TaskState.SKIPPED
            await at.require({"a": failed, "c": failed, "e": failed, "g": skipped, "h": TaskState.ACCEPTED})
            await at.require({"b": skipped, "d": skipped, "f": skipped})
            await at.require_run(RunState.FINISHED)

    async def test_a_failed_attempt_is_made_again(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened, ScriptedAgent({"a": (fail("not yet"), succeed())})) as at:
            await at.create(task("a", attempts=2))
            await at.drive()
            await at.require({"a": TaskState.ACCEPTED})
            first, second = at.agent.attempts("a")
            assert second.token > first.token, (
                f"attempts have tokens {first.token} and {second.token}; they grow"
            )
            assert (first.attempt, second.attempt) == (1, 2)
            assert "not yet" in second.last_reason, f"the second attempt was told {second.last_reason!r}"

    async def test_it_returns_where_a_person_has_to_answer(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(task("a"), attrs.evolve(task("b", "a"), approval="Shall it?"))
            await at.drive()
            await at.require({"a": TaskState.ACCEPTED, "b": TaskState.GATED})
            await at.require_run(RunState.ACTIVE)
            await at.apply(Approve(run_id="r", task_id="b"))
            await at.drive()
            await at.require({"b": TaskState.ACCEPTED})

    async def test_it_returns_where_no_agent_takes_the_task(self, mosaic_opened: OpenKernel) -> None:
        async with bench(mosaic_opened) as at:
            await at.create(task("a", runtime="somebody-else"), task("b"))
            await at.drive()
            await at.require({"a": TaskState.READY, "b": TaskState.ACCEPTED})
            assert [one.spec.task_id for one in at.agent.assignments] == ["b"]
