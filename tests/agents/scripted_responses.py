"""OpenAI responses, as a scripted model speaks them."""

import json

from scripted_turns import Turn, new_id


def read(body):
    """Read a request. Tools in a namespace are named ``NAMESPACE__NAME``, or as both joined when it ends so."""
    given = body.get("input", ())
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    system, messages, results = [body.get("instructions") or ""], [], []
    for item in items:
        if item.get("type") in {"function_call_output", "custom_tool_call_output"}:
            results.append(_text(item.get("output")))
            messages.append(("tool", results[-1]))
        elif item.get("role") in {"system", "developer"}:
            system.append(_text(item.get("content")))
        elif "role" in item:
            messages.append((item["role"], _text(item.get("content"))))
    return Turn(
        wire="responses",
        system="\n".join(filter(None, system)),
        messages=tuple(messages),
        tools=tuple(_tools(body)),
        results=tuple(results),
    )


def _text(content):
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content or ""


def _tools(body):
    """Return the kinds of the tools, by their names: ``function``, ``custom``, or where in which namespace."""
    found = {}
    for tool in body.get("tools") or ():
        if tool.get("type") == "namespace":
            for inner in tool.get("tools", ()):
                name = _joined(tool["name"], inner["name"])
                found[name] = (inner.get("type", "function"), tool["name"], inner["name"])
        else:
            name = tool.get("name", tool.get("type"))
            found[name] = (tool.get("type", "function"), None, name)
    return found


def _joined(namespace, name):
    return namespace + name if namespace.endswith("_") else f"{namespace}__{name}"


def _items(answer, asked):
    if answer.text or not answer.calls:
        part = {"type": "output_text", "text": answer.text, "annotations": []}
        yield {
            "type": "message",
            "id": new_id("msg"),
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }
    tools = _tools(asked)
    for name, arguments in answer.calls:
        kind, namespace, inner = tools.get(name, ("function", None, name))
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        call = {"id": new_id("fc"), "call_id": new_id("call"), "name": inner}
        if namespace is not None:
            call["namespace"] = namespace
        if kind == "custom":
            yield {"type": "custom_tool_call", **call, "input": text, "status": "completed"}
        else:
            yield {"type": "function_call", **call, "arguments": text, "status": "completed"}


def _usage(answer):
    return {
        "input_tokens": answer.input_tokens,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }


def whole(answer, asked):
    """Write an answer that comes at once."""
    reasons = {"length": "max_output_tokens", "refused": "content_filter"}
    return {
        "id": new_id("resp"),
        "object": "response",
        "created_at": 1_750_000_000,
        "model": asked.get("model", ""),
        "status": "incomplete" if answer.stopped else "completed",
        "incomplete_details": {"reason": reasons[answer.stopped]} if answer.stopped else None,
        "error": None,
        "output": list(_items(answer, asked)),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(answer),
    }


def stream(answer, asked):
    """Write an answer in pieces."""
    full = whole(answer, asked)
    begun = {**full, "status": "in_progress", "output": [], "usage": None}
    yield _event("response.created", response=begun)
    for place, item in enumerate(full["output"]):
        empty = {**item, "status": "in_progress"}
        if item["type"] == "message":
            text = item["content"][0]["text"]
            yield _event("response.output_item.added", output_index=place, item={**empty, "content": []})
            common = {"item_id": item["id"], "output_index": place, "content_index": 0}
            part = {"type": "output_text", "text": "", "annotations": []}
            yield _event("response.content_part.added", **common, part=part)
            yield _event("response.output_text.delta", **common, delta=text)
            yield _event("response.output_text.done", **common, text=text)
            yield _event("response.content_part.done", **common, part=item["content"][0])
        elif item["type"] == "function_call":
            common = {"item_id": item["id"], "output_index": place}
            yield _event("response.output_item.added", output_index=place, item={**empty, "arguments": ""})
            yield _event("response.function_call_arguments.delta", **common, delta=item["arguments"])
            yield _event("response.function_call_arguments.done", **common, arguments=item["arguments"])
        else:
            yield _event("response.output_item.added", output_index=place, item={**empty, "input": ""})
        yield _event("response.output_item.done", output_index=place, item=item)
    kind = "response.incomplete" if answer.stopped else "response.completed"
    yield _event(kind, response=full)


def _event(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def error(status, text):
    """Write an error."""
    return {"error": {"message": text, "type": "scripted", "param": None, "code": str(status)}}
