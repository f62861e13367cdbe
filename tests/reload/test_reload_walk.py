"""A random walk: reloads, failures at random steps, crashes, changes and cancellations among callers, against a
model of what they may see. One seed is one run, the same each time; MOSAIC_CHAOS raises their number.
"""

# ruff: noqa: ASYNC110, PT017, C901 - callers and changes are long tables of what may happen

import os
import random
import weakref
from contextlib import aclosing
from io import StringIO

import attrs
import pytest
import trio
import trio.testing
from reload_garbage import collect
from trio._core import _run

from mosaic_hookspecs import (
    Health,
    InterceptorSpec,
    Manifest,
    MosaicError,
    Operation,
    OperationKind,
    Provides,
    Provision,
    State,
    hookimpl,
)
from mosaic_kernel import Kernel
from mosaic_kernel.handles import seat_of
from mosaic_testing.installed import installed_plugins

pytestmark = pytest.mark.chaos
WALKS = 16 * int(os.environ.get("MOSAIC_CHAOS", "1"))
STEPS = ("provide", "operations", "validate", "start", "health", "import", "export", "drain", "undo")
SETTINGS = {
    "allow": [],
    "kernel.stall_seconds": 0,
    "kernel.hold_seconds": 3,
    "kernel.drain_seconds": 4,
    "kernel.start_seconds": 5,
    "kernel.stop_seconds": 2,
    "kernel.restart_delay_seconds": 0.3,
    "kernel.restart_budget": 1000,
    "kernel.log_level": "error",
}
GONE = {"plugin-crashed", "plugin-stopped", "unknown-operation", "port-empty", "plugin-failed", "hook-timeout"}


@attrs.frozen(kw_only=True)
class Ask:
    number: int = 0


@attrs.frozen(kw_only=True)
class Answer:
    lineage: int
    number: int
    generation: int


