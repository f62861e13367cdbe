"""Text, tools and usage, of both kinds."""

import pytest
from asking import KINDS, WEATHER, WIRES, hello, opened, scripted
from scripted_model import Answer, say, use

from mosaic_hookspecs.models import Message, ModelTool, ToolCall
from mosaic_models.configuration import Prices
from mosaic_models.wire import address_of

BOTH = pytest.mark.parametrize("kind", KINDS)


@BOTH
async def test_text_comes_back(kind):
    async with scripted(lambda _: say("Hi, Ada: ü"), kind) as (model, served):
        reply = await model.complete(hello(system="Be kind.", temperature=0.5, max_tokens=77))
    assert (reply.text, reply.stopped, reply.calls) == ("Hi, Ada: ü", "end", ())
    assert reply.model == "scripted-1"
    [turn] = served.requests
    assert (turn.wire, turn.system, turn.messages) == (WIRES[kind], "Be kind.", (("user", "Hello"),))
    assert (turn.body["temperature"], turn.body["max_tokens"], turn.is_streaming) == (0.5, 77, True)


@BOTH
async def test_tools_are_asked_for_and_answered(kind):
    def script(turn):
        return say("Sunny.") if turn.results else use("weather", {"city": "Bern"}, text="Let me look.")

    async with scripted(script, kind) as (model, served):
        first = await model.complete(hello(tools=[WEATHER]))
        [call] = first.calls
        assert (first.stopped, first.text) == ("tools", "Let me look.")
        assert (call.name, call.arguments, call.problem) == ("weather", {"city": "Bern"}, "")
        again = [
            Message(role="user", text="Hello"),
            Message(role="assistant", text=first.text, calls=first.calls),
            Message(role="tool", text="21 degrees", call_id=call.id),
        ]
        second = await model.complete(hello(messages=again, tools=[WEATHER]))
    assert second.text == "Sunny."
    assert served.requests[1].results == ("21 degrees",)
    assert served.requests[1].tools == ("weather",)


@BOTH
async def test_several_calls_at_once_keep_apart(kind):
    script = lambda _: Answer(calls=(("weather", {"city": "Bern"}), ("weather", {"city": "Rom"})))  # noqa: E731
    async with scripted(script, kind) as (model, served):
        reply = await model.complete(hello(tools=[WEATHER]))
        said = [
            Message(role="user", text="Hello"),
            Message(role="assistant", calls=reply.calls),
            *(Message(role="tool", text=call.id, call_id=call.id) for call in reply.calls),
        ]
        await model.complete(hello(messages=said, tools=[WEATHER]))
    assert [call.arguments["city"] for call in reply.calls] == ["Bern", "Rom"]
    assert served.requests[1].results == tuple(call.id for call in reply.calls)


@BOTH
async def test_an_answer_that_failed_is_said_to_have(kind):
    said = [
        Message(role="user", text="Hello"),
        Message(role="assistant", calls=[ToolCall(id="1", name="weather")]),
        Message(role="tool", text="no such city", call_id="1", is_error=True),
    ]
    async with scripted(lambda _: say("Oh."), kind) as (model, served):
        await model.complete(hello(messages=said, tools=[WEATHER]))
    body = served.requests[0].body
    if kind == "openai":
        assert body["messages"][-1]["content"] == "Error: no such city"
    else:
        assert body["messages"][-1]["content"][0]["is_error"] is True


@pytest.mark.parametrize("written", ['{"city": "Be', "[1]", "NaN", "[" * 100_000, '{"a": NaN}'])
async def test_arguments_that_cannot_be_read_are_a_problem(written):
    async with scripted(lambda _: use("weather", written), "openai") as (model, _):
        reply = await model.complete(hello(tools=[WEATHER]))
    [call] = reply.calls
    assert call.arguments == {}
    assert call.problem.startswith("the arguments are no JSON")
    assert len(call.problem) < 400


@BOTH
@pytest.mark.parametrize(("stopped", "expected"), [("length", "length"), ("refused", "refused")])
async def test_why_it_stopped(kind, stopped, expected):
    async with scripted(lambda _: say("half", stopped=stopped), kind) as (model, _):
        assert (await model.complete(hello())).stopped == expected


