"""`config.set`: values of the configuration are set while the system runs, all of them or none."""

import stat
from collections.abc import Mapping, Sequence

import attrs
import pytest
import yaml

from mosaic_hookspecs import InputError, Manifest, NotFound, Refused, hookimpl
from mosaic_kernel import to_json_data
from mosaic_kernel.failures import InputErrors


@attrs.frozen(kw_only=True)
class Config:
    port: int = attrs.field(default=1, validator=attrs.validators.ge(0), metadata={"help": "Where it listens."})
    wait_seconds: float = 2.0
    host: str = "here"
    fast: bool = False
    names: Sequence[str] = ()
    prices: Mapping[str, Mapping[str, float]] = attrs.field(factory=dict)
    limit: int | None = None
    api_key: str = attrs.field(default="", validator=attrs.validators.matches_re("[a-z0-9 ]*"))


class Plugin:
    Config = Config

    @hookimpl
    async def mosaic_validate(self, context):
        if context.config.port == 13:
            raise Refused("unlucky", f"the key {context.config.api_key} does not open 13")


class Second(Plugin):
    """Another, so that one can refuse after the other has changed."""


BOTH = (("one", Plugin, Manifest()), ("two", Second, Manifest()))


@pytest.fixture
def live(place):
    return place.directory / ".mosaic" / "live.yaml"


def kept(live):
    return yaml.safe_load(live.read_text())


async def fields(kernel, plugin="one"):
    found = await kernel.dispatch("config.fields", {"plugin": plugin})
    return {field.key.rpartition(".")[2]: field for field in found.fields}


def config(kernel, plugin="one"):
    return kernel.runtime.slots[plugin].config


async def test_values_are_set_kept_and_taken_back(place, live):
    async with place.kernel(plugins=BOTH) as kernel:
        values = {"plugins.one.port": 5, "plugins.two.fast": True}
        report = await kernel.dispatch("config.set", {"values": values})
        assert [(change.name, change.generation) for change in report.changes] == [("one", 2), ("two", 2)]
        assert (config(kernel).port, config(kernel, "two").fast) == (5, True)
        assert kept(live) == {"plugins": {"one": {"port": 5}, "two": {"fast": True}}}
        assert stat.S_IMODE(live.stat().st_mode) == 0o600
        shown = {one.key: one for one in (await kernel.dispatch("config.show")).entries}
        assert (shown["plugins.one.port"].value, shown["plugins.one.port"].layer) == (5, "live")
        assert (await fields(kernel))["port"].is_live
    async with place.kernel(plugins=BOTH) as kernel:
        assert config(kernel).port == 5
        await kernel.dispatch("config.set", {"values": {"plugins.one.port": None, "plugins.two.fast": None}})
        assert config(kernel).port == 1
        assert not live.exists()


async def test_what_is_not_kept_is_not_written(place, live):
    async with place.kernel(plugins=BOTH) as kernel:
        await kernel.dispatch("config.set", {"values": {"plugins.one.port": 5}, "keeps": False})
        assert config(kernel).port == 5
        assert not live.exists()


async def test_all_mistakes_are_told_at_their_keys_and_nothing_is_changed(place, live):
    values = {
        "plugins.one.port": "x",
        "plugins.one.fast": 3,
        "plugins.one.prot": 1,
        "plugins.two.port": -1,
        "kernel.log_level": "loud",
    }
    async with place.kernel(plugins=BOTH) as kernel:
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.set", {"values": {"kernel.log_level": "loud"}})
        assert [str(one.where) for one in caught.value.others] == ["kernel.log_level"]
        del values["kernel.log_level"]
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.set", {"values": values})
        assert {str(one.where) for one in caught.value.others} == set(values)
        assert config(kernel) == Config()
        assert kernel.runtime.slots["one"].generations == 1
        assert not live.exists()


async def test_a_plugin_that_refuses_leaves_the_values_as_they_were(place, live):
    async with place.kernel(plugins=BOTH) as kernel:
        await kernel.dispatch("config.set", {"values": {"plugins.one.port": 5}})
        with pytest.raises(Refused) as caught:
            await kernel.dispatch(
                "config.set",
                {"values": {"plugins.one.port": 6, "plugins.two.port": 13, "plugins.two.api_key": "hush"}},
            )
        assert caught.value.code == "unlucky"
        assert (config(kernel).port, config(kernel, "two")) == (5, Config())
        assert kept(live) == {"plugins": {"one": {"port": 5}}}
        assert (await fields(kernel))["port"].value == 5