class World:
    """What the walk has done so far, and what came of it: the model."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.opened = []
        self.closed = []
        self.generations = []
        self.lineages = 0
        self.fate = {}
        self.has_lost_some = False
        self.answers = []
        self.unknown = 0
        self.seen_by_interceptor = 0
        self.ended = trio.Event()

    async def at(self, step, name):
        """Do what fate has for this step of this plugin, once."""
        what = self.fate.pop((name, step), None)
        if what == "raises":
            raise ValueError(f"{name} fails at {step}")
        if what == "hangs":
            await trio.sleep_forever()
        if isinstance(what, float):
            await trio.sleep(what)


def plugin(world, name):
    class Walked:
        """Keeps a number. A lineage is what one generation hands over to the next."""

        def __init__(self):
            world.lineages += 1
            self.lineage, self.count = world.lineages, 0

        @hookimpl
        async def mosaic_provide(self, context):
            key = (name, context.generation)
            world.opened.append(key)
            world.generations.append(weakref.ref(self))

            async def undo():
                world.closed.append(key)
                await world.at("undo", name)

            context.on_cleanup(undo)
            await world.at("provide", name)
            return [Provision(port="ui", name=name, provider=self)]

        async def add(self):
            await trio.lowlevel.checkpoint()
            self.count += 1
            return Answer(lineage=self.lineage, number=self.count, generation=0)

        async def numbers(self):
            for number in range(3):
                await trio.sleep(0.01)
                yield number

        @hookimpl
        def mosaic_operations(self, context):
            if world.fate.pop((name, "operations"), None):
                raise ValueError("operations")

            async def add(data, call):
                await trio.sleep(data.number / 1000)
                self.count += 1
                return Answer(lineage=self.lineage, number=self.count, generation=context.generation)

            async def nested(data, call):
                await trio.sleep(data.number / 1000)
                return await context.dispatch(f"{name}.add", data)

            async def through(data, call):
                return await context.port("ui").get(name).add()

            async def count(data, call):
                number = data.number
                while True:
                    await trio.sleep(0.02)
                    yield Answer(lineage=0, number=number, generation=context.generation)
                    number += 1

            async def drive(data, call):
                await trio.sleep(data.number / 100)
                return Answer(lineage=0, number=data.number, generation=context.generation)

            def made(what, handler, kind=OperationKind.COMMAND, **more):
                return Operation(
                    name=f"{name}.{what}", kind=kind, input=Ask, output=Answer, handler=handler, permission="",
                    summary="s", **more,
                )  # fmt: skip

            return [
                made("add", add),
                made("nested", nested),
                made("through", through),
                made("drive", drive, moves=True),
                made(
                    "count",
                    count,
                    OperationKind.STREAM,
                    resume=lambda data, item: attrs.evolve(data, number=item.number + 1),
                ),
            ]

        @hookimpl
        def mosaic_interceptors(self, context):
            async def passes(call, data, proceed):
                return await proceed(data)

            return [InterceptorSpec(stage="quota", interceptor=passes)] if name == "one" else []

        @hookimpl
        async def mosaic_validate(self, context):
            await world.at("validate", name)

        @hookimpl
        async def mosaic_start(self, context):
            context.start_soon(trio.sleep_forever)
            await world.at("start", name)

        @hookimpl
        async def mosaic_health(self, context):
            await world.at("health", name)
            return Health()

        @hookimpl
        async def mosaic_export_state(self, context):
            await world.at("export", name)
            return State(data={"lineage": self.lineage, "count": self.count})

        @hookimpl
        async def mosaic_import_state(self, context, state):
            self.lineage, self.count = state.data["lineage"], state.data["count"]
            await world.at("import", name)

        @hookimpl
        async def mosaic_drain(self, context):
            await world.at("drain", name)

    manifest = Manifest(
        provides=(Provides(port="ui", contract="1.0", name=name),), follows=("one",) if name == "two" else ()
    )
    return (name, Walked, manifest)


async def call(world, kernel, name):
    """Make one random call."""
    chance = world.random
    what = chance.choice(["add", "add", "nested", "through", "port", "context", "drive"])
    number = chance.randrange(12)
    try:
        with trio.move_on_after(chance.choice([1000, 1000, 0.004])) as scope:
            if what == "port":
                answer = await kernel.port("ui").get(name).add()
            elif what == "context":
                async with aclosing(kernel.port("ui").get(name).numbers()) as numbers:
                    assert [one async for one in numbers] == [0, 1, 2]
                return
            else:
                answer = await kernel.dispatch(f"{name}.{what}", {"number": number})
            if what == "drive":
                assert answer.number == number
            else:
                world.answers.append((name, answer.lineage, answer.number))
        if scope.cancelled_caught:
            world.unknown += 1
    except MosaicError as error:
        assert error.code in GONE, error
        assert world.has_lost_some, error
        world.unknown += 1


async def calls(world, kernel):
    while not world.ended.is_set():
        await call(world, kernel, world.random.choice(["one", "two"]))
        await trio.sleep(world.random.random() / 50)


async def follows(world, kernel, name):
    while not world.ended.is_set():
        wanted = start = world.random.randrange(5)
        leaves_at = start + world.random.randrange(2, 60)
        try:
            async with aclosing(kernel.follow(f"{name}.count", {"number": start})) as items:
                async for item in items:
                    assert item.number == wanted
                    wanted += 1
                    if item.number >= leaves_at or world.ended.is_set():
                        break
                    if world.random.random() < 0.1:
                        await trio.sleep(world.random.random())
        except MosaicError as error:
            assert error.code in GONE, error
            assert world.has_lost_some, error
            await trio.sleep(0.1)


async def change(world, kernel, file):
    """Make one random change, and compare what came of it with what may have come."""
    chance, runtime = world.random, kernel.runtime
    what = chance.choice(["reload"] * 6 + ["crash", "switch", "configure", "cancelled"])
    name = chance.choice(["one", "two"])
    slot = runtime.slots[name]
    if chance.random() < 0.5:
        world.fate = {(name, chance.choice(STEPS)): chance.choice(["raises", "hangs", chance.random() / 5])}
    if what in ("crash", "switch"):
        world.has_lost_some = True
    if what == "crash":
        if slot.generation is not None:
            slot.generation.has_crashed(ValueError("boom"))
    elif what == "switch":
        try:
            await kernel.dispatch("plugins.disable", {"name": "two", "keeps": False})
            assert runtime.slots["two"].state.value == "disabled"
            await kernel.dispatch("plugins.enable", {"name": "two", "keeps": False})
            assert runtime.slots["two"].state.value == "running"
        except MosaicError:
            assert runtime.slots["two"].state.value in ("disabled", "failed")
    elif what == "configure":
        file.write_text(f"kernel: {{interceptor_seconds: {chance.randrange(5, 9)}}}\n")
        await kernel.dispatch("config.reload", {})
    else:
        before = slot.generation
        report = None
        with trio.move_on_after(chance.random() / 10 if what == "cancelled" else 1000):
            try:
                report = await kernel.dispatch(
                    "plugins.reload",
                    {"name": name, "waits": chance.random() < 0.5, "code": chance.random() < 0.5},
                )
            except MosaicError as error:
                assert f"'{name}'" in error.what, error
                if not world.has_lost_some:
                    assert slot.generation is before
                    assert not before.is_stopped
        if report is not None and not world.has_lost_some:
            assert slot.generation is not before


async def changes(world, kernel, file):
    for _ in range(world.random.randrange(6, 14)):
        await change(world, kernel, file)
        await trio.sleep(world.random.random() / 4)


async def settles(world, kernel):
    """Let everything come to rest; then every plugin can be reloaded, and answers."""
    world.fate = {}
    runtime = kernel.runtime
    with trio.fail_after(100):
        async with runtime.changing:
            pass
        while any(slot.state.value == "restarting" for slot in runtime.slots.values()):
            await trio.sleep(0.1)
        if runtime.slots["two"].state.value != "running":
            await kernel.dispatch("plugins.enable", {"name": "two", "keeps": False})
        for name in ("one", "two"):
            await kernel.dispatch("plugins.reload", {"name": name})
            answer = await kernel.dispatch(f"{name}.add", {})
            assert answer.generation == runtime.slots[name].generation.number
            world.answers.append((name, answer.lineage, answer.number))
    assert runtime.dispatcher.held == 0
    assert sorted(runtime.order) == ["one", "two"]
    assert not runtime.changing.locked()
    for name in ("one", "two"):
        slot = runtime.slots[name]
        assert slot.generation.crash is None
        assert seat_of(kernel.port("ui").get(name)) in slot.generation.all_seats()
        for seat in slot.generation.all_seats():
            assert (seat.in_flight, seat.writing, seat.streams, seat.inside) == (0, 0, 0, {})
            assert seat.gate is None
            assert not seat.is_left


async def walk(seed, directory):
    world = World(seed)
    file = directory / "mosaic.yaml"
    file.write_text("")
    leaves_early = world.random.random() < 0.25
    async with trio.open_nursery() as outer:
        kernel = Kernel(
            profile="", directory=directory, environment={}, index=installed_plugins(), log_stream=StringIO(),
            plugins=[plugin(world, "one"), plugin(world, "two")], settings=SETTINGS,
        )  # fmt: skip
        async with kernel:
            for _ in range(6):
                outer.start_soon(calls, world, kernel)
            for name in ("one", "two"):
                outer.start_soon(follows, world, kernel, name)
            if leaves_early:
                outer.start_soon(changes_until_the_end, world, kernel, file)
                await trio.sleep(world.random.random() * 2)
                world.has_lost_some = True
            else:
                await changes(world, kernel, file)
                world.ended.set()
                await trio.sleep(10)
                await settles(world, kernel)
        world.ended.set()
    assert sorted(world.opened) == sorted(world.closed)
    for slot in kernel.runtime.slots.values():
        assert slot.generation is None
    assert len(world.answers) == len(set(world.answers))
    told = {}
    for name, lineage, number in world.answers:
        told.setdefault((name, lineage), []).append(number)
    missing = sum(max(numbers) - len(numbers) for numbers in told.values())
    assert missing <= world.unknown
    if not world.has_lost_some:
        assert len(told) == len({name for name, _ in told})
    return world


async def changes_until_the_end(world, kernel, file):
    try:
        await changes(world, kernel, file)
    except (MosaicError, AssertionError):
        if not world.ended.is_set() and not world.has_lost_some:
            raise


async def at_once(function, *args, **_):
    await trio.lowlevel.checkpoint()
    return function(*args)


@pytest.mark.parametrize("seed", range(WALKS))
def test_walk(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(_run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    # While a thread works, the clock would jump, and differently each time.
    monkeypatch.setattr(trio.to_thread, "run_sync", at_once)
    _run._r.seed(seed)
    clock = trio.testing.MockClock(autojump_threshold=0)
    world = trio.run(walk, seed, tmp_path, clock=clock)
    generations = world.generations
    del world
    collect()
    assert [one for one in generations if one() is not None] == []
