"""What newcomers stumbled on: a port left empty, plugins that nobody configured, plugins that are gone."""

import shutil
import sys

import pytest
from reload_code import SERVER, served

from mosaic_hookspecs import InputError, NotFound, Refused, Unavailable

STORE = """
from mosaic_hookspecs import Provision, hookimpl


class Plugin:
    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="storage", name="NAME", provider=object())]
"""
MANIFEST = "stored:\n  provides: [{port: storage, contract: '1.0', name: stored}]\n"
DEMANDING = SERVER.replace(
    "class Plugin:",
    "@attrs.frozen(kw_only=True)\nclass Config:\n    url: str\n    secret: str\n\n\n"
    "class Plugin:\n    Config = Config\n",
)


async def view(kernel, name):
    return {one.name: one for one in (await kernel.dispatch("plugins.list")).plugins}[name]


async def test_a_reload_that_would_leave_out_what_is_promised_is_refused(place):
    place.write("stored", STORE.replace("NAME", "stored"), manifest=MANIFEST)
    async with place.kernel("stored", "ledger") as kernel:
        place.write("stored", STORE.replace("NAME", "stord"))
        with pytest.raises(Unavailable) as refused:
            await kernel.dispatch("plugins.reload", {"name": "stored"})
        assert refused.value.code == "not-provided"
        assert "step 'provision'" in refused.value.what
        assert kernel.port("storage").names() == ("stored",)


async def test_a_reload_that_would_leave_a_port_empty_which_is_needed_is_refused(place):
    place.write("stored", STORE.replace("NAME", "stored"), manifest=MANIFEST)
    async with place.kernel("stored", "ledger") as kernel:
        place.write("stored", "class Plugin:\n    pass\n", manifest="stored: {}\n")
        with pytest.raises(Unavailable) as refused:
            await kernel.dispatch("plugins.reload", {"name": "stored"})
        assert refused.value.code == "port-empty"
        assert kernel.port("storage").names() == ("stored",)


async def test_a_plugin_that_nobody_has_configured_is_unavailable_and_stops_nothing(place):
    served(place, code=DEMANDING)
    place.write("other", "class Plugin:\n    pass\n")
    async with place.kernel("served", "other") as kernel:
        assert (await view(kernel, "other")).state == "running"
        found = await view(kernel, "served")
        assert found.state == "unavailable"
        assert "'plugins.served.url' is missing; 'plugins.served.secret' is missing" in found.detail
        assert "plugins.served: false" in found.cure
        (place.directory / "mosaic.yaml").write_text("plugins: {served: {url: 'http://x', secret: y}}\n")
        report = await kernel.dispatch("config.reload", {})
        assert [(one.name, one.state) for one in report.changes] == [("served", "running")]


async def test_one_that_somebody_began_to_configure_is_a_mistake_with_its_place(place):
    served(place, code=DEMANDING)
    (place.directory / "mosaic.yaml").write_text("plugins: {served: {url: 'http://x'}}\n")
    with pytest.raises(InputError) as refused:
        async with place.kernel("served"):
            pass
    assert "mosaic.yaml:1:" in str(refused.value)
    assert "'plugins.served.secret' is missing" in str(refused.value)


async def test_one_that_is_installed_while_it_runs_waits_for_its_configuration(place):
    async with place.kernel("served") as kernel:
        served(place, code=DEMANDING)
        report = await kernel.dispatch("plugins.rescan", {})
        assert report.report.is_complete
        assert (await view(kernel, "served")).state == "unavailable"
        (place.directory / "mosaic.yaml").write_text("plugins: {served: {url: 'http://x', secret: y}}\n")
        await kernel.dispatch("config.reload", {})
        assert (await view(kernel, "served")).state == "running"


async def test_a_plugin_that_is_gone_may_leave_its_configuration_behind(place):
    served(place)
    (place.directory / "mosaic.yaml").write_text("plugins: {served: {}, zzz-gone: {url: x}}\n")
    async with place.kernel("served") as kernel:
        assert any("zzz-gone" in one for one in (await kernel.dispatch("config.check")).warnings)
        shutil.rmtree(place.site / "made_up_served-1.0.dist-info")
        shutil.rmtree(place.site / "made_up_served")
        assert (await kernel.dispatch("plugins.rescan", {})).removed == ["served"]
        with pytest.raises(NotFound):
            await kernel.dispatch("served.ask", {})
    (place.directory / "mosaic.yaml").write_text("plugins: {engin: {parallelism: 2}}\n")
    with pytest.raises(InputError, match="engin"):
        async with place.kernel():
            pass


async def test_an_editable_installation_is_seen_while_it_runs(place, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    async with place.kernel("served") as kernel:
        source = place.site.parent / "source"
        source.mkdir()
        served(place)
        shutil.move(place.site / "made_up_served", source / "made_up_served")
        (place.site / "_editable_served.pth").write_text(f"{source}\nimport os\n")
        report = await kernel.dispatch("plugins.rescan", {})
        assert report.added == ["served"]
        assert (await view(kernel, "served")).state == "running"


async def test_state_that_is_no_data_is_refused(place):
    served(
        place,
        code=SERVER.replace("State(version=1, data=self.count)", "State(version=1, data={'n': object()})"),
    )
    async with place.kernel("served") as kernel:
        with pytest.raises(Refused) as refused:
            await kernel.dispatch("plugins.reload", {"name": "served"})
        assert refused.value.code == "state-not-json"
        assert (await kernel.dispatch("served.ask", {})).generation == 1


async def test_new_code_is_not_blamed_for_the_old(place):
    served(
        place,
        code=SERVER.replace(
            "return Answer(word=WORD + LATE",
            "raise ValueError('bug')\n            return Answer(word=WORD + LATE",
        ),
    )
    async with place.kernel("served") as kernel:
        with pytest.raises(Unavailable):
            await kernel.dispatch("served.ask", {})
        assert (await view(kernel, "served")).faults
        served(place)
        await kernel.dispatch("plugins.reload", {"name": "served"})
        assert not (await view(kernel, "served")).faults


async def test_the_doctor_looks_at_what_is_written_now(place):
    served(place)
    async with place.kernel("served") as kernel:
        (place.directory / "mosaic.yaml").write_text("kernel: {log_levl: debug}\n")
        checks = (await kernel.dispatch("doctor.check")).checks
        (found,) = [one for one in checks if one.name == "configuration"]
        assert found.state == "ill"
        assert "mosaic.yaml:1:10" in found.detail
