"""Enabling, disabling, swapping, new packages and changed configuration, while the system works."""

import shutil

import pytest
import trio
from reload_code import SERVER, served

from mosaic_hookspecs import (
    Denied,
    InputError,
    Manifest,
    NotFound,
    Provision,
    Refused,
    RunSpec,
    StartRun,
    TaskSpec,
    Unavailable,
    hookimpl,
)
from mosaic_hookspecs.manifest import Provides

CONFIGURED = SERVER.replace(
    "class Plugin:",
    "@attrs.frozen(kw_only=True)\nclass Config:\n    word: str = 'default'\n\n\n"
    "class Plugin:\n    Config = Config\n",
).replace("word=WORD + LATE", "word=context.config.word")


async def states(kernel):
    return {one.name: one.state for one in (await kernel.dispatch("plugins.list")).plugins}


async def test_disable_and_enable(place):
    served(place)
    async with place.kernel("served") as kernel:
        await kernel.dispatch("served.add", {})
        report = await kernel.dispatch("plugins.disable", {"name": "served"})
        assert [(one.name, one.state, one.generation) for one in report.changes] == [("served", "disabled", 0)]
        with pytest.raises(NotFound):
            await kernel.dispatch("served.ask", {})
        assert (await states(kernel))["served"] == "disabled"
        served(place, "again")
        report = await kernel.dispatch("plugins.enable", {"name": "served"})
        assert report.changes[0].state == "running"
        assert (await kernel.dispatch("served.ask", {})).word == "again"
        assert not (place.directory / ".mosaic/live.yaml").exists()


async def test_what_was_disabled_stays_so_at_the_next_start(place):
    served(place)
    async with place.kernel("served") as kernel:
        await kernel.dispatch("plugins.disable", {"name": "served"})
    async with place.kernel("served") as kernel:
        assert (await states(kernel))["served"] == "disabled"
        entries = {one.key: one for one in (await kernel.dispatch("config.show")).entries}
        assert entries["plugins.served"].layer == "live"


async def test_what_is_not_to_be_kept_is_forgotten(place):
    served(place)
    async with place.kernel("served") as kernel:
        await kernel.dispatch("plugins.disable", {"name": "served", "keeps": False})
        assert (await states(kernel))["served"] == "disabled"
    async with place.kernel("served") as kernel:
        assert (await states(kernel))["served"] == "running"


async def test_a_plugin_that_others_need_is_not_disabled(place):
    async with place.kernel("memory", "ledger") as kernel:
        with pytest.raises(Unavailable) as refused:
            await kernel.dispatch("plugins.disable", {"name": "memory"})
        assert refused.value.code == "port-empty"
        assert "'ledger' needs" in refused.value.what
        assert (await states(kernel))["memory"] == "running"


async def test_a_denied_plugin_and_one_that_is_set_above_are_refused(place):
    served(place)
    async with place.kernel() as kernel:
        with pytest.raises(Refused) as refused:
            await kernel.dispatch("plugins.enable", {"name": "served"})
        assert refused.value.code == "not-to-be-enabled"
    async with place.kernel("served", settings={"plugins.served": False}) as kernel:
        with pytest.raises(Refused) as refused:
            await kernel.dispatch("plugins.enable", {"name": "served"})
        assert refused.value.code == "set-above"
        assert "setting plugins.served" in str(refused.value)


async def test_one_that_cannot_start_is_told_of(place):
    served(place)
    async with place.kernel("served") as kernel:
        await kernel.dispatch("plugins.disable", {"name": "served"})
        served(place, code="import nothing_of_this_name\n")
        with pytest.raises(Unavailable) as refused:
            await kernel.dispatch("plugins.enable", {"name": "served"})
        assert "nothing_of_this_name" in str(refused.value)
        assert (await states(kernel))["served"] == "failed"
        served(place, "mended")
        await kernel.dispatch("plugins.enable", {"name": "served"})
        assert (await kernel.dispatch("served.ask", {})).word == "mended"


