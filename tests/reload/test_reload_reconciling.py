"""A changed configuration comes true as a whole, or leaves what it cannot bring about as it was."""

# ruff: noqa: ASYNC110 - the kernel's own state is looked at, which nobody tells of

import attrs
import pytest
import trio
from reload_code import SERVER, served
from test_reload_changes import CONFIGURED, provider, states

from mosaic_hookspecs import (
    Manifest,
    MosaicError,
    NotFound,
    Operation,
    OperationKind,
    Provision,
    Refused,
    Unavailable,
    hookimpl,
)
from mosaic_hookspecs.manifest import Provides


async def put(kernel, key):
    await kernel.port("storage").get().put_document("test.kept", key, {"key": key})


async def found(kernel, key):
    return await kernel.port("storage").get().get_document("test.kept", key) is not None


async def test_what_is_in_a_port_is_handed_over_although_another_plugin_changes_before(place):
    served(place, code=CONFIGURED)
    file = place.directory / "mosaic.yaml"
    file.write_text("ports: {storage: memory}\n")
    async with place.kernel("memory", "sqlite", "ledger", "served") as kernel:
        await put(kernel, "a")
        file.write_text("ports: {storage: sqlite}\nplugins: {served: {word: changed}}\n")
        report = await kernel.dispatch("config.reload", {})
        assert report.is_complete
        assert kernel.port("storage").names() == ("sqlite",)
        assert (await kernel.dispatch("served.ask", {})).word == "changed"
        assert await found(kernel, "a")


async def test_a_port_is_filled_throughout_although_another_plugin_changes_before(place):
    slow = (
        CONFIGURED
        + "\n    @hookimpl\n    async def mosaic_start(self, context):\n        await trio.sleep(0.05)\n"
    )
    served(place, code=slow)
    place.write(
        "tail",
        slow.replace("served.", "tail."),
        manifest="tail:\n  after: [sqlite]\n",
        words="WORD = ''\n",
        late="LATE = ''\n",
    )
    file = place.directory / "mosaic.yaml"
    file.write_text("ports: {storage: memory}\n")
    async with place.kernel("memory", "sqlite", "ledger", "served", "tail") as kernel:
        done = trio.Event()

        async def write():
            number = 0
            while not done.is_set():
                await put(kernel, str(number))
                number += 1
                await trio.sleep(0.002)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            await trio.sleep(0.01)
            file.write_text("ports: {storage: sqlite}\nplugins: {served: {word: x}, tail: {word: x}}\n")
            assert (await kernel.dispatch("config.reload", {})).is_complete
            done.set()


async def test_a_provider_that_does_not_come_leaves_the_one_that_is_there(place):
    file = place.directory / "mosaic.yaml"
    file.write_text("ports: {storage: memory}\n")
    async with place.kernel("memory", "sqlite", "ledger") as kernel:
        await put(kernel, "a")
        file.write_text("ports: {storage: sqlite}\nplugins: {sqlite: {path: /dev/null/x}}\n")
        try:
            report = await kernel.dispatch("config.reload", {})
        except MosaicError:
            pass
        else:
            assert not report.is_complete
        assert kernel.port("storage").names() == ("memory",)
        assert (await states(kernel))["memory"] == "running"
        assert await found(kernel, "a")
        file.write_text("ports: {storage: sqlite}\n")
        assert (await kernel.dispatch("config.reload", {})).is_complete
        assert kernel.port("storage").names() == ("sqlite",)
        assert await found(kernel, "a")


async def test_a_swap_that_fails_half_way_leaves_all_as_it_was(place):
    validating = CONFIGURED + (
        "\n    @hookimpl\n    async def mosaic_validate(self, context):\n"
        "        if context.config.word == 'bad':\n            raise ValueError('a bad word')\n"
    )
    place.write("zebra", validating.replace("served.", "zebra."), words="WORD = ''\n", late="LATE = ''\n")
    (place.directory / "mosaic.yaml").write_text("ports: {storage: memory}\n")
    async with place.kernel("memory", "sqlite", "ledger", "zebra") as kernel:
        await put(kernel, "a")
        with pytest.raises(MosaicError):
            await kernel.dispatch(
                "plugins.swap", {"port": "storage", "name": "sqlite", "settings": {"plugins.zebra.word": "bad"}}
            )
        await put(kernel, "b")
        assert kernel.port("storage").names() == ("memory",)
        assert (await states(kernel))["memory"] == "running"
        await kernel.dispatch("config.reload", {})
        assert await found(kernel, "a")
        assert await found(kernel, "b")
    assert not (place.directory / ".mosaic/live.yaml").exists()


