import io
import sys
import textwrap
import weakref

import pytest
import trio
import trio.testing

from mosaic_hookspecs import NotFound, RecordEvent
from mosaic_kernel import AsyncioKernel, BlockingKernel, Kernel, PluginIndex

PLUGIN = """
    import attrs

    from mosaic_hookspecs import Operation, OperationKind, hookimpl

    from .words import TEXT


    @attrs.frozen(kw_only=True)
    class Config:
        name: str = "nobody"


    @attrs.frozen(kw_only=True)
    class Say:
        lazily: bool = False


    @attrs.frozen(kw_only=True)
    class Said:
        text: str
        module: str


    class TwinPlugin:
        Config = Config

        @hookimpl
        def mosaic_operations(self, context):
            async def say(data, call):
                module = __name__
                if data.lazily:
                    from . import later
                    module = later.__name__
                context.bus.publish("twin.said", TEXT)
                context.log.info("twin.said", text=TEXT)
                return Said(text=f"{TEXT}, {context.config.name}", module=module)

            return [Operation(name="twin.say", kind=OperationKind.QUERY, input=Say, output=Said, handler=say,
                              permission="", summary="Say it.")]
"""


@pytest.fixture
def twin(tmp_path, monkeypatch):
    """Install a plugin that both kernels run."""
    site = tmp_path / "site"
    package, info = site / "made_up_twin", site / "made_up_twin-1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text("TEXT = 'first'\n")
    (package / "later.py").write_text("")
    (package / "plugin.py").write_text(textwrap.dedent(PLUGIN))
    (package / "mosaic-plugin.yaml").write_text("twin: {}\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made_up_twin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mosaic.plugins]\ntwin = made_up_twin.plugin:TwinPlugin\n")
    monkeypatch.syspath_prepend(str(site))
    yield package
    for name in [name for name in sys.modules if name.startswith("made_up_twin")]:
        del sys.modules[name]


def kernel(directory, *allow, settings=None, kind=Kernel, **arguments):
    directory.mkdir(exist_ok=True)
    return kind(
        profile="",
        directory=directory,
        environment={},
        index=PluginIndex(file=""),
        settings={"allow": ["twin", *allow], "kernel.log_level": "info", **(settings or {})},
        **arguments,
    )


async def say(running, **more):
    return await running.dispatch("twin.say", more)


async def test_they_share_nothing(twin, tmp_path):
    one_log, two_log = io.StringIO(), io.StringIO()
    one = kernel(
        tmp_path / "one", "memory", "ledger", settings={"plugins.twin.name": "one"}, log_stream=one_log
    )
    two = kernel(tmp_path / "two", "sqlite", settings={"plugins.twin.name": "two"}, log_stream=two_log)
    async with one, two:
        # Settings and operations.
        assert (await say(one)).text == "first, one"
        assert (await say(two)).text == "first, two"
        assert "log.verify" in one.operations()
        assert "log.verify" not in two.operations()
        with pytest.raises(NotFound):
            await two.dispatch("log.verify")
        assert one.state_directory != two.state_directory
        # Storage.
        await one.port("storage").get().apply([RecordEvent(kind="test.happened")], by="test")
        assert await one.port("storage").get().head() == 1
        assert await two.port("storage").get().head() == 0
        # The bus.
        async with two.bus.subscribe("twin.*") as notices:
            await say(one)
            await say(two)
            notice = await anext(notices)
            assert notice.body == "first"
            with trio.move_on_after(0.05) as scope:
                await anext(notices)
            assert scope.cancelled_caught
    # Log sinks: `two` has said it twice, and `one` as often.
    assert one_log.getvalue().count("twin.said") == 2
    assert two_log.getvalue().count("twin.said") == 2


async def test_a_reload_in_one_leaves_the_other_as_it_is(twin, tmp_path):
    one, two = kernel(tmp_path / "one"), kernel(tmp_path / "two")
    async with one, two:
        assert (await say(one)).text == (await say(two)).text == "first, nobody"
        (twin / "words.py").write_text("TEXT = 'second'\n")
        await one.dispatch("plugins.reload", {"name": "twin"})
        assert (await say(one)).text == "second, nobody"
        assert (await say(two)).text == "first, nobody"
        # What the old code imports only now belongs to the old code, under whatever name.
        new, old = await say(one, lazily=True), await say(two, lazily=True)
        assert new.module != old.module
        assert old.module.rpartition(".")[0] == (await say(two)).module.rpartition(".")[0]
        # The other way round, one generation later.
        (twin / "words.py").write_text("TEXT = 'third'\n")
        await two.dispatch("plugins.reload", {"name": "twin"})
        assert (await say(one)).text == "second, nobody"
        assert (await say(two)).text == "third, nobody"
        numbers = [(await each.dispatch("plugins.info", {"name": "twin"})).generation for each in (one, two)]
        assert numbers == [2, 2]


