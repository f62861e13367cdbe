"""Agents that work elsewhere, come and go, and give work back."""

from __future__ import annotations

import itertools
import json
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from engine_fakes import FakeChecks, FakeProvider, ScriptedAgent, World, task

from mosaic_hookspecs import AgentOffer, AgentResult, Claim, Usage
from mosaic_hookspecs.offers import AGENTS_CHANGED


@attrs.define
class Fleet:
    """One provider for many workers; each takes one task at a time, and works for `seconds`."""

    bus: object
    seconds: float = 10.0
    waiting: dict = attrs.field(factory=dict)
    seen: list = attrs.field(factory=list)
    most: int = 0
    running: int = 0

    @property
    def offer(self):
        return AgentOffer(name="fleet")

    @property
    def offers(self):
        return tuple(self.waiting.values())

    def wait(self, name, *, labels=(), is_general=True):
        self.waiting[name] = AgentOffer(
            name=name, labels=frozenset(labels), is_general=is_general, room=1, is_remote=True
        )
        self.bus.publish(AGENTS_CHANGED, None)

    async def run(self, assignment):
        offer = self.waiting.pop(assignment.agent)
        self.seen.append((assignment.agent, assignment.spec.task_id))
        self.running += 1
        self.most = max(self.most, self.running)
        await trio.sleep(self.seconds)
        self.running -= 1
        self.wait(offer.name, labels=offer.labels, is_general=offer.is_general)
        return AgentResult(outcome="succeeded")


def world_with_fleet(tmp_path, **config):
    world = World(tmp_path, agent=ScriptedAgent(is_general=False), **config)
    fleet = Fleet(world.context.bus)
    world.context.port("agents").providers["fleet"] = fleet
    return world, fleet


async def test_agents_elsewhere_take_no_slots_and_each_gets_what_it_has_room_for(tmp_path, autojump_clock):
    world, fleet = world_with_fleet(tmp_path, parallelism=2)
    await world.start(*(task(f"t{n}") for n in range(30)))
    for n in range(10):
        fleet.wait(f"worker-{n}")
    assert (await world.drive()).result == "accepted"
    assert fleet.most == 10
    assert trio.current_time() == pytest.approx(30, abs=1)
    assert sorted(name for _, name in fleet.seen) == sorted(f"t{n}" for n in range(30))


