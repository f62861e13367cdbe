"""OpenAI chat completions, as a scripted model speaks them."""

import json

from scripted_turns import Turn, new_id


def read(body):
    """Read a request."""
    system, messages, results = [], [], []
    for message in body.get("messages", ()):
        role, text = message["role"], _text(message.get("content"))
        if role in {"system", "developer"}:
            system.append(text)
            continue
        if role == "tool":
            results.append(text)
        messages.append((role, text))
    tools = tuple(tool["function"]["name"] for tool in body.get("tools") or ())
    return Turn(
        wire="chat", system="\n".join(system), messages=tuple(messages), tools=tools, results=tuple(results)
    )


def _text(content):
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def _calls(answer):
    for place, (name, arguments) in enumerate(answer.calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        yield {
            "index": place,
            "id": new_id("call"),
            "type": "function",
            "function": {"name": name, "arguments": text},
        }


def _reason(answer):
    return {"length": "length", "refused": "content_filter"}.get(
        answer.stopped, "tool_calls" if answer.calls else "stop"
    )


def _usage(answer):
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
    }


def _head(kind, asked):
    return {
        "id": "chatcmpl-scripted",
        "object": kind,
        "created": 1_750_000_000,
        "model": asked.get("model", ""),
    }


def whole(answer, asked):
    """Write an answer that comes at once."""
    message = {"role": "assistant", "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = [
            {key: value for key, value in call.items() if key != "index"} for call in _calls(answer)
        ]
    choice = {"index": 0, "message": message, "finish_reason": _reason(answer)}
    return {**_head("chat.completion", asked), "choices": [choice], "usage": _usage(answer)}


def stream(answer, asked):
    """Write an answer in pieces."""
    head = _head("chat.completion.chunk", asked)

    def chunk(delta, reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _event({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    if answer.text:
        half = len(answer.text) // 2
        yield chunk({"content": answer.text[:half]})
        yield chunk({"content": answer.text[half:]})
    for call in _calls(answer):
        text = call["function"]["arguments"]
        yield chunk({"tool_calls": [{**call, "function": {"name": call["function"]["name"], "arguments": ""}}]})
        for piece in (text[:5], text[5:]):
            yield chunk({"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]})
    yield chunk({}, _reason(answer))
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield _event({**head, "choices": [], "usage": _usage(answer)})
    yield b"data: [DONE]\n\n"


def _event(data):
    return f"data: {json.dumps(data)}\n\n".encode()


def error(status, text):
    """Write an error."""
    return {"error": {"message": text, "type": "scripted", "param": None, "code": str(status)}}
