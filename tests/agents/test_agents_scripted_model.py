"""The scripted model speaks its three wires, so that tests of agents fail for the agents' reasons."""

import json

import httpx
import pytest
import trio
from scripted_model import fail, say, scripted_model, steps, use

ASKED = [{"role": "user", "content": "Write it."}]
CHAT_TOOLS = [{"type": "function", "function": {"name": "write", "parameters": {}}}]
WIRES = {
    "chat": ("/v1/chat/completions", {"messages": ASKED, "tools": CHAT_TOOLS}),
    "responses": ("/v1/responses", {"input": ASKED, "tools": [{"type": "function", "name": "write"}]}),
    "messages": ("/v1/messages", {"messages": ASKED, "tools": [{"name": "write"}]}),
}


async def ask(model, wire, **more):
    path, body = WIRES[wire]
    async with httpx.AsyncClient(base_url=model.url) as client:
        return await client.post(path, json={"model": "scripted-1", **body, **more})


@pytest.mark.parametrize("wire", WIRES)
async def test_a_script_sees_the_turn_and_its_call_comes_out(wire):
    async with scripted_model(lambda _: use("write", {"path": "a"}, "Now.")) as model:
        whole = await ask(model, wire)
        streamed = await ask(model, wire, stream=True)
    for text in (whole.text, streamed.text):
        assert "write" in text
        assert "Now." in text or "No" in text
    first, second = model.requests
    assert (first.wire, first.messages, first.tools) == (wire, (("user", "Write it."),), ("write",))
    assert (first.model, first.index, second.index) == ("scripted-1", 0, 1)
    assert (first.is_streaming, second.is_streaming) == (False, True)


async def test_the_pieces_of_a_stream_make_the_whole():
    async with scripted_model(lambda _: use("write", {"path": "some/file"})) as model:
        chat = await ask(model, "chat", stream=True, stream_options={"include_usage": True})
        messages = await ask(model, "messages", stream=True)
        responses = await ask(model, "responses", stream=True)
    assert '"prompt_tokens": 100' in chat.text
    for answer, piece in ((chat, _chat), (messages, _messages), (responses, _responses)):
        data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
        assert json.loads("".join(filter(None, map(piece, map(json.loads, data))))) == {"path": "some/file"}


def _chat(event):
    calls = [call for choice in event["choices"] for call in choice["delta"].get("tool_calls", ())]
    return "".join(call["function"]["arguments"] for call in calls)


def _messages(event):
    return event.get("delta", {}).get("partial_json")


def _responses(event):
    return event.get("delta") if event["type"].endswith("arguments.delta") else None


async def test_results_of_tools_lead_through_the_steps():
    script = steps(use("write"), lambda turn: say(f"It said {turn.results[-1]}."))
    asked = [*ASKED, {"role": "tool", "tool_call_id": "1", "content": "written"}]
    async with scripted_model(script) as model:
        first, last = await ask(model, "chat"), await ask(model, "chat", messages=asked)
        aside = await ask(model, "chat", tools=[])
    assert first.json()["choices"][0]["finish_reason"] == "tool_calls"
    assert last.json()["choices"][0]["message"]["content"] == "It said written."
    assert aside.json()["choices"][0]["message"]["content"] == "A title"


@pytest.mark.parametrize("wire", WIRES)
async def test_it_fails_in_the_words_of_the_wire(wire):
    async with scripted_model(lambda _: fail(429, "slow down", retry_after="7")) as model:
        answer = await ask(model, wire)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["error"]["message"] == "slow down"


async def test_it_breaks_off_in_the_middle():
    async with scripted_model(lambda _: say("half", is_cut=True)) as model:
        with pytest.raises(httpx.RemoteProtocolError):
            await ask(model, "chat")


async def test_an_error_in_the_script_fails_the_test():
    async def test():
        async with scripted_model(lambda _: 1 / 0) as model:
            await ask(model, "chat")
            await trio.sleep_forever()

    with trio.fail_after(5), pytest.raises(ZeroDivisionError):
        await test()
