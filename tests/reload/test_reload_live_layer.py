"""The live layer's file: what is kept in it, what is read of it again, and what it hides."""

import pytest
import yaml
from reload_code import served

from mosaic_hookspecs import NotFound, Refused, Unavailable
from mosaic_kernel import PluginIndex, switch_for_next_start


async def states(kernel):
    return {one.name: one.state for one in (await kernel.dispatch("plugins.list")).plugins}


def live(place):
    return place.directory / ".mosaic" / "live.yaml"


async def test_enabling_takes_the_key_out_unless_a_layer_below_disables(place):
    served(place)
    async with place.kernel("served", "memory") as kernel:
        await kernel.dispatch("plugins.disable", {"name": "served"})
        assert yaml.safe_load(live(place).read_text()) == {"plugins": {"served": False}}
        await kernel.dispatch("plugins.enable", {"name": "served"})
        assert not live(place).exists()
        (place.directory / "mosaic.yaml").write_text("plugins: {served: false}\n")
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "disabled"
        await kernel.dispatch("plugins.enable", {"name": "served"})
        assert (await states(kernel))["served"] == "running"
        assert yaml.safe_load(live(place).read_text()) == {"plugins": {"served": {}}}


async def test_a_configured_plugin_stays_configured(place):
    served(place)
    live(place).parent.mkdir()
    live(place).write_text("plugins: {served: false, memory: {}}\nkernel: {log_level: error}\n")
    async with place.kernel("served", "memory") as kernel:
        await kernel.dispatch("plugins.enable", {"name": "served"})
        kept = yaml.safe_load(live(place).read_text())
        assert kept == {"plugins": {"memory": {}}, "kernel": {"log_level": "error"}}


async def test_the_file_is_read_again(place):
    served(place)
    async with place.kernel("served") as kernel:
        await kernel.dispatch("plugins.disable", {"name": "served"})
        live(place).unlink()
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "running"
        live(place).write_text("plugins: {served: false}\n")
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "disabled"


async def test_what_is_not_kept_outlasts_reading_the_file_again(place):
    served(place)
    async with place.kernel("served", "memory") as kernel:
        await kernel.dispatch("plugins.disable", {"name": "served", "keeps": False})
        live(place).parent.mkdir(exist_ok=True)
        live(place).write_text("kernel: {log_level: error}\n")
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "disabled"
        assert kernel.configuration.kernel.log_level == "error"
        entries = {one.key: one for one in (await kernel.dispatch("config.show")).entries}
        assert entries["plugins.served"].source == "live.plugins.served (not kept)"
        await kernel.dispatch("plugins.enable", {"name": "served"})
        assert (await states(kernel))["served"] == "running"
        await kernel.dispatch("config.reload", {})
        assert (await states(kernel))["served"] == "running"


async def test_a_volatile_provider_is_not_kept(place):
    path = str(place.directory / "kept.db")
    settings = {"plugins.sqlite.path": path}
    async with place.kernel("sqlite", "memory", "ledger", settings=settings) as kernel:
        (place.directory / "mosaic.yaml").write_text("ports: {storage: [sqlite]}\n")
        await kernel.dispatch("config.reload", {})
        report = await kernel.dispatch("plugins.swap", {"port": "storage", "name": "memory"})
        warnings = {one.name: one.warning for one in report.changes}
        assert "forgets everything" in warnings["memory"]
        assert kernel.port("storage").names() == ("memory",)
        assert not live(place).exists()
        await kernel.dispatch("config.reload", {})
        assert kernel.port("storage").names() == ("memory",)
        report = await kernel.dispatch("plugins.swap", {"port": "storage", "name": "sqlite"})
        assert not any(one.warning for one in report.changes)
        assert yaml.safe_load(live(place).read_text()) == {"ports": {"storage": ["sqlite"]}}


async def test_what_the_file_hides_is_told(place):
    served(place)
    (place.directory / "mosaic.yaml").write_text("plugins: {served: false}\nkernel: {log_level: info}\n")
    live(place).parent.mkdir()
    live(place).write_text("plugins: {served: {}}\nkernel: {log_level: info}\n")
    async with place.kernel("served") as kernel:
        (warning,) = (await kernel.dispatch("config.check")).warnings
        assert "mosaic.yaml:1:" in warning
        assert "plugins.served is false in" in warning
        notices = [one for one in (await kernel.dispatch("doctor.check")).checks if one.state == "notice"]
        assert any("but {} counts" in one.detail and "live.yaml" in one.cure for one in notices)
    async with place.kernel("served", settings={"plugins.served": {}}) as kernel:
        assert (await kernel.dispatch("config.check")).warnings == ()


def switch(place, name, *, runs, environment=()):
    return switch_for_next_start(
        place.directory, name, runs=runs, environment=dict(environment), index=PluginIndex(file="")
    )


async def test_the_next_start_is_told_while_nothing_runs(place):
    served(place)
    (place.directory / "mosaic.yaml").write_text("profile: ''\nallow: [served, memory, ledger]\n")
    assert switch(place, "served", runs=False) == live(place)
    async with place.kernel("served") as kernel:
        assert (await states(kernel))["served"] == "disabled"
    switch(place, "served", runs=True)
    assert not live(place).exists()
    async with place.kernel("served") as kernel:
        assert (await states(kernel))["served"] == "running"


def test_what_the_next_start_would_refuse_is_refused(place):
    served(place)
    (place.directory / "mosaic.yaml").write_text("profile: ''\nallow: [memory, ledger]\n")
    with pytest.raises(NotFound) as unknown:
        switch(place, "servedd", runs=True)
    assert "served" in unknown.value.hint
    with pytest.raises(Refused) as refused:
        switch(place, "served", runs=True)
    assert refused.value.code == "not-to-be-enabled"
    with pytest.raises(Unavailable) as refused:
        switch(place, "memory", runs=False)
    assert refused.value.code == "port-empty"
    with pytest.raises(Refused) as refused:
        switch(place, "served", runs=False, environment={"MOSAIC_PLUGINS__SERVED": "{}"})
    assert refused.value.code == "set-above"
    assert not live(place).exists()
