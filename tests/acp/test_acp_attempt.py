"""Attempts of an agent that keeps the protocol: what it is told, what is shown of it, and what comes of it."""

import attrs
import pytest

from mosaic_hookspecs import InputError, Unavailable, Usage


async def test_an_attempt_from_prompt_to_report(place):
    result = await place.attempt(
        {"update": {"sessionUpdate": "agent_thought_chunk", "content": {"type": "text", "text": "Hm."}}},
        {"say": "I write "},
        {"say": "it."},
        {
            "update": {
                "sessionUpdate": "plan",
                "entries": [
                    {"content": "write", "priority": "high", "status": "in_progress"},
                    {"content": "look", "priority": "low", "status": "pending"},
                ],
            }
        },
        {
            "update": {
                "sessionUpdate": "tool_call",
                "toolCallId": "c1",
                "title": "a.txt",
                "kind": "edit",
                "locations": [{"path": "$CWD/a.txt"}],
            }
        },
        {"ask": {"fs/write_text_file": {"path": "$CWD/deep/a.txt", "content": "written\n"}}},
        {"update": {"sessionUpdate": "tool_call_update", "toolCallId": "c1", "status": "completed"}},
        {"say": "First.\nI wrote a.txt."},
    )
    assert (result.outcome, result.summary) == ("succeeded", "I wrote a.txt.")
    assert place.files == {"deep/a.txt": "written\n"}
    assert "~ Hm.\nI write it.\nIts plan:\n  ▸ write\n  ○ look\n○ edit: a.txt (" in place.text
    assert "✓ a.txt\nFirst.\nI wrote a.txt.\n" in place.text
    kinds = [body["kind"] for topic, body in place.context.bus.notices if topic == "acp.update"]
    assert kinds == ["thought", "message", "message", "plan", "tool", "tool", "message"]
    assert place.context.bus.notices[0][1]["task_id"] == "task"
    [prompt] = place.asked("session/prompt")
    told = prompt["prompt"][0]["text"]
    assert "# Task task: Write it\n\nWrite a file." in told
    assert "The goal of the whole:\nA shop" in told


async def test_the_context_pack_and_the_loan_are_handed_over(place):
    @attrs.frozen
    class Pack:
        text = "# The pack"

    @attrs.frozen
    class Loan:
        url = "http://127.0.0.1:1/mcp"
        bearer = "bearer-of-this-attempt"
        command = ("/bin/mosaic", "mcp")
        environment = attrs.field(factory=lambda: {"MOSAIC_MCP_TOKEN": "bearer-of-this-attempt"})

    async def context(_):
        return Pack()

    async def lend(_):
        return Loan()

    async def recall(_):
        return None

    operations = {"task.context": context, "mcp.lend": lend, "mcp.recall": recall}
    steps = [{"say": "I have bearer-of-this-attempt."}]
    hello = {"agentCapabilities": {"mcpCapabilities": {"http": True}}}
    result = await place.attempt(
        *steps,
        hello=hello,
        operations=operations,
        instructions="Speak low.",
        environment={"MY_TOKEN": "hidden!"},
    )
    assert result.summary == "I have [redacted]."
    assert "bearer-of-this-attempt" not in place.text
    assert place.asked("session/prompt")[0]["prompt"][0]["text"].endswith("# The pack\n\nSpeak low.")
    [server] = place.asked("session/new")[0]["mcpServers"]
    assert server == {
        "type": "http",
        "name": "mosaic",
        "url": "http://127.0.0.1:1/mcp",
        "headers": [{"name": "Authorization", "value": "Bearer bearer-of-this-attempt"}],
    }
    ours = {"run_id": "run", "task_id": "task", "token": 1}
    assert ("mcp.lend", {**ours, "agent": "fake"}) in place.context.asked
    assert place.context.asked[-1] == ("mcp.recall", ours)
    await place.attempt(*steps, operations=operations)
    [server] = place.asked("session/new")[1]["mcpServers"]
    assert server == {
        "name": "mosaic",
        "command": "/bin/mosaic",
        "args": ["mcp"],
        "env": [{"name": "MOSAIC_MCP_TOKEN", "value": "bearer-of-this-attempt"}],
    }


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("refusal", "refused"),
        ("max_tokens", "ran out"),
        ("max_turn_requests", "used up"),
        ("cancelled", "itself"),
    ],
)
async def test_how_a_turn_ends_is_what_is_reported(place, reason, words):
    result = await place.attempt({"say": "No."}, {"end": {"stopReason": reason}})
    assert result.outcome == "failed"
    assert words in result.summary


async def test_a_turn_that_ends_in_an_error_has_failed(place):
    result = await place.attempt({"end": {"code": -32603, "message": "the model is overloaded"}})
    assert (result.outcome, result.summary) == (
        "failed",
        "the agent could not go on: the model is overloaded",
    )


async def test_usage_and_cost_are_counted_once(place):
    def cost(amount, currency="USD"):
        money = {"amount": amount, "currency": currency}
        return {"update": {"sessionUpdate": "usage_update", "used": 1, "size": 9, "cost": money}}

    usage = {
        "totalTokens": 160,
        "inputTokens": 100,
        "outputTokens": 20,
        "cachedReadTokens": 30,
        "cachedWriteTokens": 10,
    }
    await place.attempt(
        cost(0.01), cost(0.03), cost(5, "EUR"), cost(0.02), {"end": {"stopReason": "end_turn", "usage": usage}}
    )
    spent = place.journal.spent
    assert spent == Usage(input_tokens=140, output_tokens=20, cached_tokens=30, money=pytest.approx(0.03))
    included = {**usage, "totalTokens": 120}
    await place.attempt({"end": {"stopReason": "end_turn", "usage": included}}, cost(1))
    assert place.journal.spent == Usage(input_tokens=100, output_tokens=20, cached_tokens=30)
    await place.attempt(cost(0.5), {"end": {"stopReason": "end_turn", "usage": included}}, subscription=True)
    assert place.journal.spent.money == 0
    assert place.journal.spent.is_subscription
    quota = {"quota": {"token_count": {"input_tokens": 7, "output_tokens": 2}}}
    await place.attempt({"end": {"stopReason": "end_turn", "_meta": quota}})
    assert place.journal.spent == Usage(input_tokens=7, output_tokens=2)


