"""Whatever step fails, the old generation serves on, and the message says plugin, step, cause and place."""

# ruff: noqa: E501 - a table of sources reads best a case a line

import inspect

import pytest
import trio
import trio.testing
from reload_code import SERVER, served
from reload_garbage import collect

from mosaic_hookspecs import MosaicError
from mosaic_kernel.reloading.editions import _by_name

HOOKS = "    @hookimpl\n    async def {name}(self, context{more}):\n        {body}\n"
SLOW = {
    "kernel.start_seconds": 2,
    "kernel.health_seconds": 0.3,
    "kernel.hold_seconds": 0.3,
    "kernel.drain_seconds": 0.3,
    "kernel.stop_seconds": 0.3,
}


def hook(name, body, more=""):
    return SERVER + "\n" + HOOKS.format(name=name, body=body, more=more)


IMPORTED = "class Config:\n    pass\n\n\n" + SERVER
CONFIG = SERVER.replace(
    "class Plugin:",
    "@attrs.frozen(kw_only=True)\nclass Config:\n    port: int\n\n\nclass Plugin:\n    Config = Config\n",
)
IMPORT_STATE = "mosaic_import_state(self, context, state):\n        state.require(1)"
EXPORT_STATE = "mosaic_export_state(self, context):\n        return State(version=1, data=self.count)"
CASES = {
    "syntax error": ("def broken(:\n", "import", "SyntaxError", "plugin.py:1:"),
    "import error": ("import no_such_module_at_all\n", "import", "ModuleNotFoundError", "plugin.py:1"),
    "error on import": (SERVER + "\n\nraise ValueError('at import')\n", "import", "at import", "plugin.py:"),
    "no such class": (SERVER.replace("class Plugin:", "class Other:"), "import", "Plugin", ""),
    "exit on import": ("import sys\n\nsys.exit(0)\n", "import", "SystemExit", ""),
    "hanging import": ("import time\n\ntime.sleep(5)\n", "import", "not imported in time", ""),
    "bad configuration": (CONFIG, "configure", "port", ""),
    "class that cannot be made": (SERVER.replace("self.count = 0", "raise KeyError('made')"), "provision", "made", "plugin.py:"),
    "failing provision": (hook("mosaic_provide", "raise ValueError('no room')"), "provision", "no room", "plugin.py:"),
    "hanging provision": (hook("mosaic_provide", "await trio.sleep_forever()"), "provision", "did not end in time", ""),
    "unannounced port": (
        hook("mosaic_provide", "from mosaic_hookspecs import Provision; return [Provision(port='ui', name='x', provider=1)]"),
        "provision", "manifest does not say", "",
    ),
    "bad operation": (SERVER.replace("input=Ask", "input=int"), "declare", "no attrs class", ""),
    "unknown hook": (hook("mosaic_strat", "pass"), "provision", "mosaic_start", ""),
    "failing validation": (hook("mosaic_validate", "raise ValueError('not so')"), "validate", "not so", "plugin.py:"),
    "failing start": (hook("mosaic_start", "raise ValueError('no start')"), "start", "no start", "plugin.py:"),
    "hanging start": (hook("mosaic_start", "await trio.sleep_forever()"), "start", "did not end in time", ""),
    "exit on start": (hook("mosaic_start", "raise SystemExit(0)"), "start", "SystemExit", ""),
    "crash while starting": (
        hook("mosaic_start", "context.start_soon(self.crash); await trio.sleep(0.05)")
        + "\n    async def crash(self):\n        raise ValueError('crashed')\n",
        "health", "crashed", "plugin.py:",
    ),
    "not well": (
        hook("mosaic_health", "from mosaic_hookspecs import Health; return Health(is_well=False, detail='a fever')"),
        "health", "a fever", "",
    ),
    "failing health check": (hook("mosaic_health", "raise ValueError('no pulse')"), "health", "no pulse", "plugin.py:"),
    "hanging health check": (hook("mosaic_health", "await trio.sleep_forever()"), "health", "did not end in time", ""),
    "refused state": (SERVER.replace(IMPORT_STATE, IMPORT_STATE.replace("(1)", "(2, 3)")), "import state", "version 2 or 3", ""),
    "state that is not taken": (SERVER.replace("mosaic_import_state", "import_state").replace("@hookimpl\n    async def import", "async def import"), "import state", "mosaic_import_state", ""),
    "failing import of state": (SERVER.replace("self.count = state.data", "raise ValueError('full')"), "import state", "full", "plugin.py:"),
    "hanging import of state": (SERVER.replace("self.count = state.data", "await trio.sleep_forever()"), "import state", "did not end in time", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_the_old_generation_serves_on(place, case):
    code, step, cause, where = CASES[case]
    served(place)
    # What does not hang has the usual time: a slow machine may need more than a deadline that is waited for.
    async with place.kernel("served", settings=SLOW if "hanging" in case else {}) as kernel:
        assert (await kernel.dispatch("served.add", {})).number == 1
        old = kernel.runtime.slots["served"].generation
        served(place, "two", code)
        calls = 0
        done = trio.Event()

        async def call():
            nonlocal calls
            while not done.is_set():
                assert (await kernel.dispatch("served.ask", {})).word == "one"
                calls += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            with pytest.raises(MosaicError) as refused:
                await kernel.dispatch("plugins.reload", {"name": "served"})
            done.set()
        told = str(refused.value)
        assert "'served'" in told
        assert f"step {step!r}" in told
        assert cause in told
        assert where in told
        assert "serves on" in told
        assert calls > 1
        assert kernel.runtime.slots["served"].generation is old
        stands = await kernel.dispatch("plugins.info", {"name": "served"})
        assert (stands.held_back, stands.generation) == (told, 1)
        checked = {one.name: one for one in (await kernel.dispatch("doctor.check", {})).checks}
        assert (checked["plugin served"].state, cause in checked["plugin served"].detail) == ("notice", True)
        assert (await kernel.dispatch("served.add", {})).number == 2
        # Nothing of the attempt is left, and mended code works.
        served(place, "mended", SERVER)
        await kernel.dispatch("plugins.reload", {"name": "served"})
        assert (await kernel.dispatch("served.ask", {})).word == "mended"
        assert not (await kernel.dispatch("plugins.info", {"name": "served"})).held_back
        assert (await kernel.dispatch("served.add", {})).number == 3
        del refused, old
        collect()
        if case != "hanging import":
            assert len({name.partition(".")[0] for name in place.fresh_modules()}) == 1


async def test_a_hanging_drain_keeps_nobody_from_the_new_code(place):
    served(place, code=hook("mosaic_drain", "await trio.sleep_forever()"))
    async with place.kernel("served", settings={"kernel.drain_seconds": 0.3}) as kernel:
        served(place, "two")
        report = await kernel.dispatch("plugins.reload", {"name": "served"})
        assert report.changes[0].generation == 2
        assert (await kernel.dispatch("served.ask", {})).word == "two"
    assert "mosaic_drain" in place.log.getvalue()


async def test_a_failing_export_leaves_the_old_generation(place):
    served(
        place,
        code=SERVER.replace(
            EXPORT_STATE,
            EXPORT_STATE.replace("return State", "raise ValueError('stuck')\n        return State"),
        ),
    )
    async with place.kernel("served") as kernel:
        with pytest.raises(MosaicError) as refused:
            await kernel.dispatch("plugins.reload", {"name": "served"})
        assert "step 'export state' failed" in str(refused.value)
        assert "stuck" in str(refused.value)
        assert (await kernel.dispatch("served.ask", {})).generation == 1


@pytest.mark.parametrize(
    ("manifest", "cause"),
    [
        ("served:\n  hooks: '2.0'\n", "hooks 2.0"),
        ("served:\n  hooks: '1.99'\n", "hooks 1.99"),
        ("served:\n  provides: [{port: storage, contract: '7.0'}]\n", "contract 7.0"),
        ("served: [\n", "mosaic-plugin.yaml"),
        ("served:\n  provide: x\n", "mosaic-plugin.yaml:2:3"),
    ],
)
async def test_a_manifest_that_does_not_fit_leaves_the_old_generation(place, manifest, cause):
    served(place)
    async with place.kernel("served") as kernel:
        place.write("served", manifest=manifest)
        with pytest.raises(MosaicError) as refused:
            await kernel.dispatch("plugins.reload", {"name": "served"})
        assert "step 'import' failed" in str(refused.value)
        assert cause in str(refused.value)
        assert (await kernel.dispatch("served.ask", {})).generation == 1
        place.write("served", manifest="served: {}\n")
        await kernel.dispatch("plugins.reload", {"name": "served"})
        assert (await kernel.dispatch("served.ask", {})).generation == 2


async def test_a_caller_that_goes_away_does_not_stop_a_reload_half_way(place):
    served(place, code=hook("mosaic_start", "await trio.sleep(0.1)"))
    async with place.kernel("served") as kernel:
        with trio.move_on_after(0.05):
            await kernel.dispatch("plugins.reload", {"name": "served"})
        with trio.fail_after(20):
            while (await kernel.dispatch("served.ask", {})).generation == 1:
                await trio.testing.wait_all_tasks_blocked(0.001)
        assert (await kernel.dispatch("served.ask", {})).generation == 2


async def test_a_plugin_may_reload_itself(place):
    code = (
        SERVER.replace(
            "await trio.lowlevel.checkpoint()\n            from",
            "if data.number: await context.dispatch('plugins.reload', {'name': 'served'})\n            from",
        )
        .replace("mosaic_export_state", "export")
        .replace("@hookimpl\n    async def export", "async def export")
    )
    served(place, code=code)
    async with place.kernel("served") as kernel:
        with trio.fail_after(5):
            assert (await kernel.dispatch("served.ask", {"number": 1})).generation == 1
        assert (await kernel.dispatch("served.ask", {})).generation == 2


async def test_leaving_the_kernel_in_the_middle_of_a_reload_leaves_nothing(place):
    before = set(_by_name)  # a test that failed may hold some
    served(place, code=hook("mosaic_start", "await trio.sleep(0.1)"))
    async with place.kernel("served") as kernel:
        served(
            place, code=hook("mosaic_start", "context.bus.publish('served.starts', 0); await trio.sleep(30)")
        )
        async with kernel.bus.subscribe("served.starts") as notices:
            kernel.runtime.nursery.start_soon(kernel.dispatch, "plugins.reload", {"name": "served"})
            with trio.fail_after(20):
                await anext(notices)
    assert place.fresh_modules() == []
    if (kept := getattr(inspect, "_shadowed_dict_from_mro_tuple", None)) is not None:
        kept.cache_clear()  # Python 3.12.1 keeps the classes that it looked at last; later ones do not
    collect()
    assert not [name for name in _by_name if "made_up_served@" in name and name not in before]
