"""The OpenAPI 3.1 document: every operation with its routes, its schemas, and examples."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from ..answers import JSON, PARTIAL
from ..arranging import list_in
from ..catalogue import Offered
from ..paging import place_field
from ..problems import MEDIA_TYPE
from ..routes import CALL, Route
from .calls import CALL_SCHEMA, EVENT_SCHEMA, EVENTS, entries_of_calls, events_answer, later_answer
from .examples import example_of

_ABOUT = """Every operation of Mosaic, as the command line and MCP have it. Queries take GET and commands POST;
each takes POST at `/api/call/OPERATION` too, with its whole input as the body. Errors are problems (RFC 9457).
Whoever calls sends `Authorization: Bearer TOKEN`, with the token in `http/token` of the state directory."""
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "what"],
    "properties": {
        "type": {"type": "string", "description": "`urn:mosaic:problem:CODE`."},
        "title": {"type": "string", "description": "What went wrong."},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "A code that stays, such as `unknown-run`."},
        "what": {"type": "string", "description": "What went wrong, in one sentence."},
        "where": {"type": "string", "description": "The field or the place."},
        "expected": {"type": "string", "description": "What would have been right."},
        "got": {"type": "string", "description": "What was found."},
        "hint": {"type": "string", "description": "What to do about it."},
        "others": {"type": "array", "items": {"type": "object"}},
    },
}
_PROBLEM_EXAMPLE = {
    "type": "urn:mosaic:problem:bad-input",
    "title": "unknown key 'run'",
    "status": 400,
    "code": "bad-input",
    "what": "unknown key 'run'",
    "where": "run",
}
_HEADERS_OF_COMMANDS = (
    ("Idempotency-Key", "Sent again with the same key, the command is carried out once, and answered alike."),
    ("If-Match", "Carried out only if what it is about has this ETag still."),
    ("Prefer", "`respond-async`: answered with 202 if it lasts; with `wait=SECONDS`, after so long."),
)

_ARRANGING: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "sort",
        "Fields of the items to order this page by, with commas between; `-` turns one round.",
        {"type": "string"},
    ),
    ("filter", "FIELD:VALUE: only those items of this page.", {"type": "array", "items": {"type": "string"}}),
)


def document_of(operations: Mapping[str, Offered]) -> dict[str, Any]:
    """Return the document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Problem": _PROBLEM, "Call": CALL_SCHEMA}
    for name, operation in sorted(operations.items()):
        schemas[f"{_camel(name)}Input"] = operation.input
        schemas[f"{_camel(name)}Output"] = operation.output
        for number, route in enumerate(operation.routes):
            entry = _entry(operation, route, number)
            paths.setdefault(route.template, {}).setdefault(route.method.lower(), entry)
    paths[f"{CALL}/{{operation}}"] = {"post": _call_entry(operations)}
    paths["/api/operations/{call_id}"] = entries_of_calls()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mosaic", "version": version("mosaic-stack"), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in sorted({one.thing for one in operations.values()})],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": _problem_response()},
        },
    }


def _entry(operation: Offered, route: Route, number: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name.replace(".", "_") + (f"_{number + 1}" if number else ""),
        "summary": operation.summary,
        "tags": [operation.thing],
        "x-mosaic-operation": operation.name,
        "x-mosaic-permission": operation.permission,
        "parameters": _parameters(operation, route),
        "responses": _responses(operation),
    }
    if route.method == "POST":
        schema = _without(operation.input, route.names)
        needed = bool(schema.get("required"))
        example = example_of(schema, required_only=True)
        body = {"schema": schema, "example": example}
        entry["requestBody"] = {"required": needed, "content": {JSON: body}}
    return entry


