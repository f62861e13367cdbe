"""JSON Schema of records, and what the tools make of it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import attrs
import pytest

from mosaic_hookspecs.record_schema import record_schema, type_schema
from mosaic_mcp.tools import offered


@attrs.frozen(kw_only=True)
class Inner:
    """A part."""

    deep: Mapping[str, Sequence[int]] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Tree:
    """Holds itself."""

    below: "Sequence[Tree]" = ()


@attrs.frozen(kw_only=True)
class Whole:
    """All of it."""

    json_schema: ClassVar[Mapping[str, Any]] = {"title": "Whole"}

    name: str = attrs.field(metadata={"help": "Its name.", "schema": {"maxLength": 80}})
    kind: Literal["a", "b"] = "a"
    is_on: bool = False
    count: int = 0
    inner: Inner | None = None


def test_a_record_is_told_with_what_it_adds():
    schema = record_schema(Whole)
    assert schema["title"] == "Whole"
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["name"] == {"type": "string", "description": "Its name.", "maxLength": 80}
    assert schema["properties"]["kind"] == {"enum": ["a", "b"], "default": "a"}
    deep = schema["properties"]["inner"]["anyOf"][0]["properties"]["deep"]
    assert deep == {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "integer"}},
    }


def test_a_record_that_holds_itself_has_a_schema():
    below = record_schema(Tree)["properties"]["below"]
    assert below == {"type": "array", "items": {"type": "object"}, "default": []}


@pytest.mark.parametrize(("kind", "schema"), [(str, {"type": "string"}), (object, {}), (Any, {})])
def test_types_that_json_does_not_know_allow_anything(kind, schema):
    assert type_schema(kind) == schema


def test_a_tool_leaves_out_what_says_nothing():
    view = {
        "name": "whole.make",
        "kind": "command",
        "summary": "Make it.",
        "input": record_schema(Whole),
        "output": record_schema(Whole),
    }
    tool = offered(view)
    assert (tool.name, tool.wire["description"]) == ("whole_make", "Make it.")
    properties = tool.wire["inputSchema"]["properties"]
    assert "default" not in properties["count"]
    assert properties["is_on"] == {"type": "boolean", "default": False}
    output = tool.wire["outputSchema"]
    assert "description" not in output["properties"]["name"]
    assert output["properties"]["inner"] == {"anyOf": [{"type": "object"}, {"type": "null"}]}
