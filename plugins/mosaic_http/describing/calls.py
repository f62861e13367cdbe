"""What the OpenAPI document says of commands that last, and of the places where one looks at them."""

from __future__ import annotations

from typing import Any

from ..answers import JSON

EVENTS = "text/event-stream"
EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "One server-sent event.",
    "properties": {
        "data": {"type": "string", "contentMediaType": JSON},
        "event": {"type": "string"},
        "id": {"type": "string"},
    },
}
"""Of each event of a stream: what has no end is looked at a part at a time."""
_TIME = {"description": "Milliseconds since 1970."}
CALL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "operation", "state", "began_at"],
    "properties": {
        "id": {"type": "string"},
        "operation": {"type": "string"},
        "state": {"enum": ["running", "done", "failed", "cancelled"]},
        "progress": {
            "type": ["object", "null"],
            "properties": {
                "done": {"type": "number"},
                "total": {"type": "number"},
                "message": {"type": "string"},
            },
        },
        "result": {"description": "What the command has answered, when it is done."},
        "problem": {"type": ["object", "null"], "description": "Why it failed, as a problem."},
        "began_at": {"type": "integer", **_TIME},
        "ended_at": {"type": ["integer", "null"], **_TIME},
    },
}
_PROBLEM = {"$ref": "#/components/responses/Problem"}
_CONTENT = {JSON: {"schema": {"$ref": "#/components/schemas/Call"}}}


def later_answer() -> dict[str, Any]:
    """Return how a command is answered that goes on."""
    place = {"description": "Where to look at it.", "schema": {"type": "string"}}
    return {"description": "It goes on.", "headers": {"Location": place}, "content": _CONTENT}


def events_answer() -> dict[str, Any]:
    """Return how a command is answered to whom takes events: `progress`, and at last `result` or `problem`."""
    return {"description": "Its progress, and its result.", "content": {EVENTS: {"schema": EVENT_SCHEMA}}}


def entries_of_calls() -> dict[str, Any]:
    """Return what there is at the place of a command that lasts."""
    words = "The `id` of the answer 202."
    name = {
        "name": "call_id",
        "in": "path",
        "required": True,
        "description": words,
        "schema": {"type": "string"},
    }
    wait = {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=SECONDS`: answered when it has ended, or then.",
    }
    content = {**_CONTENT, EVENTS: {"schema": EVENT_SCHEMA}}
    return {
        "get": {
            "operationId": "call_look",
            "summary": "See how a command stands that goes on; as events, follow it.",
            "tags": ["operations"],
            "parameters": [name, {**wait, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "How it stands.", "content": content}, "default": _PROBLEM},
        },
        "delete": {
            "operationId": "call_end",
            "summary": "Cancel a command that goes on; forget one that has ended.",
            "tags": ["operations"],
            "parameters": [name],
            "responses": {"204": {"description": "It is."}, "default": _PROBLEM},
        },
    }