@pytest.mark.parametrize("wrong", ["HUSH-" * 20, 12345])
async def test_no_secret_is_said_again(place, live, wrong):
    async with place.kernel(plugins=BOTH) as kernel:
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.set", {"values": {"plugins.one.api_key": wrong}})
        said = f"{caught.value} {caught.value.others} {caught.value.args}"
        assert str(wrong)[:5] not in said
        assert caught.value.got == "***"
        values = {"plugins.one.port": 13, "plugins.one.api_key": "hush"}
        with pytest.raises(Refused) as caught:
            await kernel.dispatch("config.set", {"values": values})
        assert caught.value.what.endswith("the key *** does not open 13")
        await kernel.dispatch("config.set", {"values": {"plugins.one.api_key": "hush"}})
        assert config(kernel).api_key == "hush"
        field = (await fields(kernel))["api_key"]
        assert (field.value, field.is_secret, field.schema["writeOnly"]) == ("***", True, True)
        assert "hush" not in repr(await kernel.dispatch("config.fields", {"plugin": "one"}))
        with pytest.raises(InputError) as caught:
            await kernel.dispatch("config.set", {"values": {"plugins.one.api_key": "***"}})
        assert caught.value.code == "hidden-value"


REFUSED = {
    "set-above": {"plugins.one.host": "there"},
    "before-start": {"state_directory": "elsewhere"},
    "plugin-disabled": {"plugins.off.port": 4},
    "bad-key": {"plugins..port": 4},
    "nothing-to-set": {},
    "set-below": {"plugins.one.prices": {"b": {"in": 1.0}}},
}


@pytest.mark.parametrize("code", REFUSED)
async def test_what_cannot_be_set_is_refused(place, live, code):
    (place.directory / "mosaic.yaml").write_text(
        "plugins: {off: false, one: {prices: {a: {in: 1.0}}}}\nstate_directory: .mosaic\n"
    )
    plugins = (*BOTH, ("off", Plugin, Manifest()))
    async with place.kernel(plugins=plugins, settings={"plugins.one.host": "here"}) as kernel:
        with pytest.raises((Refused, InputError)) as caught:
            await kernel.dispatch("config.set", {"values": REFUSED[code]})
        assert caught.value.code == code
        assert not live.exists()
        assert kernel.runtime.slots["one"].generations == 1
        found = await fields(kernel)
        assert found["host"].fixed.endswith("cannot be changed while the system runs: setting plugins.one.host")
        assert not found["port"].fixed


async def test_only_what_was_set_above_stands_above(place):
    (place.directory / "mosaic.yaml").unlink(missing_ok=True)
    async with place.kernel(plugins=BOTH, settings={"plugins.one.host": "here"}) as kernel:
        found = await fields(kernel)
        assert found["host"].fixed
        assert not found["port"].fixed
        await kernel.dispatch("config.set", {"values": {"plugins.one.port": 9}})
        assert (await fields(kernel))["port"].value == 9


async def test_a_profile_that_was_given_stands_above(place):
    async with place.kernel(plugins=BOTH) as kernel:
        with pytest.raises(Refused) as caught:
            await kernel.dispatch("config.set", {"values": {"profile": "local"}})
        assert caught.value.code == "set-above"


async def test_a_mapping_takes_the_place_of_the_one_that_was_set(place, live):
    (place.directory / "mosaic.yaml").write_text("plugins: {one: {prices: {below: {in: 1.0}}}}\n")
    async with place.kernel(plugins=BOTH) as kernel:
        below = {"below": {"in": 1.0}}
        first = {**below, "gpt-4.1": {"in": 2.0, "out": 3.0}}
        for prices in (first, {**below, "gpt-4.1": {"out": 4.0}, "1e5": {}}):
            await kernel.dispatch("config.set", {"values": {"plugins.one.prices": prices}})
            assert config(kernel).prices == prices
        assert kept(live)["plugins"]["one"]["prices"] == prices
        await kernel.dispatch("config.reload", {})
        assert config(kernel).prices == prices
        await kernel.dispatch("config.set", {"values": {"plugins.one.prices": below}})
        assert config(kernel).prices == below


async def test_text_that_looks_like_a_number_stays_text(place, live):
    async with place.kernel(plugins=BOTH) as kernel:
        for text in ("1e5", "0o17", "12", "yes", "null", "~", "# no", "é: {"):
            await kernel.dispatch("config.set", {"values": {"plugins.one.host": text}})
            await kernel.dispatch("config.reload", {})
            assert config(kernel).host == text


async def test_what_the_next_start_could_not_read_is_refused(place, live):
    async with place.kernel(plugins=BOTH) as kernel:
        with pytest.raises(InputError):
            await kernel.dispatch("config.set", {"values": {"plugins.one.host": "x" * (1 << 21)}})
        assert config(kernel).host == "here"
        assert not live.exists()