async def test_a_changed_configuration_reaches_the_plugin(place):
    served(place, code=CONFIGURED)
    file = place.directory / "mosaic.yaml"
    async with place.kernel("served") as kernel:
        await kernel.dispatch("served.add", {})
        file.write_text("plugins: {served: {word: changed}}\n")
        report = await kernel.dispatch("config.reload", {})
        assert [(one.name, one.generation) for one in report.changes] == [("served", 2)]
        assert (await kernel.dispatch("served.ask", {})).word == "changed"
        assert (await kernel.dispatch("served.add", {})).number == 2
        assert (await kernel.dispatch("config.reload", {})).changes == ()
        file.write_text("plugins: {served: {word: 7}}\n")
        with pytest.raises(InputError) as refused:
            await kernel.dispatch("config.reload", {})
        assert "mosaic.yaml:1:26" in str(refused.value)
        file.write_text("plugins: {served: [}\n")
        with pytest.raises(InputError):
            await kernel.dispatch("config.reload", {})
        assert (await kernel.dispatch("served.ask", {})).word == "changed"
        file.write_text("plugins: {served: false}\n")
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "disabled"
        file.write_text("kernel: {log_level: debug}\n")
        await kernel.dispatch("config.reload", {})
        assert (await kernel.dispatch("served.ask", {})).word == "default"
        assert kernel.runtime.sink.level == 10


async def test_a_configuration_that_one_plugin_cannot_bear_leaves_that_plugin_as_it_is(place):
    served(
        place,
        code=CONFIGURED.replace("self.count = 0", "self.count = 0", 1)
        + """
    @hookimpl
    async def mosaic_validate(self, context):
        if context.config.word == 'bad':
            raise ValueError('a bad word')
""",
    )
    file = place.directory / "mosaic.yaml"
    async with place.kernel("served") as kernel:
        file.write_text("plugins: {served: {word: bad}}\n")
        report = await kernel.dispatch("config.reload", {})
        assert "a bad word" in report.changes[0].error
        assert not report.is_complete
        assert (await kernel.dispatch("served.ask", {})).word == "default"


async def test_a_package_that_is_installed_upgraded_and_removed(place):
    async with place.kernel("served") as kernel:
        served(place)
        report = await kernel.dispatch("plugins.rescan", {})
        assert report.added == ["served"]
        assert (await kernel.dispatch("served.ask", {})).word == "one"
        shutil.rmtree(place.site / "made_up_served-1.0.dist-info")
        place.write("served", words="WORD = 'two'\n", version="2.0")
        report = await kernel.dispatch("plugins.rescan", {})
        assert (report.added, report.changed, report.removed) == ([], ["served"], [])
        assert (await kernel.dispatch("served.ask", {})).word == "two"
        assert (await kernel.dispatch("plugins.info", {"name": "served"})).version == "2.0"
        shutil.rmtree(place.site / "made_up_served-2.0.dist-info")
        shutil.rmtree(place.site / "made_up_served")
        report = await kernel.dispatch("plugins.rescan", {})
        assert report.removed == ["served"]
        assert "served" not in await states(kernel)
        with pytest.raises(NotFound):
            await kernel.dispatch("served.ask", {})


def task(name):
    return TaskSpec(task_id=name, runtime="nobody", work={})


async def writer(storage, number, written, done):
    count = 0
    while not done.is_set():
        key = f"{number}-{count}"
        await storage.put_document("test.kept", key, {"count": count})
        written.append(key)
        run = RunSpec(run_id=f"run-{number}-{count}")
        (outcome,) = await storage.apply([StartRun(run=run, tasks=[task("a")])], by="test")
        assert outcome is None or not isinstance(outcome, Exception), outcome
        await storage.put_blob(key.encode())
        count += 1
        await trio.sleep(0.1)


async def kept(storage):
    found, after = [], ""
    while page := await storage.documents("test.kept", after=after, limit=1000):
        found += [one.key for one in page]
        after = found[-1]
    return found


