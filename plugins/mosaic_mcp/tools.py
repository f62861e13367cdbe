"""Operations as tools: their names, their schemas, and what a model is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .wording import DESCRIPTIONS, DESTRUCTIVE, FIELDS, REPEATABLE, REQUIRED

CONTENT = "content"
"""The one field of an output that is sent as it is: a list of MCP content blocks."""
ASKS, ANSWERS, STATE = "asks", "answers", "state"
"""What an operation that must ask first has in its output and its input; see `asking`."""
_UNSAID_KEYS = ("description", "default", "title", "required")
"""What a model need not be told of an output: every field of it is always there."""
_DEPTH = 2
_IN_HEADERS = "x-mcp-header"


@attrs.frozen(kw_only=True)
class OfferedTool:
    """A tool, and the operation that it calls, with the `fields` of its input. `wire` is it as MCP has it;
    `is_plain` says that a call is one request and one answer, which its headers say nothing of.
    """

    name: str
    operation: str
    fields: frozenset[str]
    is_stream: bool
    gives_content: bool
    asks: bool
    is_plain: bool
    wire: Mapping[str, Any]


def tool_name(operation: str) -> str:
    """Return the tool's name: models take letters, digits, ``_`` and ``-`` alone."""
    return operation.replace(".", "_")


def offered(view: Mapping[str, Any]) -> OfferedTool:
    """Return the tool for an operation, as ``operations.list`` describes it."""
    name, kind = str(view["name"]), view["kind"]
    fields = set(view["output"].get("properties", {}))
    asks = {ASKS, STATE} <= fields
    gives_content = fields - ({ASKS, STATE} if asks else set()) == {CONTENT}
    wire: dict[str, Any] = {
        "name": tool_name(name),
        "description": DESCRIPTIONS.get(name) or str(view["summary"]),
        "inputSchema": _input(name, _without(view["input"], (ANSWERS, STATE)) if asks else view["input"]),
        "annotations": _hints(name, kind),
    }
    if not gives_content and kind != "stream":
        wire["outputSchema"] = _shallow(_without(view["output"], (ASKS, STATE)) if asks else view["output"])
    return OfferedTool(
        name=wire["name"],
        operation=name,
        fields=frozenset(view["input"].get("properties", ())),
        is_stream=kind == "stream",
        gives_content=gives_content,
        asks=asks,
        is_plain=not (asks or gives_content or kind == "stream" or _IN_HEADERS in str(view["input"])),
        wire=wire,
    )


def without_fields(tool: OfferedTool, names: tuple[str, ...]) -> OfferedTool:
    """Return the tool without these arguments: who calls it cannot give them."""
    wire = {**tool.wire, "inputSchema": _without(tool.wire["inputSchema"], names)}
    return attrs.evolve(tool, wire=wire)


def _hints(name: str, kind: str) -> dict[str, bool]:
    """Return what a client may know of a tool before it calls it."""
    if kind != "command":
        return {"readOnlyHint": True}
    found = {"readOnlyHint": False, "destructiveHint": name in DESTRUCTIVE}
    if name in REPEATABLE:
        found["idempotentHint"] = True
    return found


def _without(schema: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = dict(schema)
    found["properties"] = {name: part for name, part in schema["properties"].items() if name not in names}
    required = [name for name in found.pop("required", ()) if name not in names]
    return {**found, "required": required} if required else found


def _input(operation: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of the arguments: with what a model must know, and without defaults that are empty."""
    found = dict(schema)
    found["properties"] = {name: _field(operation, name, part) for name, part in schema["properties"].items()}
    required = [*found.get("required", ()), *REQUIRED.get(operation, ())]
    if required:
        found["required"] = required
    return found


def _field(operation: str, name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(part)
    if "default" in found and found["default"] in ("", None, 0, [], {}) and found["default"] is not False:
        del found["default"]
    words = FIELDS.get((operation, name))
    if words:
        found["description"] = words
    return found


def _shallow(schema: Mapping[str, Any], depth: int = _DEPTH) -> dict[str, Any]:
    """Return a schema that allows the same and more, with the records inside it told by their type alone."""
    found = {key: value for key, value in schema.items() if key not in _UNSAID_KEYS}
    if depth == 0:
        # An object that may hold anything, an array of anything, and so on.
        return {"type": found["type"]} if isinstance(found.get("type"), str) else {}
    if "properties" in found:
        inner = depth - 1
        found["properties"] = {name: _shallow(part, inner) for name, part in found["properties"].items()}
    if isinstance(found.get("items"), dict):
        found["items"] = _shallow(found["items"], depth - 1)
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _shallow(found["additionalProperties"], depth - 1)
    if "anyOf" in found:
        found["anyOf"] = [_shallow(part, depth - 1) for part in found["anyOf"]]
    return found