async def test_texts_are_read_by_the_kind_of_their_key(place, live):
    texts = {
        "port": "5", "wait_seconds": "2", "host": "there", "fast": "true", "names": "a\r\n b \n\n",
        "prices": '{"m": {"in": 1}}', "limit": "", "api_key": "",
    }  # fmt: skip
    async with place.kernel(plugins=BOTH) as kernel:
        await kernel.dispatch(
            "config.set", {"texts": {f"plugins.one.{name}": text for name, text in texts.items()}}
        )
        found = to_json_data(config(kernel))
        assert found == {
            "port": 5, "wait_seconds": 2.0, "host": "there", "fast": True, "names": ["a", "b"],
            "prices": {"m": {"in": 1.0}}, "limit": None, "api_key": "",
        }  # fmt: skip
        # What was in force already (wait_seconds, limit, api_key) is not pinned.
        assert set(kept(live)["plugins"]["one"]) == {"port", "host", "fast", "names", "prices"}
        shown = {name: field.text for name, field in (await fields(kernel)).items()}
        prices = '{\n  "m": {\n    "in": 1.0\n  }\n}'
        assert shown == {**texts, "names": "a\nb", "prices": prices}
        await kernel.dispatch(
            "config.set", {"texts": {f"plugins.one.{name}": text for name, text in shown.items()}}
        )
        generation = kernel.runtime.slots["one"].generations
        report = await kernel.dispatch("config.set", {"texts": {"plugins.one.port": "5"}})
        assert not report.changes
        assert kernel.runtime.slots["one"].generations == generation
        await kernel.dispatch("config.set", {"texts": {"plugins.one.port": ""}})
        assert config(kernel).port == 1


async def test_texts_that_are_nothing_of_their_kind_are_told_at_their_keys(place, live):
    texts = {
        "plugins.one.port": "many",
        "plugins.one.wait_seconds": "inf",
        "plugins.one.fast": "perhaps",
        "plugins.one.prices": "{",
        "plugins.two.port": "",
    }
    async with place.kernel(plugins=BOTH) as kernel:
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.set", {"texts": texts})
        assert {str(one.where) for one in caught.value.others} == set(texts)
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.set", {"texts": {"kernel.stop_second": "4"}})
        assert caught.value.hint == "Did you mean 'stop_seconds'?"
        assert not live.exists()


async def test_the_kernels_own_keys_are_fields_too(place, live):
    async with place.kernel(plugins=BOTH) as kernel:
        found = await fields(kernel, "")
        assert (found["log_level"].kind, found["log_level"].choices[0]) == ("choice", "debug")
        assert found["state_directory"].fixed
        assert (found["deny"].kind, found["require_lock"].kind) == ("list", "boolean")
        assert "plugins" not in found
        texts = {"kernel.log_level": "error", "kernel.stop_seconds": "3"}
        await kernel.dispatch("config.set", {"texts": texts})
        settings = kernel.configuration.kernel
        assert (settings.log_level, settings.stop_seconds) == ("error", 3.0)
        with pytest.raises(NotFound):
            await kernel.dispatch("config.fields", {"plugin": "on"})


@attrs.frozen(kw_only=True)
class Needy:
    url: str = attrs.field(metadata={"help": "Where it is."})


async def test_what_waits_for_configuration_is_configured_and_starts(place, live):
    place.write(
        "needy",
        "import attrs\n\n\n@attrs.frozen(kw_only=True)\nclass Config:\n    url: str\n\n\n"
        "class Plugin:\n    Config = Config\n",
    )
    async with place.kernel("needy") as kernel:
        (field,) = (await kernel.dispatch("config.fields", {"plugin": "needy"})).fields
        assert (field.key, field.is_required, field.value) == ("plugins.needy.url", True, None)
        with pytest.raises(InputErrors) as caught:
            await kernel.dispatch("config.set", {"values": {"plugins.needy.url": 3, "plugins.needy.key": 4}})
        assert {str(one.where) for one in caught.value.others} == {"plugins.needy.url", "plugins.needy.key"}
        assert not live.exists()
        view = await kernel.dispatch("plugins.info", {"name": "needy"})
        assert view.state == "unavailable"
        assert view.detail == "it is not configured: 'plugins.needy.url' is missing"
        await kernel.dispatch("config.set", {"texts": {"plugins.needy.url": "http://here"}})
        assert (await kernel.dispatch("plugins.info", {"name": "needy"})).state == "running"
        await kernel.dispatch("plugins.disable", {"name": "needy"})
        found = await kernel.dispatch("config.fields", {"plugin": "needy"})
        assert not found.fields
        assert found.note == "Its keys are known once it runs."
