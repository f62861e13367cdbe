"""The code of a generation is whole, whatever a package does with its modules, and whoever loads it too."""

# ruff: noqa: ASYNC110 - the kernel's own state is looked at, which nobody tells of

import pickle
import sys
import threading
import types
import typing

import pytest
import trio
from reload_code import SERVER, served
from reload_garbage import collect

from mosaic_kernel.reloading import editions

NESTED = "from __future__ import annotations\n" + SERVER.replace(
    "class Plugin:\n",
    """@attrs.frozen(kw_only=True)
class Deep:
    number: int = 0


class Plugin:
    @attrs.frozen(kw_only=True)
    class Config:
        deep: Deep = Deep()

""",
).replace("word=WORD + LATE", "word=WORD + LATE + str(isinstance(context.config.deep, Deep))")


async def reload(kernel, name="served", **more):
    return (await kernel.dispatch("plugins.reload", {"name": name, **more})).changes[0]


def crash(kernel, name="served"):
    kernel.runtime.slots[name].generation.has_crashed(ValueError("boom"))


async def until_running(kernel, number, name="served"):
    with trio.fail_after(20):
        while (slot := kernel.runtime.slots[name]).generation is None or slot.generation.number != number:
            await trio.sleep(0.005)


async def test_a_restart_after_a_crash_keeps_the_code_that_served(place):
    served(place)
    async with place.kernel("served", settings={"kernel.restart_delay_seconds": 0.01}) as kernel:
        served(place, "two")
        await reload(kernel)
        plugin_class = kernel.runtime.slots["served"].plugin_class
        words = sys.modules[f"{kernel.runtime.slots['served'].recipe.edition.name}.words"]
        crash(kernel)
        await until_running(kernel, 3)
        answer = await kernel.dispatch("served.ask", {})
        assert answer.word == "two"
        assert kernel.runtime.slots["served"].plugin_class is plugin_class
        assert sys.modules[f"{kernel.runtime.slots['served'].recipe.edition.name}.words"] is words
        assert pickle.loads(pickle.dumps(answer)) == answer
        import made_up_served.plugin

        assert made_up_served.plugin.Plugin is plugin_class
        await reload(kernel)
        del plugin_class, words, answer
        collect()
        assert len({name.partition(".")[0] for name in place.fresh_modules()}) == 1
    assert place.fresh_modules() == []


async def test_a_class_in_a_class_is_of_its_own_generation(place):
    served(place, code=NESTED)
    file = place.directory / "mosaic.yaml"
    async with place.kernel("served") as kernel:
        first = kernel.runtime.slots["served"].plugin_class
        for number in range(1, 4):
            file.write_text(f"plugins: {{served: {{deep: {{number: {number}}}}}}}\n")
            await kernel.dispatch("config.reload", {})
            assert (await kernel.dispatch("served.ask", {})).word == "oneTrue"
            await reload(kernel)
            assert (await kernel.dispatch("served.ask", {})).word == "oneTrue"
            config = kernel.runtime.slots["served"].config
            assert config.deep.number == number
            assert pickle.loads(pickle.dumps(config)) == config
            hints = typing.get_type_hints(type(config))
            assert hints["deep"] is type(config.deep)
        assert typing.get_type_hints(first.Config)["deep"] is first.Config().deep.__class__


STRANGE = """
import sys


class Replaced:
    WORD = "replaced"


sys.modules[__name__] = Replaced()
"""


async def test_modules_that_replace_themselves_or_block_others(place):
    code = (
        "import sys\n\nsys.modules[__package__ + '.blocked'] = None\nfrom . import strange\n"
        + SERVER.replace("word=WORD + LATE", "word=WORD + strange.WORD")
    )
    place.write("served", code, words="WORD = 'one '\n", late="LATE = ''\n", strange=STRANGE)
    async with place.kernel("served") as kernel:
        for number in range(2, 5):
            await reload(kernel)
            answer = await kernel.dispatch("served.ask", {})
            assert (answer.word, answer.generation) == ("one replaced", number)
            import made_up_served.strange

            assert made_up_served.strange.WORD == "replaced"
    assert place.fresh_modules() == []


STUBBORN = """
class Meta(type):
    def __setattr__(self, name, value):
        raise TypeError("immutable")


class Stubborn(metaclass=Meta):
    pass


class Hidden:
    @property
    def __module__(self):
        raise RuntimeError("no context")

    @property
    def __class__(self):
        raise RuntimeError("no context")


hidden = Hidden()
"""


async def test_classes_that_cannot_be_changed_and_proxies_do_not_break_a_swap(place):
    code = "from . import stubborn\n" + SERVER
    place.write("served", code, words="WORD = 'one'\n", late="LATE = ''\n", stubborn=STUBBORN)
    async with place.kernel("served") as kernel:
        for number in range(2, 5):
            await reload(kernel)
            assert (await kernel.dispatch("served.ask", {})).generation == number


