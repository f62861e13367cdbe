"""`plugins.health` and `ports.list`: how plugins are, what fills the ports; and who is told of a crash."""

import pytest
import trio

from mosaic_hookspecs import Manifest, NotFound, Provides, Provision, hookimpl
from mosaic_hookspecs.hooks import Health
from mosaic_kernel.faults import STALLING


class Calm:
    @hookimpl
    async def mosaic_health(self, context):
        return Health(is_well=True, detail="calm")


class Ill:
    @hookimpl
    async def mosaic_health(self, context):
        raise ValueError("ouch")


class Slow:
    @hookimpl
    async def mosaic_health(self, context):
        await trio.sleep_forever()


class Crasher:
    lives = 1

    @hookimpl
    async def mosaic_start(self, context):
        context.start_soon(self.work)

    async def work(self):
        await trio.sleep(10)
        raise ValueError("boom")


async def health(kernel, name=""):
    return {one.name: one for one in (await kernel.dispatch("plugins.health", {"name": name})).plugins}


async def test_every_plugin_is_asked_at_once_and_outlived(bare, autojump_clock):
    kinds = {"calm": Calm, "ill": Ill, "slow": Slow, "s2": Slow}
    plugins = [(name, kind, Manifest()) for name, kind in kinds.items()]
    settings = {"plugins.s3": False, "kernel.health_seconds": 4}
    async with bare(*plugins, ("s3", Slow, Manifest()), settings=settings) as kernel:
        began = trio.current_time()
        found = await health(kernel)
        assert trio.current_time() - began == pytest.approx(4)
        assert (found["calm"].is_well, found["calm"].detail, found["calm"].generation) == (True, "calm", 1)
        assert (found["ill"].is_well, found["ill"].detail) == (False, "ValueError: ouch")
        assert not found["slow"].is_well
        assert (found["s3"].state, found["s3"].is_well, found["s3"].generation) == ("disabled", True, 0)
        assert list(await health(kernel, "calm")) == ["calm"]
        with pytest.raises(NotFound) as caught:
            await health(kernel, "clam")
        assert caught.value.hint == "Did you mean 'calm'?"


async def test_stalls_faults_and_restarts_are_counted(bare, autojump_clock):
    settings = {"kernel.restart_delay_seconds": 1, "kernel.restart_window_seconds": 100}
    async with bare(("crasher", Crasher, Manifest()), settings=settings) as kernel:
        kernel.runtime.on_fault("crasher", STALLING, RuntimeError("it was blocked for 2.00 s at a:1"))
        kernel.runtime.on_fault("crasher", "handler of crasher.ping", ValueError("no"))
        await trio.sleep(10.5)
        found = (await health(kernel))["crasher"]
        assert (found.state, found.is_well) == ("restarting", False)
        assert "boom" in found.detail
        await trio.sleep(1)
        found = (await health(kernel))["crasher"]
        assert (found.state, found.restarts, found.restart_budget, found.generation) == ("running", 1, 3, 2)
        assert (found.stalls, found.faults) == (1, 2)
        assert found.last_fault == "handler of crasher.ping: ValueError: no"


async def test_a_crash_a_restart_and_parking_are_told_on_the_bus(bare, autojump_clock):
    told = []
    settings = {"kernel.restart_delay_seconds": 1, "kernel.restart_budget": 1}
    crasher = ("crasher", Crasher, Manifest())
    async with bare(crasher, settings=settings) as kernel, trio.open_nursery() as nursery:

        async def listen(task_status):
            async with kernel.bus.subscribe("plugin.changed") as notices:
                task_status.started()
                async for notice in notices:
                    state = (await kernel.dispatch("plugins.info", {"name": "crasher"})).state
                    told.append((notice.body["generation"], state))

        await nursery.start(listen)
        await trio.sleep(40)
        nursery.cancel_scope.cancel()
    # The second crash finds the budget used up, so it is parked by the time that anybody looks.
    assert told == [(0, "restarting"), (2, "running"), (0, "parked"), (0, "parked")]


async def test_the_operations_of_one_plugin_are_listed(bare):
    async with bare(("calm", Calm, Manifest())) as kernel:
        asked = {"plugin": "kernel", "names": ["ports.list", "x"]}
        found = (await kernel.dispatch("operations.list", asked)).operations
        assert [one.name for one in found] == ["ports.list"]
        assert not (await kernel.dispatch("operations.list", {"plugin": "calm"})).operations


class Provider:
    def __init__(self):
        self.made = object()

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="ui", name=context.plugin, provider=self)]


async def test_ports_list_those_in_them_first_and_those_that_could_be(bare):
    plugins = [
        (name, Provider, Manifest(provides=[Provides(port="ui", contract="1.0", name=name)]))
        for name in ("a", "b", "c")
    ]
    settings = {"ports.ui": ["c", "a"], "plugins.c": {}}
    async with bare(*plugins, settings=settings) as kernel:
        ports = {one.name: one for one in (await kernel.dispatch("ports.list")).ports}
    ui = ports["ui"]
    given = [one for one in ui.providers if one.plugin in ("a", "b", "c")]
    assert [(one.name, one.plugin, one.state, one.is_in) for one in given] == [
        ("c", "c", "running", True),
        ("a", "a", "running", True),
        ("b", "b", "unused", False),
    ]
    assert (ui.allows_many, ui.keeps_data) == (True, False)
    assert (ports["storage"].allows_many, ports["storage"].keeps_data) == (False, True)
    assert not any(one.is_in for one in ports["planning"].providers)
