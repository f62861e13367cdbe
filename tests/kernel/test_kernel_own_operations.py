import datetime as dt
import enum
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import attrs
import jsonschema
import pytest

from mosaic_hookspecs import Manifest, NotFound, hookimpl
from mosaic_hookspecs.hooks import Health
from mosaic_kernel import to_json_data
from mosaic_kernel.json_schema import record_schema


@attrs.frozen(kw_only=True)
class Config:
    parallelism: int = attrs.field(default=1, metadata={"help": "How many at once."})
    api_key: str = ""
    mode: Literal["a", "b"] = "a"


class Worker:
    Config = Config

    @hookimpl
    async def mosaic_health(self, context):
        return Health(is_well=context.config.parallelism < 5, detail="hot")


WORKER = ("worker", Worker, Manifest(summary="Works."))


async def test_config_show_names_the_layer_of_each_value(bare, tmp_path):
    (tmp_path / "mosaic.yaml").write_text("plugins:\n  worker: {parallelism: 3}\n")
    async with bare(WORKER, settings={"plugins.worker.api_key": "hush"}) as kernel:
        entries = {one.key: one for one in (await kernel.dispatch("config.show")).entries}
    parallelism = entries["plugins.worker.parallelism"]
    assert (parallelism.value, parallelism.layer) == (3, "project")
    assert parallelism.source.endswith("mosaic.yaml:2:25")
    assert entries["plugins.worker.api_key"].value == "***"
    assert entries["plugins.worker.api_key"].layer == "settings"
    assert entries["plugins.worker.mode"].layer == "default"
    assert entries["kernel.stop_seconds"].layer == "default"


async def test_config_check_lists_what_was_read(bare, tmp_path):
    (tmp_path / "mosaic.yaml").write_text("{}\n")
    async with bare() as kernel:
        assert (await kernel.dispatch("config.check")).layers == ("settings",)
    (tmp_path / "mosaic.yaml").write_text("deny: []\n")
    async with bare() as kernel:
        layers = (await kernel.dispatch("config.check")).layers
        assert [layer.partition(" ")[0] for layer in layers] == ["project", "settings"]


async def test_the_schema_accepts_what_the_kernel_accepts(bare):
    async with bare(WORKER) as kernel:
        schema = (await kernel.dispatch("config.schema")).schema
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert check.is_valid({"ports": {"storage": "x", "ui": ["a"]}, "plugins": {"worker": {"mode": "b"}}})
    assert check.is_valid({"plugins": {"worker": False}, "kernel": {"log_level": "info"}})
    for wrong in (
        {"port": {}}, {"ports": {"stowage": "x"}}, {"plugins": {"worker": {"mode": "c"}}},
        {"plugins": {"worker": {"parallel": 1}}}, {"kernel": {"stop_seconds": "x"}}, {"deny": "x"},
    ):  # fmt: skip
        assert not check.is_valid(wrong), wrong
    worker = schema["properties"]["plugins"]["properties"]["worker"]["anyOf"][1]
    assert worker["properties"]["parallelism"]["description"] == "How many at once."


async def test_the_doctor_asks_every_plugin(bare):
    async with bare(WORKER, settings={"plugins.worker.parallelism": 9}) as kernel:
        report = await kernel.dispatch("doctor.check")
    checks = {one.name: one for one in report.checks}
    assert (checks["plugin worker"].state, checks["plugin worker"].detail) == ("ill", "hot")
    assert not report.is_well
    assert {"python", "sqlite", "git", "configuration"} <= set(checks)


async def test_the_doctor_outlives_a_health_check_that_raises(bare):
    class Ill(Worker):
        @hookimpl
        async def mosaic_health(self, context):
            raise ValueError("ouch")

    async with bare(("ill", Ill, Manifest())) as kernel:
        checks = {one.name: one for one in (await kernel.dispatch("doctor.check")).checks}
    assert "ouch" in checks["plugin ill"].detail


async def test_plugins_info_of_an_unknown_plugin(bare):
    async with bare(WORKER) as kernel:
        with pytest.raises(NotFound) as caught:
            await kernel.dispatch("plugins.info", {"name": "worke"})
    assert caught.value.hint == "Did you mean 'worker'?"


async def test_every_operation_of_the_kernel_turns_into_json(bare):
    async with bare(WORKER) as kernel:
        for name in ("plugins.list", "config.show", "config.check", "config.schema", "doctor.check"):
            assert isinstance(to_json_data(await kernel.dispatch(name)), dict)


class Colour(enum.Enum):
    RED = "red"


@attrs.frozen(kw_only=True)
class Inner:
    colour: Colour = Colour.RED


@attrs.frozen(kw_only=True)
class Everything:
    inner: Inner = attrs.field(factory=Inner)
    names: frozenset[str] = frozenset("ba")
    pairs: Mapping[Colour, tuple[int, ...]] = attrs.field(factory=lambda: {Colour.RED: (1, 2)})
    path: Path = Path("a/b")
    raw: bytes = b"text"
    binary: bytes = b"\xff"
    day: dt.date = dt.date(2026, 1, 2)
    number: float = float("nan")
    maybe: int | None = None


def test_any_record_turns_into_json_data():
    assert to_json_data(Everything()) == {
        "inner": {"colour": "red"}, "names": ["a", "b"], "pairs": {"red": [1, 2]}, "path": "a/b", "raw": "text",
        "binary": "/w==", "day": "2026-01-02", "number": None, "maybe": None,
    }  # fmt: skip
    with pytest.raises(TypeError):
        to_json_data(object())


def test_a_record_without_default_is_required():
    @attrs.frozen(kw_only=True)
    class Needs:
        a: int
        b: Inner = Inner()

    schema = record_schema(Needs)
    assert schema["required"] == ["a"]
    assert schema["properties"]["b"]["properties"]["colour"]["enum"] == ["red"]