async def test_a_worker_that_comes_later_wakes_the_drive_and_none_that_cannot(tmp_path, autojump_clock):
    world, fleet = world_with_fleet(tmp_path)
    await world.start(task("a", labels=("gpu",)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(100)
        fleet.wait("plain", is_general=False)
        await trio.sleep(100)
        assert await world.state("a") == "ready"
        fleet.wait("fast", labels=("gpu",), is_general=False)
        await trio.sleep(11)
        assert await world.state("a") == "accepted"
        nursery.cancel_scope.cancel()
    assert fleet.seen == [("fast", "a")]


async def test_local_slots_that_are_full_do_not_hold_up_agents_elsewhere(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(1000)

    world = World(
        tmp_path,
        agent=ScriptedAgent(labels=frozenset({"here"}), is_general=False, scripts={"*": nap}),
        parallelism=1,
    )
    fleet = Fleet(world.context.bus)
    world.context.port("agents").providers["fleet"] = fleet
    await world.start(task("a", labels=("here",)), task("b", labels=("here",)), task("c"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(1)
        fleet.wait("worker", is_general=False, labels=("there",))
        fleet.wait("other")
        await trio.sleep(25)
        assert await world.state("c") == "accepted"
        nursery.cancel_scope.cancel()


async def test_what_is_given_back_is_tried_again_later_and_later_and_does_not_count(tmp_path, autojump_clock):
    times = []

    async def overloaded(assignment):
        times.append(trio.current_time())
        if len(times) < 6:
            return AgentResult(
                outcome="released", summary="the endpoint is overloaded", usage=Usage(input_tokens=3)
            )
        return AgentResult(outcome="succeeded")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": overloaded}))
    await world.start(task("a", attempts=1))
    run = await world.drive()
    assert run.result == "accepted"
    assert run.spent.input_tokens == 15
    waits = [round(later - earlier) for earlier, later in itertools.pairwise(times)]
    assert waits == [1, 2, 4, 8, 16]
    detail = await world.ask("task.show", run_id="r", task_id="a")
    assert detail.attempts[0].reason == "the endpoint is overloaded"
    assert [one.outcome for one in detail.attempts] == ["released"] * 5 + ["accepted"]
    assert {one.agent for one in detail.attempts} == {"worker"}


async def test_usage_is_recorded_one_a_model(tmp_path):
    async def spend(assignment):
        for model, tokens in (("large", 10), ("small", 1), ("large", 5)):
            assignment.journal.usage(Usage(input_tokens=tokens, model=model))
        return AgentResult(
            outcome="succeeded", usage=Usage(output_tokens=7, model="small", is_subscription=True)
        )

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": spend}))
    await world.start(task("a"))
    run = await world.drive()
    assert (run.spent.input_tokens, run.spent.output_tokens, run.spent.model) == (16, 7, "")
    events = await world.storage.events(run_id="r", limit=1000)
    usages = [usage for event in events if (usage := json.loads(event.body).get("usage"))]
    assert [(one["model"], one["input_tokens"]) for one in usages] == [
        ("large", 15),
        ("small", 1),
        ("small", 0),
    ]


async def test_what_is_given_back_at_once_and_for_ever_keeps_nothing_busy(tmp_path, autojump_clock):
    tries = []

    async def never(assignment):
        tries.append(trio.current_time())
        return AgentResult(outcome="released")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": never}))
    await world.start(task("a", delay=0.0))
    with trio.move_on_after(60):
        await world.drive()
    assert 8 <= len(tries) <= 11


class SlowWorkspaces:
    """A workspace provider that takes its time."""

    def __init__(self, provider, seconds):
        self._provider = provider
        self._seconds = seconds

    def __getattr__(self, name):
        return getattr(self._provider, name)

    @asynccontextmanager
    async def open(self, request):
        await trio.sleep(self._seconds)
        async with self._provider.open(request) as workspace:
            yield workspace


async def test_a_worker_that_leaves_before_its_task_reaches_it_is_nobodys_fault(tmp_path, autojump_clock):
    world, fleet = world_with_fleet(tmp_path)
    world.context.port("workspace").providers["git"] = SlowWorkspaces(world.provider, 5)
    await world.start(task("a", attempts=1, workspace="git"))
    fleet.wait("gone")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(1)
        fleet.waiting.clear()
        world.context.bus.publish(AGENTS_CHANGED, None)
        await trio.sleep(10)
        fleet.wait("other")
        await trio.sleep(20)
        detail = await world.ask("task.show", run_id="r", task_id="a")
        assert [(one.agent, one.outcome) for one in detail.attempts] == [
            ("gone", "released"),
            ("other", "accepted"),
        ]
        assert "not here any more" in detail.attempts[0].reason
        nursery.cancel_scope.cancel()


async def test_drives_of_one_engine_share_the_room_that_a_worker_has(tmp_path, autojump_clock):
    world, fleet = world_with_fleet(tmp_path)
    names = ["r", "s", "t"]
    for name in names:
        await world.start(task("a"), task("b"), run_id=name)
    async with trio.open_nursery() as nursery:
        for name in [*names, ""]:
            nursery.start_soon(world.engine.drive, name)
        await trio.sleep(0.1)
        fleet.wait("one")
        fleet.wait("two")
        await trio.sleep(31)
        nursery.cancel_scope.cancel()
    assert len(fleet.seen) == 6
    for name in names:
        kinds = [kind for one in ("a", "b") for kind in await world.kinds(one, run_id=name)]
        assert kinds.count("task.claimed") == 2
        assert kinds.count("task.accepted") == 2


async def test_who_drives_while_nobody_else_does_is_not_taken_for_somebody(tmp_path, autojump_clock):
    world, _ = world_with_fleet(tmp_path)
    assert not world.engine.is_driving
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: world.engine.drive("", is_stopgap=True))
        await trio.sleep(1)
        assert not world.engine.is_driving
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(1)
        assert world.engine.is_driving
        nursery.cancel_scope.cancel()
    assert not world.engine.is_driving


async def test_the_room_that_a_failing_drive_has_asked_for_is_left_to_others(tmp_path, autojump_clock):
    world, fleet = world_with_fleet(tmp_path)
    await world.start(task("a"))
    apply = world.storage._storage.apply
    breaks = [True]

    async def broken(commands, *, by):
        if any(isinstance(command, Claim) and command.run_id == "r" for command in commands) and breaks:
            await trio.sleep(1)
            raise OSError("no space left")
        return await apply(commands, by=by)

    world.storage._storage.apply = broken
    fleet.wait("one")
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(100):
            nursery.start_soon(world.engine.drive, "")
            with pytest.raises(OSError, match="space"):
                await world.engine.drive("r")
        await trio.sleep(12)
        assert await world.state("a") == "accepted"
        nursery.cancel_scope.cancel()


async def test_what_was_made_elsewhere_is_verified_as_many_at_once_as_there_are_slots(tmp_path, autojump_clock):
    checking, most = [], []

    async def check(_):
        checking.append(1)
        most.append(len(checking))
        await trio.sleep(100)
        checking.pop()

    world, fleet = world_with_fleet(
        tmp_path,
        parallelism=3,
        verification_seconds=150,
        checks=FakeChecks(script=check),
        provider=FakeProvider(publishes=False),
    )
    await world.start(*(task(f"t{n}", check="passes") for n in range(12)))
    for n in range(12):
        fleet.wait(f"worker-{n}")
    assert (await world.drive()).result == "accepted"
    assert max(most) == 3
