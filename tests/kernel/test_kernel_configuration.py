from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import InputError, Location, Manifest, Unavailable
from mosaic_kernel import InputErrors, PluginIndex
from mosaic_kernel.configuring import Sources, load_configuration
from mosaic_kernel.layers import of_environment


@attrs.frozen(kw_only=True)
class Config:
    parallelism: int = attrs.field(default=1, metadata={"help": "How many at once."})
    labels: tuple[str, ...] = ()
    api_key: str = ""


class Worker:
    Config = Config


WORKER = ("worker", Worker, Manifest(summary="Works."))


def load(directory, *, environment=None, settings=None, profile=""):
    return load_configuration(
        Sources(profile=profile, directory=directory, settings=settings or {}, environment=environment or {}),
        {},
    )


def mistakes(caught):
    return [(str(one.where), one.expected, one.got, one.hint) for one in caught.value.others]


def test_later_layers_win_and_every_value_knows_its_layer(tmp_path):
    user = tmp_path / "home" / "mosaic" / "mosaic.yaml"
    user.parent.mkdir(parents=True)
    user.write_text("kernel: {stop_seconds: 1, drain_seconds: 1, start_seconds: 1, health_seconds: 1}\n")
    project = tmp_path / "project"
    (project / "below").mkdir(parents=True)
    (project / "mosaic.yaml").write_text("kernel: {drain_seconds: 2, start_seconds: 2, health_seconds: 2}\n")
    environment = {
        "XDG_CONFIG_HOME": str(tmp_path / "home"),
        "MOSAIC_KERNEL__START_SECONDS": "3",
        "MOSAIC_KERNEL__HEALTH_SECONDS": "3",
        "MOSAIC_CHAOS": "7",
    }
    loaded = load(project / "below", environment=environment, settings={"kernel.health_seconds": 4})
    kernel = loaded.configuration.kernel
    assert (kernel.stop_seconds, kernel.drain_seconds, kernel.start_seconds, kernel.health_seconds) == (
        1,
        2,
        3,
        4,
    )
    assert loaded.project_directory == project
    names = [
        loaded.layers.origin(("kernel", key)).name
        for key in ("stop_seconds", "drain_seconds", "start_seconds", "health_seconds")
    ]
    assert names == ["user", "project", "environment", "settings"]
    assert loaded.layers.locate(("kernel", "drain_seconds"), False).line == 1
    assert loaded.layers.locate(("kernel", "start_seconds"), False) == "$MOSAIC_KERNEL__START_SECONDS"


def test_every_mistake_of_a_file_is_told_with_its_place(tmp_path):
    (tmp_path / "mosaic.yaml").write_text(
        "kernel:\n  drain_second: 3\n  stop_seconds: soon\n  log_level: debgu\ndeny: one\nprofil: x\n"
        "ports: {storage: 7}\nplugins: {worker: 3}\n"
    )
    with pytest.raises(InputErrors) as caught:
        load(tmp_path)
    places = {str(one.where).rpartition("mosaic.yaml:")[2] for one in caught.value.others}
    assert places == {"2:3", "3:17", "4:14", "5:7", "6:1", "7:18", "8:19"}
    told = {one.hint for one in caught.value.others}
    assert {"Did you mean 'drain_seconds'?", "Did you mean 'debug'?", "Did you mean 'profile'?"} <= told
    stop = next(one for one in caught.value.others if one.got == "text 'soon'")
    assert stop.expected == "a number"
    assert "'kernel.stop_seconds'" in stop.what