async def test_the_limit_of_an_attempt_stops_it(place):
    from mosaic_acp.limits import Limit

    cost = {"amount": 2.0, "currency": "USD"}
    result = await place.attempt(
        {"update": {"sessionUpdate": "usage_update", "used": 1, "size": 9, "cost": cost}},
        {"until_cancelled": "cancelled"},
        limit=Limit(money=1.0),
    )
    assert result.outcome == "failed"
    assert "limit is spent ($2.0000" in result.summary
    assert place.asked("session/cancel")


async def test_one_that_loops_is_stopped_by_the_number_of_its_calls(place):
    from mosaic_acp.limits import Limit

    calls = [
        {"update": {"sessionUpdate": "tool_call", "toolCallId": f"c{n}", "title": "again"}} for n in range(9)
    ]
    more = [{"update": {"sessionUpdate": "tool_call_update", "toolCallId": "c0", "status": "completed"}}] * 9
    assert (await place.attempt(*calls, *more, {"say": "Done."}, limit=Limit(calls=9))).outcome == "succeeded"
    result = await place.attempt(*calls, {"until_cancelled": "cancelled"}, limit=Limit(calls=8))
    assert "limit is spent ($0.0000, 0 tokens, 9 calls)" in result.summary


MODES = {
    "currentModeId": "ask",
    "availableModes": [{"id": "ask", "name": "Ask"}, {"id": "code", "name": "Code"}],
}
OPTION = {"id": "m", "name": "Model", "category": "model", "type": "select", "currentValue": "small"}
GROUPED = [{"group": "g", "name": "G", "options": [{"value": "large", "name": "Large"}]}]


async def test_mode_and_model_are_chosen(place):
    session = {"modes": MODES, "configOptions": [{**OPTION, "options": GROUPED}]}
    await place.attempt(hello={"session": session}, mode="code", model="large")
    assert place.asked("session/set_mode")[0]["modeId"] == "code"
    assert place.asked("session/set_config_option")[0]["configId"] == "m"
    assert place.asked("session/set_config_option")[0]["value"] == "large"
    with pytest.raises(InputError) as caught:
        await place.attempt(hello={"session": session}, mode="yolo")
    assert (caught.value.code, caught.value.expected) == ("no-mode", "ask, code")
    with pytest.raises(InputError) as caught:
        await place.attempt(model="large")
    assert caught.value.code == "no-model"


async def test_what_cannot_begin_says_what_to_do(place):
    with pytest.raises(Unavailable) as caught:
        await place.attempt(hello={"protocolVersion": 2})
    assert (caught.value.code, caught.value.got) == ("acp-version", "version 2")
    with pytest.raises(Unavailable) as caught:
        await place.attempt(hello={"needs_login": True})
    assert caught.value.code == "agent-not-logged-in"
    assert "inherit" in caught.value.hint
    await place.attempt(authenticate="key")
    assert place.asked("authenticate") == [{"methodId": "key"}]


async def test_a_session_goes_on_only_where_it_fits(place):
    able = {"agentCapabilities": {"loadSession": True}}
    same = {"a.txt": "as it was"}
    await place.attempt({"say": "one"}, hello=able, resume=True, files=same)
    await place.attempt({"say": "two"}, hello=able, resume=True, files=same)
    assert place.text == "two\n"
    [first] = [message["result"]["sessionId"] for who, message in place.said() if _opens(who, message)]
    assert [load["sessionId"] for load in place.asked("session/load")] == [first]
    assert place.asked("session/load")[0]["cwd"] == place.asked("session/new")[0]["cwd"].replace("-1/", "-2/")
    prompts = [asked["prompt"][0]["text"] for asked in place.asked("session/prompt")]
    assert "nothing of what you changed then" not in prompts[0]
    assert "nothing of what you changed then" in prompts[1]
    await place.attempt(hello=able, resume=True, files={"a.txt": "another published it"})
    await place.attempt(hello=able, files=same)
    await place.attempt(resume=True, files=same)
    assert len(place.asked("session/load")) == 1
    assert len(place.asked("session/new")) == 4


def _opens(who, message):
    return who == "agent" and str((message.get("result") or {}).get("sessionId", "")).startswith("session-")


async def test_a_session_that_is_gone_is_begun_anew(place):
    able = {"agentCapabilities": {"loadSession": True}}
    await place.attempt(hello=able, resume=True)
    for kept in (place.context.state_directory / "acp").glob("*/home/sessions/*"):
        kept.unlink()
    result = await place.attempt({"say": "Done."}, hello=able, resume=True)
    assert result.outcome == "succeeded"
    assert "cannot be opened again: no such session" in place.text


async def test_a_session_that_turns_out_to_be_forgotten_is_begun_anew(place):
    able = {"agentCapabilities": {"loadSession": True}, "forgets": True}
    await place.attempt(hello=able, resume=True)
    result = await place.attempt({"say": "Done."}, hello=able, resume=True)
    assert result.outcome == "succeeded"
    assert "the earlier session cannot go on: Internal error: thread not found" in place.text
    assert len(place.asked("session/new")) == 2
    prompts = [asked["prompt"][0]["text"] for asked in place.asked("session/prompt")]
    assert ["in this session" in prompt for prompt in prompts] == [False, True, False]