async def test_a_disabled_provider_is_swapped_in(place):
    (place.directory / "mosaic.yaml").write_text("ports: {storage: memory}\nplugins: {sqlite: false}\n")
    async with place.kernel("memory", "sqlite", "ledger") as kernel:
        await put(kernel, "a")
        await kernel.dispatch(
            "plugins.swap",
            {"port": "storage", "name": "sqlite", "settings": {"plugins.sqlite.path": "other.db"}},
        )
        assert kernel.port("storage").names() == ("sqlite",)
        assert await found(kernel, "a")
        assert kernel.runtime.slots["sqlite"].config.path.endswith("other.db")
    async with place.kernel("memory", "sqlite", "ledger") as kernel:
        assert await found(kernel, "a")


async def test_a_change_that_cannot_be_kept_says_so(place):
    served(place)
    (place.directory / ".mosaic").write_text("this is no directory\n")
    async with place.kernel("served") as kernel:
        with pytest.raises(MosaicError) as refused:
            await kernel.dispatch("plugins.disable", {"name": "served"})
        assert "live.yaml" in str(refused.value)


async def test_a_damaged_live_layer_is_told_before_anything_is_changed(place):
    served(place)
    async with place.kernel("served") as kernel:
        (place.directory / ".mosaic").mkdir(exist_ok=True)
        (place.directory / ".mosaic/live.yaml").write_text("plugins: [\n")
        with pytest.raises(MosaicError):
            await kernel.dispatch("plugins.disable", {"name": "served"})
        assert (await states(kernel))["served"] == "running"
        assert (await kernel.dispatch("served.ask", {})).generation == 1


async def test_a_reload_that_waits_behind_a_disable_starts_nothing(place):
    served(place)
    async with place.kernel("served") as kernel:
        refused = []

        async def reload():
            with pytest.raises((Refused, NotFound)):
                await kernel.dispatch("plugins.reload", {"name": "served"})
            refused.append(True)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(kernel.dispatch, "plugins.disable", {"name": "served"})
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            nursery.start_soon(reload)
        assert refused
        assert (await states(kernel))["served"] == "disabled"


async def test_two_swaps_at_once_both_come_true(place):
    plugins = [provider(name, "ui") for name in ("red", "blue", "green")]
    (place.directory / "mosaic.yaml").write_text("ports: {ui: [red]}\n")
    async with place.kernel(plugins=plugins) as kernel:
        async with trio.open_nursery() as nursery:
            for name in ("green", "blue"):
                nursery.start_soon(kernel.dispatch, "plugins.swap", {"port": "ui", "name": name})
        assert set(kernel.port("ui").names()) == {"red", "green", "blue"}


async def test_what_keeps_a_plugin_from_running_is_told_anew(place):
    served(place)
    file = place.directory / "mosaic.yaml"
    file.write_text("deny: [served]\n")
    async with place.kernel("served") as kernel:
        assert (await states(kernel))["served"] == "denied"
        file.write_text("plugins: {served: false}\n")
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "disabled"
        await kernel.dispatch("plugins.enable", {"name": "served"})
        assert (await states(kernel))["served"] == "running"


async def test_a_new_package_that_may_not_run_says_why(place):
    async with place.kernel("other") as kernel:
        served(place)
        await kernel.dispatch("plugins.rescan", {})
        assert (await states(kernel))["served"] == "denied"


async def test_an_upgrade_is_made_although_the_configuration_was_read_first(place):
    import shutil

    served(place)
    async with place.kernel("served") as kernel:
        shutil.rmtree(place.site / "made_up_served-1.0.dist-info")
        place.write("served", words="WORD = 'two'\n", version="2.0")
        await kernel.dispatch("config.reload", {})
        await kernel.dispatch("plugins.rescan", {})
        assert (await kernel.dispatch("served.ask", {})).word == "two"
        assert (await kernel.dispatch("plugins.info", {"name": "served"})).version == "2.0"


