"""Claims, leases and fencing, as any storage must carry them out."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio

from mosaic_hookspecs import (
    Accept,
    BeginMerge,
    Evidence,
    InputError,
    Prioritize,
    Refused,
    Reject,
    Release,
    Renew,
    Report,
    RunState,
    TaskState,
    Tick,
    counters,
)

from .graphs import chain, claim, independent, start_run
from .opening import OpenProvider, do, leases, refusal


@pytest.mark.trio
class TestClaims:
    """What is ready is handed out once, in order, and only when its dependencies are accepted."""

    async def test_unlocks_on_accepted_only(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", chain(2)))
            [lease] = await leases(storage, claim(5))
            assert lease.task_id == "t0"
            await do(storage, Report(run_id="r", task_id="t0", token=lease.token, outcome="succeeded"))
            assert await leases(storage, claim(5)) == []
            await do(storage, Accept(run_id="r", task_id="t0", token=lease.token))
            [second] = await leases(storage, claim(5))
            assert second.task_id == "t1"
            done: dict[str, Any] = {"run_id": "r", "task_id": "t1", "token": second.token}
            await do(storage, Report(**done, outcome="succeeded"), Accept(**done))
            run = await storage.run("r")
            assert run is not None
            assert run.state is RunState.FINISHED
            assert await storage.counts("r") == {TaskState.ACCEPTED: 2}

    async def test_most_urgent_first_then_oldest(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            specs = [attrs.evolve(spec, priority=n % 2 + 1) for n, spec in enumerate(independent(6))]
            await do(storage, start_run("r", specs))
            taken = await leases(storage, claim(4))
            assert [lease.task_id for lease in taken] == ["t1", "t3", "t5", "t0"]

    async def test_a_task_that_is_moved_is_claimed_where_it_stands_now(
        self, mosaic_provider: OpenProvider
    ) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(6)))
            await do(storage, Prioritize(run_id="r", task_id="t1", priority=-5))
            await do(storage, Prioritize(run_id="r", task_id="t5", before="t3"))
            await do(storage, Prioritize(run_id="r", task_id="t4", priority=9))
            moved = await storage.task("r", "t4")
            assert moved is not None
            assert moved.priority == 9
            await do(storage, Prioritize(run_id="r", task_id="t4", priority=1))
            [first] = await leases(storage, claim(1))
            taken = [first, *await leases(storage, claim(9))]
            assert [lease.task_id for lease in taken] == ["t0", "t2", "t5", "t3", "t4", "t1"]

    async def test_each_task_goes_to_one_of_many_claimers(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(60)))
            taken: list[str] = []

            async def work(holder: str) -> None:
                while found := await leases(storage, claim(3, holder=holder)):
                    for lease in found:
                        taken.append(lease.task_id)
                        done: dict[str, Any] = {"run_id": "r", "task_id": lease.task_id, "token": lease.token}
                        await do(storage, Report(**done, outcome="succeeded"), Accept(**done))

            async with trio.open_nursery() as nursery:
                for number in range(8):
                    nursery.start_soon(work, f"worker-{number}")
            assert sorted(taken) == sorted(f"t{n}" for n in range(60))
            assert await storage.counts("r") == {TaskState.ACCEPTED: 60}
            assert await storage.count(counters.held("tasks")) == 0

    async def test_quota_holds_over_concurrent_claims(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(10, resources={"gpu": 2})))
            taken: list[int] = []

            async def work() -> None:
                taken.append(len(await leases(storage, claim(3, quotas={"gpu": 4}))))

            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(work)
            assert sum(taken) == 2

    async def test_refused_start_leaves_nothing(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            loop = [*chain(2), attrs.evolve(chain(3)[2], task_id="t0")]
            before = await storage.snapshot()
            [found] = await storage.apply([start_run("r", loop)], by="kit")
            assert isinstance(found, InputError)
            assert await storage.snapshot() == before
            assert await storage.head() == 0

    async def test_commands_behind_a_refused_one_are_left_out(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            commands = [start_run("r", chain(1)), start_run("r", chain(1)), start_run("s", chain(1))]
            first, second, third = await storage.apply(commands, by="kit")
            assert first is None
            assert isinstance(second, InputError)
            assert third is second
            assert await storage.run("s") is None
            assert await storage.run("r") is not None

    async def test_one_refusal_does_not_touch_the_neighbours(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(40)))
            taken = await leases(storage, claim(40))
            codes: list[object] = []

            async def report(number: int) -> None:
                token = taken[number].token + number % 2
                command = Report(run_id="r", task_id=taken[number].task_id, token=token, outcome="succeeded")
                codes.extend(await storage.apply([command], by="kit"))

            async with trio.open_nursery() as nursery:
                for number in range(40):
                    nursery.start_soon(report, number)
            assert sum(isinstance(code, Refused) for code in codes) == 20
            assert await storage.counts("r") == {TaskState.LEASED: 20, TaskState.REPORTED: 20}

    async def test_lists_tasks_in_order_and_by_state(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("q", independent(2)), start_run("r", chain(5)))
            first = await storage.tasks("r", limit=3)
            assert [task.task_id for task in first] == ["t0", "t1", "t2"]
            rest = await storage.tasks("r", after=first[-1].position)
            assert [task.task_id for task in rest] == ["t3", "t4"]
            blocked = await storage.tasks("r", states=[TaskState.BLOCKED], limit=2)
            assert [task.task_id for task in blocked] == ["t1", "t2"]
            assert {run.run_id for run in await storage.runs()} == {"q", "r"}
            assert await storage.runs(before=0) == []
            stored = await storage.stored("r", "t1")
            assert stored is not None
            assert stored.spec.needs[0].task_id == "t0"
            assert stored.dependants[0].task_id == "t2"
            assert await storage.stored("r", "none") is None
            assert await storage.task("r", "none") is None


@pytest.mark.trio
class TestFencing:
    """A lease that is not the newest any more changes nothing."""

    async def test_lost_lease_is_refused_everywhere(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(1)))
            [old] = await leases(storage, claim(lease_seconds=0.0))
            deadline = await storage.next_deadline()
            assert deadline == old.until
            assert await do(storage, Tick()) == 1
            [new] = await leases(storage, claim(holder="other"))
            assert new.token == old.token + 1
            before = await storage.snapshot()
            stale: dict[str, Any] = {"run_id": "r", "task_id": "t0", "token": old.token}
            for command in (
                Renew(**stale),
                Report(**stale, outcome="succeeded"),
                BeginMerge(**stale, candidate="c", base="b", evidence=Evidence()),
                Accept(**stale),
                Reject(**stale, reason="late"),
                Release(**stale),
            ):
                assert await refusal(storage, command) == "stale-token"
            assert await storage.snapshot() == before

    async def test_decided_merge_passes_to_the_next_holder(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(1)))
            [lease] = await leases(storage, claim(lease_seconds=0.0))
            named: dict[str, Any] = {"run_id": "r", "task_id": "t0", "token": lease.token}
            merge = BeginMerge(**named, candidate="c", base="b", evidence=Evidence(commit="c"))
            await do(storage, Report(**named, outcome="succeeded"), merge)
            assert await do(storage, Tick()) == 1
            [heir] = await leases(storage, claim())
            assert heir.merge is not None
            assert (heir.merge.candidate, heir.merge.base) == ("c", "b")
            assert await refusal(storage, Accept(**named)) == "stale-token"
            await do(
                storage,
                Accept(run_id="r", task_id="t0", token=heir.token, evidence=Evidence(commit="c")),
            )
            task = await storage.task("r", "t0")
            assert task is not None
            assert (task.state, task.commit, task.merge) == (TaskState.ACCEPTED, "c", None)

    async def test_accepted_once(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(1)))
            [lease] = await leases(storage, claim())
            named: dict[str, Any] = {"run_id": "r", "task_id": "t0", "token": lease.token}
            await do(storage, Report(**named, outcome="succeeded"))
            answers: list[object] = []

            async def accept() -> None:
                answers.extend(await storage.apply([Accept(**named)], by="kit"))

            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(accept)
            assert answers.count(None) == 1
            kinds = [event.kind for event in await storage.events(task_id="t0", run_id="r")]
            assert kinds.count("task.accepted") == 1
