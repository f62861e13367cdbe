"""Anthropic messages. What stays the same from turn to turn is marked for the endpoint's cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.models import Message, ModelRequest
from mosaic_hookspecs.tasks import Usage

from .draft import Draft, count_of, mapping_of, text_of
from .schema_answers import ANSWER, in_words, is_closed
from .server_events import ServerEvent
from .wire import Ask, Broken, complaint_in

_VERSION = "2023-06-01"
_ENDINGS = {
    "end_turn": "end",
    "stop_sequence": "end",
    "pause_turn": "end",
    "tool_use": "tools",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}
_CACHED = {"type": "ephemeral"}


class AnthropicWire:
    """The kind ``anthropic``."""

    path = "/v1/messages"
    key_header = "x-api-key"

    def key_value(self, key: str) -> str:
        """The key as it is."""
        return key

    def fixed_headers(self) -> Mapping[str, str]:
        """The version of the interface."""
        return {"anthropic-version": _VERSION}

    def modes(self, request: ModelRequest) -> Sequence[str]:
        """By a schema, which has to be closed; by a tool, unless there are others; in words."""
        if request.schema is None:
            return ()
        by_schema = ("json_schema",) if is_closed(request.schema) else ()
        return (*by_schema, *(() if request.tools else ("tool",)), "prompt")

    def body(self, ask: Ask) -> dict[str, Any]:
        """Write a request."""
        request, manner = ask.request, ask.manner
        schema = request.schema or {}
        system = request.system
        if manner.mode == "prompt":
            system = "\n\n".join(part for part in (system, in_words(schema)) if part)
        mark = {"cache_control": _CACHED} if manner.has_cache_marks else {}
        body: dict[str, Any] = {
            "model": ask.model,
            "messages": _messages(request.messages, mark),
            "max_tokens": ask.max_tokens,
            "stream": True,
        }
        if system:
            body["system"] = [{"type": "text", "text": system, **mark}]
        if request.temperature is not None and manner.has_temperature:
            body["temperature"] = request.temperature
        tools = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
            for tool in request.tools
        ]
        if manner.mode == "json_schema":
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        elif manner.mode == "tool":
            tools.append({"name": ANSWER, "description": "Give the answer.", "input_schema": schema})
            body["tool_choice"] = {"type": "tool", "name": ANSWER}
        if tools:
            body["tools"] = tools
        return body

    def read_event(self, event: ServerEvent, data: Mapping[str, Any], draft: Draft) -> None:
        """Add an event of the stream."""
        kind = text_of(data.get("type")) or event.name
        if kind == "error":
            raise Broken(*complaint_in(data))
        if kind == "message_start":
            message = mapping_of(data.get("message"))
            draft.model = text_of(message.get("model"))
            draft.usage = _usage(mapping_of(message.get("usage")), draft.usage)
        elif kind == "content_block_start":
            _begin_block(data.get("index"), mapping_of(data.get("content_block")), draft)
        elif kind == "content_block_delta":
            delta = mapping_of(data.get("delta"))
            draft.text.append(text_of(delta.get("text")))
            piece = text_of(delta.get("partial_json"))
            if piece:
                draft.call(_index(data.get("index"))).arguments.append(piece)
        elif kind == "message_delta":
            draft.usage = _usage(mapping_of(data.get("usage")), draft.usage)
            _end(mapping_of(data.get("delta")), draft)
        elif kind == "message_stop":
            draft.is_over = True

    def read_whole(self, data: Mapping[str, Any], draft: Draft) -> None:
        """Add a whole message."""
        if data.get("type") == "error":
            raise Broken(*complaint_in(data))
        draft.model = text_of(data.get("model"))
        draft.usage = _usage(mapping_of(data.get("usage")), None)
        content = data.get("content")
        for place, block in enumerate(content if isinstance(content, list) else ()):
            _begin_block(place, mapping_of(block), draft)
        _end(data, draft)


def _begin_block(index: Any, block: Mapping[str, Any], draft: Draft) -> None:
    draft.text.append(text_of(block.get("text")))
    if block.get("type") == "tool_use":
        call = draft.call(_index(index))
        call.id, call.name = text_of(block.get("id")), text_of(block.get("name"))
        given = block.get("input")
        if given:
            call.arguments.append(given if isinstance(given, str) else canonical_json(given))


def _index(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _end(said: Mapping[str, Any], draft: Draft) -> None:
    ending = said.get("stop_reason")
    if isinstance(ending, str) and ending:
        draft.ending = _ENDINGS.get(ending, "end")


def _usage(usage: Mapping[str, Any], before: Usage | None) -> Usage | None:
    """Return the usage; the figures are totals, and only the last event has all of them."""
    if not usage:
        return before
    cached = count_of(usage.get("cache_read_input_tokens"))
    own = count_of(usage.get("input_tokens")) + count_of(usage.get("cache_creation_input_tokens"))
    asked = own + cached
    known = before or Usage()
    return Usage(
        input_tokens=max(asked, known.input_tokens),
        output_tokens=max(count_of(usage.get("output_tokens")), known.output_tokens),
        cached_tokens=max(cached, known.cached_tokens),
    )


def _messages(messages: Sequence[Message], mark: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the turns; neighbours of one role are one turn, and answers to calls are said by the user."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    if turns:
        turns[-1]["content"][-1] |= mark
    return turns


def _blocks(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [
            {
                "type": "tool_result",
                "tool_use_id": message.call_id,
                "content": message.text,
                "is_error": message.is_error,
            }
        ]
    said = [{"type": "text", "text": message.text}] if message.text.strip() else []
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)}
        for call in message.calls
    ]
    return [*said, *calls]