@BOTH
async def test_usage_counts_what_was_cached_and_money(kind):
    answer = say("Hi", input_tokens=1000, output_tokens=200, cached_tokens=400)
    prices = Prices(input=3.0, output=15.0, cached=0.3)
    async with scripted(lambda _: answer, kind, prices=prices) as (model, _):
        usage = (await model.complete(hello())).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (1000, 200, 400)
    assert usage.money == pytest.approx((600 * 3 + 400 * 0.3 + 200 * 15) / 1_000_000)
    assert (usage.model, usage.is_estimated, usage.is_subscription) == ("scripted-1", False, False)


async def test_what_is_paid_for_costs_no_money():
    fields = {"prices": Prices(input=3.0), "is_subscription": True}
    async with scripted(lambda _: say("Hi"), "openai", **fields) as (model, _):
        usage = (await model.complete(hello())).usage
    assert (usage.money, usage.is_subscription) == (0.0, True)


@BOTH
async def test_an_answer_that_came_at_once_is_read_too(kind):
    def script(turn):
        import scripted_chat
        import scripted_messages

        wire = scripted_chat if kind == "openai" else scripted_messages
        return Answer(
            raw=__import__("json").dumps(wire.whole(use("weather", {"city": "Bern"}, "So."), turn.body))
        )

    async with scripted(script, kind) as (model, _):
        reply = await model.complete(hello(tools=[WEATHER]))
    assert (reply.text, reply.calls[0].arguments, reply.stopped) == ("So.", {"city": "Bern"}, "tools")


@BOTH
async def test_the_key_and_the_headers_go_along(kind, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "key-0123456789")
    fields = {"key_from": "SOME_KEY", "headers": {"X-Team": "blue"}}
    async with scripted(lambda _: say("Hi"), kind, **fields) as (model, served):
        await model.complete(hello())
    headers = served.requests[0].headers
    name, value = (
        ("authorization", "Bearer key-0123456789") if kind == "openai" else ("x-api-key", "key-0123456789")
    )
    assert (headers[name], headers["x-team"]) == (value, "blue")


async def test_a_key_may_have_a_header_of_its_own(monkeypatch):
    monkeypatch.setenv("SOME_KEY", "key-0123456789")
    async with scripted(lambda _: say("Hi"), "openai", key_from="SOME_KEY", key_header="Api-Key") as (
        model,
        served,
    ):
        await model.complete(hello())
    assert served.requests[0].headers["api-key"] == "key-0123456789"
    assert "authorization" not in served.requests[0].headers


@BOTH
async def test_what_repeats_is_marked_for_the_cache(kind):
    tools = [
        ModelTool(name=f"tool-{number}", description="One.", schema={"type": "object"}) for number in (1, 2)
    ]
    async with scripted(lambda _: say("Hi"), kind) as (model, served):
        await model.complete(hello(system="Be kind.", tools=tools))
    marks = str(served.requests[0].body).count("cache_control")
    assert marks == (2 if kind == "anthropic" else 0)


async def test_a_request_may_name_its_model():
    async with scripted(lambda _: say("Hi"), "openai") as (model, served):
        assert (await model.complete(hello(model="other"))).model == "other"
    assert served.requests[0].model == "other"


async def test_nothing_is_called_before_it_is_asked():
    async with opened("http://127.0.0.1:9/v1") as model:
        assert (model.name, model.trouble) == ("it", "")


@pytest.mark.parametrize(
    ("url", "path", "expected"),
    [
        ("http://a/v1", "/chat/completions", "http://a/v1/chat/completions"),
        ("http://a/v1/", "/chat/completions", "http://a/v1/chat/completions"),
        ("http://a/v1/chat/completions", "/chat/completions", "http://a/v1/chat/completions"),
        ("http://a/x?version=1", "/chat/completions", "http://a/x/chat/completions?version=1"),
        ("http://a", "/v1/messages", "http://a/v1/messages"),
        ("http://a/v1", "/v1/messages", "http://a/v1/messages"),
        ("http://a/proxy/v1/messages", "/v1/messages", "http://a/proxy/v1/messages"),
    ],
)
def test_an_address_gets_as_much_of_the_path_as_it_lacks(url, path, expected):
    assert address_of(url, path) == expected
