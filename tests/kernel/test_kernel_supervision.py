import attrs
import pytest
import trio
import trio.lowlevel

from mosaic_hookspecs import (
    Manifest,
    Operation,
    OperationKind,
    Provides,
    Provision,
    Unavailable,
    hookimpl,
)
from mosaic_kernel.restart_budget import RestartBudget


@attrs.frozen(kw_only=True)
class Empty:
    pass


class Crasher:
    """A plugin whose task crashes as often as it is told to."""

    crashes = 0
    log = None
    pause = 1

    @hookimpl
    async def mosaic_provide(self, context):
        self.log.append((round(trio.current_time() - self.zero, 3), "provide"))
        context.on_cleanup(lambda: self.log.append((round(trio.current_time() - self.zero, 3), "undo")))
        return [Provision(port="ui", name="crasher", provider=self)]

    @hookimpl
    def mosaic_operations(self, context):
        return [
            Operation(
                name="crasher.ping", kind=OperationKind.QUERY, input=Empty, output=Empty, handler=self.ping,
                permission="", summary="s",
            )
        ]  # fmt: skip

    @hookimpl
    async def mosaic_start(self, context):
        context.start_soon(self.work)

    async def work(self):
        await trio.sleep(self.pause)
        if type(self).crashes:
            type(self).crashes -= 1
            raise ValueError("boom")

    async def ping(self, data, call):
        return Empty()

    async def name(self):
        return id(self)


class Watcher:
    seen = None

    @hookimpl
    def mosaic_plugin_failed(self, context, plugin, error):
        self.seen.append((plugin, str(error)))


def made(crashes):
    log, seen = [], []
    crasher = type("OneCrasher", (Crasher,), {"crashes": crashes, "log": log, "zero": trio.current_time()})
    watcher = type("OneWatcher", (Watcher,), {"seen": seen})
    provides = Manifest(provides=[Provides(port="ui", contract="1.0", name="crasher")])
    return (("crasher", crasher, provides), ("watcher", watcher, Manifest())), log, seen


async def state(kernel):
    return (await kernel.dispatch("plugins.info", {"name": "crasher"})).state


async def test_a_crashed_plugin_is_restarted_with_back_off(bare, autojump_clock):
    plugins, log, seen = made(2)
    settings = {"kernel.restart_delay_seconds": 4}
    async with bare(*plugins, settings=settings) as kernel:
        handle = kernel.port("ui").get()
        first = await handle.name()
        await trio.sleep(2)
        assert await state(kernel) == "restarting"
        with pytest.raises(Unavailable) as caught:
            await handle.name()
        assert caught.value.code == "plugin-crashed"
        with pytest.raises(Unavailable):
            await kernel.dispatch("crasher.ping")
        with pytest.raises(Unavailable):
            kernel.port("ui").get("crasher")
        await trio.sleep(4)
        assert await state(kernel) == "running"
        assert await handle.name() != first
        await kernel.dispatch("crasher.ping")
        await trio.sleep(30)
        assert await state(kernel) == "running"
    assert [one for one in log if one[1] == "provide"] == [(0, "provide"), (5, "provide"), (14, "provide")]
    assert len([one for one in log if one[1] == "undo"]) == 3
    assert seen == [("crasher", "boom"), ("crasher", "boom")]


async def test_a_plugin_that_keeps_crashing_is_parked_and_the_rest_goes_on(bare, autojump_clock):
    plugins, log, _ = made(1000)
    settings = {
        "kernel.restart_delay_seconds": 1,
        "kernel.restart_budget": 3,
        "kernel.restart_window_seconds": 1000,
    }
    async with bare(*plugins, settings=settings) as kernel:
        await trio.sleep(500)
        assert await state(kernel) == "parked"
        assert (await kernel.dispatch("plugins.info", {"name": "watcher"})).state == "running"
        assert len([one for one in log if one[1] == "provide"]) == 4
        with pytest.raises(Unavailable):
            await kernel.dispatch("crasher.ping")
    assert [one[1] for one in log] == ["provide", "undo"] * 4


async def test_the_doctor_shows_what_is_parked(bare):
    plugins, _, seen = made(1)
    plugins[0][1].pause = 0
    async with bare(*plugins, settings={"kernel.restart_budget": 0}) as kernel:
        with trio.fail_after(10):
            while await state(kernel) != "parked":
                await trio.lowlevel.checkpoint()
        checks = {one.name: one for one in (await kernel.dispatch("doctor.check")).checks}
    assert checks["plugin crasher"].state == "ill"
    assert "boom" in checks["plugin crasher"].detail
    assert seen == [("crasher", "boom")]


async def test_crashes_that_are_far_apart_never_park(bare, autojump_clock):
    plugins, log, _ = made(20)
    settings = {
        "kernel.restart_delay_seconds": 10,
        "kernel.restart_budget": 1,
        "kernel.restart_window_seconds": 10,
    }
    async with bare(*plugins, settings=settings) as kernel:
        await trio.sleep(1000)
        assert await state(kernel) == "running"
    assert len([one for one in log if one[1] == "provide"]) == 21


async def test_a_restart_that_fails_counts_too(bare, autojump_clock):
    plugins, log, _ = made(1)
    kind = plugins[0][1]
    starts = []

    async def start(self, context):
        starts.append(trio.current_time())
        if len(starts) > 1:
            raise RuntimeError("not again")
        context.start_soon(self.work)

    kind.mosaic_start = hookimpl(start)
    async with bare(*plugins, settings={"kernel.restart_window_seconds": 1000}) as kernel:
        await trio.sleep(100)
        assert await state(kernel) == "parked"
        assert "not again" in (await kernel.dispatch("plugins.info", {"name": "crasher"})).detail
    assert len(starts) == 4
    assert [one[1] for one in log] == ["provide", "undo"] * 4


async def test_a_crash_during_the_start_fails_the_start(bare):
    class Hasty:
        @hookimpl
        async def mosaic_start(self, context):
            async def crash():
                raise ValueError("at once")

            context.start_soon(crash)
            await trio.testing.wait_all_tasks_blocked()

    with pytest.raises(Unavailable) as caught:
        async with bare(("hasty", Hasty, Manifest())):
            pass
    assert "at once" in caught.value.got


async def test_a_kernel_is_left_while_a_plugin_waits_for_its_restart(bare, autojump_clock):
    plugins, log, _ = made(1)
    async with bare(*plugins, settings={"kernel.restart_delay_seconds": 60}) as kernel:
        await trio.sleep(5)
        assert await state(kernel) == "restarting"
    assert [one[1] for one in log] == ["provide", "undo"]


async def test_a_kernel_is_left_in_the_middle_of_a_restart(bare, autojump_clock):
    plugins, log, _ = made(1)
    kind = plugins[0][1]
    starts = []

    async def start(self, context):
        starts.append(1)
        context.start_soon(self.work)
        if len(starts) > 1:
            await trio.sleep(50)

    kind.mosaic_start = hookimpl(start)
    async with bare(*plugins, settings={"kernel.restart_delay_seconds": 1}):
        await trio.sleep(10)
    assert starts == [1, 1]
    assert [one[1] for one in log] == ["provide", "undo"] * 2


def test_the_budget_slides():
    budget = RestartBudget(2, 10)
    assert [budget.take(moment) for moment in (0, 1, 2, 9.9, 10, 10.5, 11)] == [0, 1, None, None, 1, None, 1]