class Name(str):
    """The name of a module. While it is looked at, another thread imports something."""

    __slots__ = ()

    def partition(self, separator):
        sys.modules[f"made_up_noise_{len(sys.modules)}"] = threading
        return str.partition(self, separator)


async def test_threads_may_import_while_editions_change(place):
    served(place)
    sys.modules[Name("made_up_noise")] = threading
    try:
        async with place.kernel("served") as kernel:
            for number in range(2, 5):
                await reload(kernel)
                assert (await kernel.dispatch("served.ask", {})).generation == number
    finally:
        for name in [name for name in tuple(sys.modules) if name.startswith("made_up_noise")]:
            sys.modules.pop(name, None)


async def test_two_plugins_of_one_package_each_stay_on_their_code(place):
    served(place)
    package = place.site / "made_up_served"
    (package / "twin.py").write_text(SERVER.replace("served.", "twin."))
    (package / "mosaic-plugin.yaml").write_text("served: {}\ntwin: {}\n")
    points = place.site / "made_up_served-1.0.dist-info/entry_points.txt"
    points.write_text(points.read_text() + "twin = made_up_served.twin:Plugin\n")
    async with place.kernel("served", "twin") as kernel:
        place.write("served", words="WORD = 'two'\n")
        await reload(kernel)
        assert (await kernel.dispatch("served.ask", {})).word == "two"
        assert (await kernel.dispatch("twin.ask", {})).word == "one"
        place.write("served", words="WORD = 'three'\n")
        await reload(kernel, "twin")
        assert (await kernel.dispatch("served.ask", {})).word == "two"
        assert (await kernel.dispatch("twin.ask", {})).word == "three"
        await kernel.dispatch("plugins.disable", {"name": "twin"})
        answer = await kernel.dispatch("served.ask", {})
        assert answer.word == "two"
        # The canonical names lead to the newest that still serves.
        assert pickle.loads(pickle.dumps(answer)) == answer
        assert type(answer).__module__ == "made_up_served.plugin"
    assert place.fresh_modules() == []
    assert editions._live["made_up_served"] is editions._firsts["made_up_served"]


def test_two_kernels_in_two_threads_reload_one_package(place):
    served(place)
    errors = []

    async def run():
        async with place.kernel("served") as kernel:
            for number in range(2, 12):
                await reload(kernel)
                answer = await kernel.dispatch("served.ask", {"number": number})
                assert (answer.word, answer.number, answer.generation) == ("one", number, number)

    def work():
        try:
            trio.run(run)
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    collect()
    assert place.fresh_modules() == []


GATED = """
import made_up_gate

made_up_gate.is_open.wait()
try:
    from . import late
finally:
    made_up_gate.is_left.set()
"""


async def test_an_import_that_nobody_waits_for_leaves_nothing(place, monkeypatch):
    gate = types.ModuleType("made_up_gate")
    gate.is_open, gate.is_left = threading.Event(), threading.Event()
    monkeypatch.setitem(sys.modules, gate.__name__, gate)
    served(place)
    async with place.kernel("served", settings={"kernel.start_seconds": 1}) as kernel:
        served(place, code=GATED)
        with pytest.raises(Exception, match="not imported in time"):
            await reload(kernel)
        gate.is_open.set()
        assert await trio.to_thread.run_sync(gate.is_left.wait, 20)
        with trio.fail_after(20):
            while place.fresh_modules():
                await trio.sleep(0.01)


async def test_a_package_of_every_shape(place):
    package = served(place)
    (package / "__init__.py").write_text("from .plugin import *\nfrom . import first, second\n")
    (package / "first.py").write_text("from . import second\nVALUE = 1\n")
    (package / "second.py").write_text(
        "import made_up_served.first\n\n\ndef value():\n    return made_up_served.first.VALUE\n"
    )
    inner = package / "inner"
    inner.mkdir()
    (inner / "leaf.py").write_text("from ..first import VALUE\nfrom made_up_served import *\n")
    (package / "latin.py").write_bytes("# -*- coding: latin-1 -*-\nNAME = 'é'\n".encode("latin-1"))
    (package / "broken.py").write_bytes(b"\xff\xfe\x00")
    (package / ".#plugin.py").symlink_to("nowhere")
    code = SERVER.replace(
        "from .late import LATE\n",
        "from .inner.leaf import VALUE, Ask as Same\n            from .latin import NAME\n"
        "            from . import second\n"
        "            assert Same is Ask\n            LATE = f'{VALUE}{NAME}{second.value()}'\n",
    )
    served(place, code=code)
    async with place.kernel("served") as kernel:
        for number in range(2, 4):
            (package / "first.py").write_text(f"from . import second\nVALUE = {number}\n")
            await reload(kernel)
            assert (await kernel.dispatch("served.ask", {})).word == f"one{number}é{number}"