async def test_mistakes_in_a_plugins_configuration_are_told_with_their_place(bare, tmp_path):
    (tmp_path / "mosaic.yaml").write_text(
        "plugins:\n  worker:\n    paralelism: 4\n    labels: [ok, 3]\n  workr: {}\n"
        "ports:\n  storag: x\n  storage: y\n"
    )
    with pytest.raises(InputErrors) as caught:
        async with bare(WORKER):
            pass
    places = {str(one.where).rpartition("mosaic.yaml:")[2]: one for one in caught.value.others}
    assert set(places) >= {"3:5", "4:18", "5:3", "7:3", "8:12"}
    assert places["3:5"].hint == "Did you mean 'parallelism'?"
    assert "'plugins.worker.labels[1]'" in places["4:18"].what
    assert places["5:3"].hint == "Did you mean 'worker'?"
    assert places["7:3"].hint == "Did you mean 'storage'?"


async def test_settings_reach_the_plugin_decoded(bare):
    seen = []

    class Seeing(Worker):
        def __init__(self):
            seen.append("made")

    async with bare(
        ("worker", Seeing, Manifest()),
        settings={"plugins.worker.parallelism": 4},
        environment={"MOSAIC_PLUGINS__WORKER__LABELS": "[a, b]"},
    ) as kernel:
        config = kernel.runtime.slots["worker"].config
        assert (config.parallelism, config.labels) == (4, ("a", "b"))
    assert seen == ["made"]


def test_environment_that_contradicts_itself_is_refused():
    with pytest.raises(InputError) as caught:
        of_environment({"MOSAIC_PLUGINS__A": "1", "MOSAIC_PLUGINS__A__B": "2"})
    assert caught.value.where == "$MOSAIC_PLUGINS__A__B"


def test_a_setting_that_contradicts_itself_is_refused(tmp_path):
    with pytest.raises(InputError):
        load(tmp_path, settings={"kernel": 1, "kernel.log_level": "info"})


async def test_an_unknown_profile_names_the_known_ones(bare):
    with pytest.raises(InputError) as caught:
        async with bare(profile="lokal", settings={"allow": None}):
            pass
    assert caught.value.code == "unknown-profile"
    assert caught.value.hint == "Did you mean 'local'?"


def test_the_local_profile_is_good():
    listings = PluginIndex(file="").listings()
    loaded = load_configuration(
        Sources(profile="local", directory=Path("/"), settings={}, environment={}), listings
    )
    assert loaded.configuration.ports["storage"] == ("sqlite",)
    assert loaded.configuration.ports["workspace"] == ("git", "directory")


async def test_a_kernel_that_does_not_start_keeps_its_mistakes(bare):
    async with bare(settings={"kernel.log_level": "loud"}, starts_plugins=False) as kernel:
        assert "kernel.log_level" in str((await kernel.dispatch("doctor.check")).checks)
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.check")
    assert caught.value.where == "setting kernel.log_level"


async def test_a_plugin_without_configuration_takes_none(bare):
    class Plain:
        pass

    with pytest.raises(InputErrors) as caught:
        async with bare(("plain", Plain, Manifest()), settings={"plugins.plain.x": 1}):
            pass
    assert caught.value.where == "setting plugins.plain.x"


async def test_a_port_that_nothing_fills_says_what_would(bare):
    manifest = Manifest(needs=["storage"])
    with pytest.raises(Unavailable) as caught:
        async with bare(("needy", Worker, manifest)):
            pass
    assert caught.value.code == "port-empty"
    assert "needy" in caught.value.what
    assert "sqlite" in caught.value.hint
    assert "allow" in caught.value.hint


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["local", "info", "[a"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    ["profile", "allow", "deny", "ports", "plugins", "kernel", "storage", "log_level", "worker"]
                ),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        VALUES.map(repr),
        VALUES.map(lambda value: repr(value).replace("None", "~").replace("True", "true")),
        st.text(max_size=60),
        st.binary(max_size=60),
    )
)
def test_any_file_gives_a_configuration_or_a_located_error(tmp_path, text):
    file = tmp_path / "mosaic.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    try:
        load(tmp_path)
    except InputError as error:
        for one in getattr(error, "others", (error,)):
            assert isinstance(one.where, Location)
            assert one.where.path.endswith("mosaic.yaml")