async def test_the_end_of_one_is_not_the_end_of_the_other(twin, tmp_path):
    async with kernel(tmp_path / "two") as two:
        async with kernel(tmp_path / "one") as one:
            (twin / "words.py").write_text("TEXT = 'second'\n")
            await one.dispatch("plugins.reload", {"name": "twin"})
            assert (await say(one)).text == "second, nobody"
        assert (await say(two)).text == "first, nobody"
        assert (await say(two, lazily=True)).text == "first, nobody"
        await two.dispatch("plugins.reload", {"name": "twin"})
        assert (await say(two)).text == "second, nobody"


async def test_what_one_has_loaded_dies_with_it(twin, tmp_path):
    async with kernel(tmp_path / "two") as two:
        async with kernel(tmp_path / "one") as one:
            for number in range(3):
                (twin / "words.py").write_text(f"TEXT = {number!r}\n")
                await one.dispatch("plugins.reload", {"name": "twin"})
            gone = weakref.ref(one.runtime.slots["twin"].generation.instance)
            del one
        import gc

        gc.collect()
        assert gone() is None
        loaded = {name.partition(".")[0] for name in sys.modules if name.startswith("made_up_twin")}
        used = (await say(two)).module.partition(".")[0]
        assert loaded <= {used, "made_up_twin"}
        assert (await say(two)).text == "first, nobody"


async def test_in_threads_and_in_asyncio_at_the_same_time(twin, tmp_path):
    def in_a_thread():
        with kernel(tmp_path / "one", settings={"plugins.twin.name": "thread"}, kind=BlockingKernel) as running:
            return [running.dispatch("twin.say").text for _ in range(50)]

    def in_asyncio():
        import asyncio

        async def main():
            settings = {"plugins.twin.name": "asyncio"}
            async with kernel(tmp_path / "two", settings=settings, kind=AsyncioKernel) as running:
                return [(await running.dispatch("twin.say")).text for _ in range(50)]

        return asyncio.run(main())

    answers = {}

    async def keep(name, function):
        answers[name] = await trio.to_thread.run_sync(function)

    three = kernel(tmp_path / "three", settings={"plugins.twin.name": "trio"})
    async with three as running, trio.open_nursery() as nursery:
        nursery.start_soon(keep, "thread", in_a_thread)
        nursery.start_soon(keep, "asyncio", in_asyncio)
        for _ in range(20):
            assert (await say(running)).text == "first, trio"
    assert answers == {"thread": ["first, thread"] * 50, "asyncio": ["first, asyncio"] * 50}


async def test_a_reload_while_another_thread_makes_its_edition_the_live_one(twin, tmp_path):
    async with kernel(tmp_path / "one") as one:
        await one.dispatch("plugins.reload", {"name": "twin"})
        before = (await say(one)).module
        # Between taking the old canonical names away and giving the new ones, there are none.
        for name in [name for name in sys.modules if name.partition(".")[0] == "made_up_twin"]:
            del sys.modules[name]
        await one.dispatch("plugins.reload", {"name": "twin"})
        edition = one.runtime.slots["twin"].generation.recipe.edition
        assert (await say(one, lazily=True)).module == f"{edition.name}.later"
        assert edition.name != before.partition(".")[0]
    assert not [name for name in sys.modules if name.startswith("made_up_twin@")]


async def test_reloads_in_two_threads_at_the_same_time(twin, tmp_path):
    def reload_often(name):
        with kernel(tmp_path / name, kind=BlockingKernel) as running:
            said = []
            for _ in range(20):
                running.dispatch("plugins.reload", {"name": "twin"})
                said.append(running.dispatch("twin.say", {"lazily": True}).text)
            return said

    answers = []

    async def keep(name):
        answers.append(await trio.to_thread.run_sync(reload_often, name))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, "one")
        nursery.start_soon(keep, "two")
    assert answers == [["first, nobody"] * 20] * 2
    assert not [name for name in sys.modules if name.startswith("made_up_twin@")]
