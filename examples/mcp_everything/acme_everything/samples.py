"""Small pictures, sounds and texts."""

from __future__ import annotations

from typing import Any

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SOUND = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def picture() -> dict[str, Any]:
    return {"type": "image", "data": PICTURE, "mimeType": "image/png"}


def sound() -> dict[str, Any]:
    return {"type": "audio", "data": SOUND, "mimeType": "audio/wav"}


def resource(uri: str, mime_type: str, words: str) -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": words}}


def person(message: str, properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return a question to the person."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}


def model(words: str, most: int = 100) -> dict[str, Any]:
    """Return a question to the client's model."""
    messages = [{"role": "user", "content": text(words)}]
    return {"method": "sampling/createMessage", "params": {"messages": messages, "maxTokens": most}}


def roots() -> dict[str, Any]:
    """Return a question for the client's roots."""
    return {"method": "roots/list", "params": {}}
