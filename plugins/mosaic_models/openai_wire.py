"""OpenAI chat completions, as OpenAI, Ollama, vLLM, llama.cpp and many others speak them."""

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

_ENDINGS = {
    "stop": "end",
    "tool_calls": "tools",
    "function_call": "tools",
    "length": "length",
    "content_filter": "refused",
}


class OpenAIWire:
    """The kind ``openai``."""

    path = "/chat/completions"
    key_header = "authorization"

    def key_value(self, key: str) -> str:
        """A bearer token."""
        return f"Bearer {key}"

    def fixed_headers(self) -> Mapping[str, str]:
        """Nothing but the key."""
        return {}

    def modes(self, request: ModelRequest) -> Sequence[str]:
        """By a schema, as JSON, by a tool, in words; a tool cannot be forced where there are others."""
        if request.schema is None:
            return ()
        return ("json_schema", "json_object", *(() if request.tools else ("tool",)), "prompt")

    def body(self, ask: Ask) -> dict[str, Any]:
        """Write a request."""
        request, manner = ask.request, ask.manner
        schema = request.schema or {}
        system = request.system
        if manner.mode in {"json_object", "prompt"}:
            system = "\n\n".join(part for part in (system, in_words(schema)) if part)
        messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
        body: dict[str, Any] = {
            "model": ask.model,
            "messages": messages + [_message(message) for message in request.messages],
            "stream": True,
            "max_completion_tokens" if manner.is_completion_limit else "max_tokens": ask.max_tokens,
        }
        if manner.has_stream_options:
            body["stream_options"] = {"include_usage": True}
        if request.temperature is not None and manner.has_temperature:
            body["temperature"] = request.temperature
        tools = [_tool(tool.name, tool.description, tool.schema) for tool in request.tools]
        if manner.mode == "json_schema":
            wanted = {"name": ANSWER, "schema": schema, "strict": is_closed(schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": wanted}
        elif manner.mode == "json_object":
            body["response_format"] = {"type": "json_object"}
        elif manner.mode == "tool":
            tools.append(_tool(ANSWER, "Give the answer.", schema))
            body["tool_choice"] = {"type": "function", "function": {"name": ANSWER}}
        if tools:
            body["tools"] = tools
        return body

    def read_event(self, event: ServerEvent, data: Mapping[str, Any], draft: Draft) -> None:
        """Add a chunk."""
        self._read(data, draft, "delta")

    def read_whole(self, data: Mapping[str, Any], draft: Draft) -> None:
        """Add a whole completion."""
        self._read(data, draft, "message")

    def _read(self, data: Mapping[str, Any], draft: Draft, part: str) -> None:
        if data.get("error"):
            raise Broken(*complaint_in(data))
        draft.model = text_of(data.get("model")) or draft.model
        usage = mapping_of(data.get("usage"))
        if usage:
            draft.usage = _usage(usage)
        choices = data.get("choices")
        if not isinstance(choices, list) or not choices:
            return
        choice = mapping_of(choices[0])
        said = mapping_of(choice.get(part))
        draft.text += [text_of(said.get("content")), text_of(said.get("refusal"))]
        calls = said.get("tool_calls")
        for place, call in enumerate(calls if isinstance(calls, list) else ()):
            _add_call(mapping_of(call), place, draft)
        ending = choice.get("finish_reason")
        if isinstance(ending, str) and ending:
            draft.ending = _ENDINGS.get(ending, "end")
        if said.get("refusal"):
            draft.ending = "refused"


def _add_call(call: Mapping[str, Any], place: int, draft: Draft) -> None:
    own = text_of(call.get("id"))
    index = call.get("index")
    # Some leave out the index, and send each call whole; then a new id is a new call.
    known = isinstance(index, int)
    key = index if known else own or (next(reversed(draft.calls)) if draft.calls else place)
    found = draft.call(key)
    function = mapping_of(call.get("function"))
    found.id = found.id or own
    found.name = found.name or text_of(function.get("name"))
    arguments = function.get("arguments")
    found.arguments.append(canonical_json(arguments) if isinstance(arguments, dict) else text_of(arguments))


def _usage(usage: Mapping[str, Any]) -> Usage:
    details = mapping_of(usage.get("prompt_tokens_details"))
    asked = count_of(usage.get("prompt_tokens"))
    cached = count_of(details.get("cached_tokens")) or count_of(usage.get("prompt_cache_hit_tokens"))
    return Usage(
        input_tokens=asked,
        output_tokens=count_of(usage.get("completion_tokens")),
        cached_tokens=min(cached, asked),
    )


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        text = f"Error: {message.text}" if message.is_error else message.text
        return {"role": "tool", "tool_call_id": message.call_id, "content": text}
    said: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        said["content"] = message.text or None
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": canonical_json(call.arguments)},
            }
            for call in message.calls
        ]
    return said


def _tool(name: str, description: str, schema: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}