async def test_an_upgrade_that_fails_is_tried_again(place):
    import shutil

    served(place)
    async with place.kernel("served") as kernel:
        shutil.rmtree(place.site / "made_up_served-1.0.dist-info")
        place.write("served", "raise ValueError('broken')\n", version="2.0")
        report = (await kernel.dispatch("plugins.rescan", {})).report
        assert "broken" in report.changes[0].error
        assert (await kernel.dispatch("plugins.info", {"name": "served"})).version == "1.0"
        place.write("served", SERVER, words="WORD = 'two'\n")
        await kernel.dispatch("plugins.rescan", {})
        assert (await kernel.dispatch("served.ask", {})).word == "two"


async def test_a_reload_that_fails_leaves_the_manifest_too(place):
    served(place)
    async with place.kernel("served") as kernel:
        place.write("served", "raise ValueError('broken')\n", manifest="served:\n  summary: another\n")
        with pytest.raises(Unavailable):
            await kernel.dispatch("plugins.reload", {"name": "served"})
        assert (await kernel.dispatch("plugins.info", {"name": "served"})).summary == "a plugin for tests"


async def test_a_configuration_that_fails_does_not_end_the_restarts(place):
    code = CONFIGURED + (
        "\n    @hookimpl\n    async def mosaic_validate(self, context):\n"
        "        if context.config.word == 'bad':\n            raise ValueError('a bad word')\n"
    )
    served(place, code=code)
    file = place.directory / "mosaic.yaml"
    async with place.kernel("served", settings={"kernel.restart_delay_seconds": 1}) as kernel:
        kernel.runtime.slots["served"].generation.has_crashed(ValueError("boom"))
        await trio.testing.wait_all_tasks_blocked()
        assert (await states(kernel))["served"] == "restarting"
        file.write_text("plugins: {served: {word: bad}}\n")
        assert not (await kernel.dispatch("config.reload", {})).is_complete
        with trio.fail_after(20):
            while (await states(kernel))["served"] != "running":
                await trio.sleep(0.02)


async def test_a_plugin_that_could_not_start_is_tried_again_when_the_configuration_is_mended(place):
    served(place, code=CONFIGURED)
    file = place.directory / "mosaic.yaml"
    file.write_text("plugins: {served: false}\n")
    async with place.kernel("served") as kernel:
        file.write_text("plugins: {served: {word: 7}}\n")
        assert not (await kernel.dispatch("config.reload", {})).is_complete
        assert (await states(kernel))["served"] == "failed"
        file.write_text("plugins: {served: {word: good}}\n")
        await kernel.dispatch("config.reload", {})
        assert (await kernel.dispatch("served.ask", {})).word == "good"


async def test_the_kernels_own_settings_hold_after_every_change(place):
    served(place)
    file = place.directory / "mosaic.yaml"
    async with place.kernel("served") as kernel:
        file.write_text("kernel: {log_level: debug}\n")
        await kernel.dispatch("plugins.rescan", {})
        assert kernel.runtime.sink.level == 10
        file.write_text("kernel: {log_level: error}\n")
        await kernel.dispatch("plugins.disable", {"name": "served"})
        assert kernel.runtime.sink.level == 40


def same(name, operation):
    class Plugin:
        @hookimpl
        async def mosaic_provide(self, context):
            return [Provision(port="ui", name="same", provider=object())]

        @hookimpl
        def mosaic_operations(self, context):
            async def ask(data, call):
                return Same(name=name)

            return [
                Operation(
                    name=operation,
                    kind=OperationKind.COMMAND,
                    input=Same,
                    output=Same,
                    handler=ask,
                    permission="",
                    summary="Say who answers.",
                )
            ]

    return (name, Plugin, Manifest(provides=(Provides(port="ui", contract="1.0", name="same"),)))


@attrs.frozen(kw_only=True)
class Same:
    name: str = ""


async def test_one_plugin_takes_the_place_of_another_with_the_same_operations(place):
    file = place.directory / "mosaic.yaml"
    file.write_text("plugins: {second: false}\n")
    async with place.kernel(plugins=[same("first", "same.ask"), same("second", "same.ask")]) as kernel:
        assert (await kernel.dispatch("same.ask", {})).name == "first"
        file.write_text("plugins: {first: false}\n")
        report = await kernel.dispatch("config.reload", {})
        assert report.is_complete, report
        assert (await kernel.dispatch("same.ask", {})).name == "second"
        assert kernel.port("ui").names() == ("same",)