async def test_storage_is_swapped_under_load_and_nothing_is_lost(place):
    (place.directory / "mosaic.yaml").write_text("ports: {storage: memory}\n")
    # How long writers wait is asserted below, where there was time for a swap at all.
    patient = {"kernel.hold_seconds": 60}
    async with place.kernel("memory", "sqlite", "ledger", settings=patient) as kernel:
        storage = kernel.port("storage").get()
        written, done, heads = [], trio.Event(), []

        async def wait():
            seen = 0
            while not done.is_set():
                with trio.move_on_after(1):
                    head = await storage.wait(seen)
                    assert head > seen
                    seen = head
                    heads.append(head)

        async with trio.open_nursery() as nursery:
            for number in range(16):
                nursery.start_soon(writer, storage, number, written, done)
            nursery.start_soon(wait)
            await trio.sleep(0.2)
            targets = [
                {"name": "sqlite"},
                {"name": "sqlite", "settings": {"plugins.sqlite.path": "other.db"}},
                {"name": "memory"},
                {"name": "sqlite", "settings": {"plugins.sqlite.path": "third.db"}},
            ]
            for target in targets:
                before = await storage.head()
                report = await kernel.dispatch("plugins.swap", {"port": "storage", **target})
                assert report.is_complete
                assert report.changes[0].held_seconds < 1
                assert kernel.port("storage").names() == (target["name"],)
                assert await storage.head() >= before
                await trio.sleep(0.2)
            done.set()
        assert sorted(await kept(storage)) == sorted(written)
        for key in written:
            assert (await storage.get_document("test.kept", key)).version == 1
        report = await kernel.dispatch("storage.check")
        assert report.is_sound
        assert heads == sorted(heads)
        info = await kernel.dispatch("storage.info")
        assert info.provider == "sqlite"
    async with place.kernel("memory", "sqlite", "ledger") as kernel:
        assert sorted(await kept(kernel.port("storage").get())) == sorted(written)


class Named:
    def __init__(self, name):
        self.name = name

    async def hello(self):
        await trio.lowlevel.checkpoint()
        return self.name


def provider(name, port):
    class Plugin:
        @hookimpl
        async def mosaic_provide(self, context):
            return [Provision(port=port, name=name, provider=Named(name))]

    return (name, Plugin, Manifest(provides=(Provides(port=port, contract="1.0", name=name),)))


async def test_providers_side_by_side_are_swapped_by_name(place):
    plugins = [provider(name, "ui") for name in ("red", "blue", "green")]
    async with place.kernel(settings={"ports.scheduling": []}, plugins=plugins) as kernel:
        (place.directory / "mosaic.yaml").write_text("ports: {ui: [red, blue]}\n")
        await kernel.dispatch("config.reload", {})
        assert kernel.port("ui").names() == ("red", "blue")
        first = kernel.port("ui").get()
        await kernel.dispatch("plugins.swap", {"port": "ui", "name": "green", "instead_of": "red"})
        assert kernel.port("ui").names() == ("green", "blue")
        assert await first.hello() == "green"
        with pytest.raises(Unavailable):
            kernel.port("ui").get("red")
        await kernel.dispatch("plugins.swap", {"port": "ui", "name": "red"})
        assert kernel.port("ui").names() == ("red", "green", "blue")
        assert (await states(kernel))["red"] == "running"


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        ({"port": "stowage", "name": "memory"}, InputError, "unknown-port"),
        ({"port": "storage", "name": "memry"}, NotFound, "unknown-provider"),
        ({"port": "storage", "name": "memory"}, Refused, "already-there"),
        (
            {"port": "storage", "name": "sqlite", "settings": {"plugins.sqlite.pth": "x"}},
            InputError,
            "bad-config",
        ),
        (
            {"port": "storage", "name": "sqlite", "settings": {"plugins.sqlite.path": "/dev/null/x"}},
            Exception,
            "",
        ),
    ],
)
async def test_swaps_that_cannot_be_made(place, data, error, code):
    (place.directory / "mosaic.yaml").write_text("ports: {storage: memory}\n")
    async with place.kernel("memory", "sqlite", "ledger") as kernel:
        with pytest.raises(error) as refused:
            await kernel.dispatch("plugins.swap", data)
        if code:
            assert refused.value.code == code
        assert kernel.port("storage").names()[0] == "memory"
        await kernel.port("storage").get().put_document("test.kept", "a", {})
        assert not isinstance(refused.value, Denied)
