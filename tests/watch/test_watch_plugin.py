"""When the plugin watches, in a kernel: what its configuration says, and when."""

import io

import pytest
import trio
import trio.testing

from mosaic_hookspecs import Manifest
from mosaic_kernel import InputErrors, Kernel
from mosaic_testing.installed import installed_plugins
from mosaic_watch.plugin import WatchPlugin


@pytest.fixture
def kernel(tmp_path):
    def make(**config):
        log = io.StringIO()
        settings = {f"plugins.watch.{key}": value for key, value in config.items()}
        made = Kernel(
            profile="",
            directory=tmp_path,
            environment={},
            index=installed_plugins(),
            settings={"allow": [], "kernel.log_level": "info", **settings},
            plugins=[("watch", WatchPlugin, Manifest(hooks="1.1"))],
            log_stream=log,
        )
        return made, log

    return make


async def began(log, count):
    with trio.fail_after(10):
        while log.getvalue().count("watch.began") < count:  # noqa: ASYNC110 - a log is no event
            await trio.sleep(0.01)


async def test_nothing_is_watched_unless_it_is_asked_for(kernel):
    made, log = kernel()
    async with made as running:
        running.bus.publish("profile.served", None)
        await trio.testing.wait_all_tasks_blocked(0.05)
    assert log.getvalue() == ""


async def test_what_is_asked_for_is_watched_at_once(kernel, tmp_path):
    made, log = kernel(config=True, packages=True, code=True, quiet_ms=20)
    async with made:
        await began(log, 1)
        (tmp_path / "mosaic.yaml").write_text("nonsense: 1\n")
        with trio.fail_after(10):
            while "watch.reload_failed" not in log.getvalue():  # noqa: ASYNC110 - a log is no event
                await trio.sleep(0.01)
    assert "mosaic.yaml:1:1" in log.getvalue()
    assert log.getvalue().count("plugin.crashed") == 0


async def test_a_served_profile_is_watched_from_then_on_and_after_a_reload(kernel):
    made, log = kernel(config=True, when="served")
    async with made as running:
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert "watch.began" not in log.getvalue()
        running.bus.publish("profile.served", None)
        await began(log, 1)
        for number in range(2, 5):
            await running.dispatch("plugins.reload", {"name": "watch"})
            await began(log, number)


async def test_a_profile_that_is_not_served_is_not_watched_after_a_reload(kernel):
    made, log = kernel(config=True, when="served")
    async with made as running:
        await running.dispatch("plugins.reload", {"name": "watch"})
        await trio.testing.wait_all_tasks_blocked(0.05)
    assert "watch.began" not in log.getvalue()


@pytest.mark.parametrize(
    "config", [{"debounce_ms": 0}, {"step_ms": -1}, {"packages_seconds": 0}, {"when": "now"}]
)
async def test_limits_that_make_no_sense_are_refused(kernel, config):
    made, _ = kernel(**config)
    with pytest.raises(InputErrors):
        async with made:
            pass
