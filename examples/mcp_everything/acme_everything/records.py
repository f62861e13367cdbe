"""What the operations take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs


@attrs.frozen(kw_only=True)
class Nothing:
    """Nothing is asked for."""


@attrs.frozen(kw_only=True)
class Content:
    """What an MCP tool answers with: content blocks as MCP writes them."""

    content: Sequence[Mapping[str, Any]]


@attrs.frozen(kw_only=True)
class Text:
    """A text."""

    text: str


@attrs.frozen(kw_only=True)
class Contents:
    """What a resource holds, as MCP writes it."""

    contents: Sequence[Mapping[str, Any]]


@attrs.frozen(kw_only=True)
class ById:
    """Names something."""

    id: str = attrs.field(metadata={"help": "Its identifier."})


@attrs.frozen(kw_only=True)
class Name:
    """Whom to greet."""

    name: str = "World"


@attrs.frozen(kw_only=True)
class Slow:
    """How long to work."""

    seconds: float = 0
    label: str = ""


@attrs.frozen(kw_only=True)
class Routed:
    """Something that intermediaries route by a header."""

    region: str = attrs.field(metadata={"help": "Where it is done.", "schema": {"x-mcp-header": "Region"}})


@attrs.frozen(kw_only=True)
class Contact:
    """A person to reach, one way or the other: more than types can say."""

    name: str = ""
    address: Mapping[str, Any] = attrs.field(factory=dict)
    contactMethod: str = ""  # noqa: N815 - the suite calls it so
    phone: str = ""
    email: str = ""

    json_schema: ClassVar[Mapping[str, Any]] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
    }


@attrs.frozen(kw_only=True)
class Data:
    """Something by its identifier."""

    id: str
    templateTest: bool  # noqa: N815 - the suite calls it so
    data: str


@attrs.frozen(kw_only=True)
class Messages:
    """The messages of a prompt, as MCP writes them."""

    messages: Sequence[Mapping[str, Any]] = ()
    asks: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = ""


@attrs.frozen(kw_only=True)
class ResourceUri:
    """Which resource a prompt is to hold."""

    resourceUri: str  # noqa: N815 - the suite calls it so


@attrs.frozen(kw_only=True)
class Step:
    """An item of a stream: how far it is, or what it logs; the last is the result."""

    progress: float | None = None
    total: float | None = None
    log: str = ""
    level: str = "info"
    text: str = ""


@attrs.frozen(kw_only=True)
class Asking:
    """What came of the questions."""

    prompt: str = attrs.field(default="", metadata={"help": "What to ask the model."})
    message: str = attrs.field(default="", metadata={"help": "What to ask the person."})
    filename: str = attrs.field(default="", metadata={"help": "What the question is about."})
    answers: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = ""


@attrs.frozen(kw_only=True)
class Asked:
    """An answer, or the questions that come before it."""

    content: Sequence[Mapping[str, Any]] = ()
    asks: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = ""
