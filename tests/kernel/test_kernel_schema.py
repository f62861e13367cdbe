"""What the schema of the configuration says beyond types: bounds, patterns, titles, and what is a secret."""

import re
from collections.abc import Sequence

import attrs
import jsonschema
import pytest

from mosaic_hookspecs import Manifest, hookimpl
from mosaic_kernel.json_schema import record_schema

checks = attrs.validators


@attrs.frozen(kw_only=True)
class Bounded:
    several: int = attrs.field(default=1, validator=[checks.ge(1), checks.le(5)])
    joined: float = attrs.field(default=1.0, validator=checks.and_(checks.gt(0), checks.lt(9)))
    maybe: int | None = attrs.field(default=None, validator=checks.optional(checks.gt(0)))
    word: str = attrs.field(default="x", validator=checks.matches_re(r"[a-z]+"))
    start: str = attrs.field(default="x", validator=checks.matches_re(r"[a-z]", func=re.match))
    short: str = attrs.field(default="", validator=checks.max_len(5))
    names: Sequence[str] = attrs.field(default=("a",), validator=checks.min_len(1))
    choice: str = attrs.field(default="a", validator=checks.in_(("a", "b")))
    own: int = attrs.field(default=2, validator=lambda *_: None, metadata={"schema": {"multipleOf": 2}})


def test_the_schema_tells_what_the_validators_of_attrs_refuse():
    schema = record_schema(Bounded)
    jsonschema.Draft202012Validator.check_schema(schema)
    plain = {"description", "default", "type", "anyOf", "items"}
    told = {
        name: {key: value for key, value in part.items() if key not in plain}
        for name, part in schema["properties"].items()
    }
    assert told == {
        "several": {"minimum": 1, "maximum": 5},
        "joined": {"exclusiveMinimum": 0, "exclusiveMaximum": 9},
        "maybe": {"exclusiveMinimum": 0},
        "word": {"pattern": "^(?:[a-z]+)$"},
        "start": {},
        "short": {"maxLength": 5},
        "names": {"minItems": 1},
        "choice": {"enum": ["a", "b"]},
        "own": {"multipleOf": 2},
    }
    assert jsonschema.Draft202012Validator(schema).is_valid({"maybe": None})


@attrs.frozen(kw_only=True)
class Config:
    api_key: str = attrs.field(default="", metadata={"help": "Opens the door."})
    token: int = 0
    connect_seconds: float = attrs.field(default=1.0, validator=checks.gt(0))


@attrs.frozen(kw_only=True)
class Needy:
    url: str = attrs.field(metadata={"help": "Where it is."})


def plugin(config):
    class Plugin:
        Config = config

        @hookimpl
        async def mosaic_start(self, context):
            pass

    return Plugin


@pytest.mark.parametrize("name", ["calm", "needy"])
async def test_every_key_has_a_title_and_secrets_are_marked(bare, name):
    given = {"calm": Config, "needy": Needy}[name]
    settings = {"plugins.needy.url": "http://here"} if name == "needy" else {}
    async with bare((name, plugin(given), Manifest(summary="Works.")), settings=settings) as kernel:
        schema = (await kernel.dispatch("config.schema")).schema
    part = schema["properties"]["plugins"]["properties"][name]
    part = part["anyOf"][1]
    assert (part["title"], part["description"]) == (name, "Works.")
    fields = part["properties"]
    if name == "needy":
        assert fields["url"] == {"type": "string", "description": "Where it is.", "title": "Url"}
        return
    assert fields["api_key"]["writeOnly"] is True
    assert "writeOnly" not in fields["token"]
    assert fields["connect_seconds"]["title"] == "Connect seconds"
    assert fields["connect_seconds"]["exclusiveMinimum"] == 0
    assert schema["properties"]["kernel"]["properties"]["log_level"]["title"] == "Log level"
