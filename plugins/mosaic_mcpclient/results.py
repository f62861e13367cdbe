"""What a tool answered, made harmless to pass on: nothing hidden, no secrets, no more than is agreed, and
marked as what it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mosaic_hookspecs import Redactor

from .neutral import neutral, neutral_data
from .records import Answer

_CUT = "\n[… cut here: the result is longer]"


def answer_of(
    server: str, tool: str, result: Mapping[str, Any], *, secrets: frozenset[bytes], most_bytes: int
) -> Answer:
    """Return a result of MCP, given as it is written on the wire."""
    text = "\n".join(_block(block) for block in result.get("content") or ())
    text = _redacted(neutral(text), secrets)
    cut = _clipped(text, most_bytes)
    structured = _redacted_data(neutral_data(result.get("structuredContent")), secrets)
    is_big = len(json.dumps(structured, ensure_ascii=False).encode(errors="replace")) > most_bytes
    return Answer(
        source=f"mcp:{server}/{tool}",
        text=text if cut == text else cut + _CUT,
        structured=structured if isinstance(structured, Mapping) and not is_big else {},
        is_error=bool(result.get("isError")),
        is_cut=cut != text or is_big,
    )


def _block(block: Mapping[str, Any]) -> str:
    kind = block.get("type")
    if kind == "text":
        return str(block.get("text", ""))
    if kind == "resource_link":
        return f"[resource {block.get('uri')}]"
    if kind == "resource":
        resource = block.get("resource") or {}
        if "text" in resource:
            return f"[resource {resource.get('uri')}]\n{resource['text']}"
        return f"[resource {resource.get('uri')}, left out: it is no text]"
    return f"[{kind} {block.get('mimeType', '')}, left out: it is no text]"


def _clipped(text: str, most_bytes: int) -> str:
    data = text.encode(errors="replace")
    return text if len(data) <= most_bytes else data[:most_bytes].decode(errors="ignore")


def _redacted(text: str, secrets: Iterable[bytes]) -> str:
    redactor = Redactor(secrets)
    data = text.encode(errors="replace")
    return (redactor.feed(data) + redactor.finish()).decode(errors="replace")


def _redacted_data(value: Any, secrets: Iterable[bytes]) -> Any:
    if isinstance(value, str):
        return _redacted(value, secrets)
    if isinstance(value, Mapping):
        return {key: _redacted_data(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted_data(item, secrets) for item in value]
    return value
