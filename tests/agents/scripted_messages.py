"""Anthropic messages, as a scripted model speaks them."""

import json

from scripted_turns import Turn, new_id

_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def read(body):
    """Read a request."""
    messages, results = [], []
    for message in body.get("messages", ()):
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        said = [part["text"] for part in parts if part.get("type") == "text"]
        for part in parts:
            if part.get("type") == "tool_result":
                results.append(_text(part.get("content")))
                messages.append(("tool", results[-1]))
        messages.append((message["role"], "\n".join(said)))
    tools = tuple(tool["name"] for tool in body.get("tools") or ())
    return Turn(
        wire="messages",
        system=_text(body.get("system")),
        messages=tuple(messages),
        tools=tools,
        results=tuple(results),
    )


def _text(content):
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def _blocks(answer):
    if answer.text or not answer.calls:
        yield {"type": "text", "text": answer.text}
    for name, arguments in answer.calls:
        yield {"type": "tool_use", "id": new_id("toolu"), "name": name, "input": arguments}


def _reason(answer):
    return {"length": "max_tokens", "refused": "refusal"}.get(
        answer.stopped, "tool_use" if answer.calls else "end_turn"
    )


def _usage(answer):
    return {
        "input_tokens": answer.input_tokens - answer.cached_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation_input_tokens": 0,
        "output_tokens": answer.output_tokens,
    }


def whole(answer, asked):
    """Write an answer that comes at once."""
    return {
        "id": new_id("msg"),
        "type": "message",
        "role": "assistant",
        "model": asked.get("model", ""),
        "content": list(_blocks(answer)),
        "stop_reason": _reason(answer),
        "stop_sequence": None,
        "usage": _usage(answer),
    }


def stream(answer, asked):
    """Write an answer in pieces."""
    begun = {
        **whole(answer, asked),
        "content": [],
        "stop_reason": None,
        "usage": {**_usage(answer), "output_tokens": 1},
    }
    yield _event("message_start", message=begun)
    for place, block in enumerate(_blocks(answer)):
        if block["type"] == "text":
            empty, deltas = {"type": "text", "text": ""}, [("text_delta", "text", block["text"])]
        else:
            empty = {**block, "input": {}}
            arguments = block["input"]
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            deltas = [("input_json_delta", "partial_json", piece) for piece in (text[:5], text[5:])]
        yield _event("content_block_start", index=place, content_block=empty)
        for kind, field, piece in deltas:
            yield _event("content_block_delta", index=place, delta={"type": kind, field: piece})
        yield _event("content_block_stop", index=place)
    stop = {"stop_reason": _reason(answer), "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage=_usage(answer))
    yield _event("message_stop")


def _event(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def error(status, text):
    """Write an error."""
    return {"type": "error", "error": {"type": _ERRORS.get(status, "api_error"), "message": text}}