def _parameters(operation: Offered, route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in route.names:
        part = operation.fields[name]
        about = {"description": part["description"]} if "description" in part else {}
        schema = {"type": "string", "minLength": 1}
        example = example_of({"type": "string"}, name)
        found.append(
            {"name": name, "in": "path", "required": True, **about, "schema": schema, "example": example}
        )
    if route.method == "POST":
        found += [_header(name, words) for name, words in _HEADERS_OF_COMMANDS]
        return [*found, _fields_parameter(operation)]
    required = operation.input.get("required", ())
    for name, part in operation.fields.items():
        if name in route.names:
            continue
        schema = {key: value for key, value in part.items() if key != "description"}
        about = {"description": part["description"]} if "description" in part else {}
        if _is_plain(part):
            how: dict[str, Any] = {"schema": schema}
        else:
            how = {"content": {JSON: {"schema": schema}}}
        needed = name in required
        found.append({"name": name, "in": "query", "required": needed, **about, **how})
    if operation.kind == "stream":
        return [*found, *_stream_parameters(operation)]
    if place_field(operation):
        words = "Where a page begins: the cursor of the header Link of the page before."
        found.append({"name": "cursor", "in": "query", "description": words, "schema": {"type": "string"}})
    if list_in(operation.output):
        found += [
            {"name": name, "in": "query", "description": words, "schema": schema}
            for name, words, schema in _ARRANGING
            if name not in operation.fields
        ]
    found.append(_header("If-None-Match", "Answered with 304 if nothing has changed since this ETag."))
    return [*found, _fields_parameter(operation)]


def _stream_parameters(operation: Offered) -> list[dict[str, Any]]:
    if operation.name != "event.follow":
        return []
    words = "Only these kinds, with commas between; `task.` stands for all that begin so."
    return [
        {"name": "kinds", "in": "query", "description": words, "schema": {"type": "string"}},
        _header("Last-Event-ID", "The last event that was seen: the stream goes on after it."),
    ]


def _fields_parameter(operation: Offered) -> dict[str, Any]:
    words = "Only these fields of the output, with commas between; dots lead into records and lists."
    names = list(operation.output.get("properties", ()))
    example = {"example": names[0]} if names else {}
    return {"name": "fields", "in": "query", "description": words, "schema": {"type": "string"}, **example}


def _header(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}


def _responses(operation: Offered) -> dict[str, Any]:
    problem = {"$ref": "#/components/responses/Problem"}
    schema = {"$ref": f"#/components/schemas/{_camel(operation.name)}Output"}
    if operation.kind == "stream":
        words = "Server-sent events; the data of each is one item."
        items = {EVENTS: {"schema": EVENT_SCHEMA, "x-item": schema}}
        return {"200": {"description": words, "content": items}, "default": problem}
    content = {
        JSON: {"schema": schema, "example": example_of(operation.output)},
        PARTIAL: {"schema": {}},
    }
    done: dict[str, Any] = {"description": "Done.", "content": content}
    if operation.kind == "query":
        done["headers"] = {"ETag": {"schema": {"type": "string"}}}
        return {"200": done, "304": {"description": "Nothing has changed."}, "default": problem}
    status = "201" if operation.name.endswith(".create") else "200"
    content[EVENTS] = {"schema": EVENT_SCHEMA}
    later = {"202": later_answer(), "200": events_answer()} if status == "201" else {"202": later_answer()}
    return {**later, status: done, "default": problem}


def _call_entry(operations: Mapping[str, Offered]) -> dict[str, Any]:
    names = sorted(name for name, one in operations.items() if one.kind != "stream")
    parameter = {"name": "operation", "in": "path", "required": True, "schema": {"enum": names}}
    content = {JSON: {"schema": {}}, PARTIAL: {"schema": {}}, EVENTS: {"schema": EVENT_SCHEMA}}
    answer = {"description": "Done.", "content": content}
    return {
        "operationId": "call",
        "summary": "Carry out any query or command by its name, with its whole input as the body.",
        "tags": ["operations"],
        "parameters": [parameter],
        "requestBody": {"required": False, "content": {JSON: {"schema": {"type": "object"}, "example": {}}}},
        "responses": {
            "200": answer,
            "201": answer,
            "202": later_answer(),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "It was refused, or failed.",
        "content": {MEDIA_TYPE: {"schema": schema, "example": _PROBLEM_EXAMPLE}},
    }


def _without(schema: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = dict(schema)
    found["properties"] = {name: part for name, part in schema["properties"].items() if name not in names}
    required = [name for name in found.pop("required", ()) if name not in names]
    return {**found, "required": required} if required else found


def _is_plain(schema: Mapping[str, Any]) -> bool:
    """Whether a query tells a value as it is: a text, a number, or several of these."""
    if "anyOf" in schema:
        return all(_is_plain(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return _is_plain(schema.get("items", {}))
    return "enum" in schema or schema.get("type") in ("string", "integer", "number", "boolean", "null")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("_", ".").split("."))
