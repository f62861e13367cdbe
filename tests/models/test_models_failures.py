"""What goes wrong: statuses, broken and hostile answers, silence, cancellation; and no secret in any of it."""

import json

import pytest
import trio
from asking import KINDS, hello, opened, scripted
from raw_endpoint import head, raw_endpoint, sending
from scripted_model import Answer, fail, say

from mosaic_hookspecs import Denied, InputError, MosaicError, Unavailable
from mosaic_testing.secrecy import secrets_told

BOTH = pytest.mark.parametrize("kind", KINDS)
CHUNK = b'data: {"model": "m", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}\n\n'
LAST = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"
KEY = "sk-0123456789abcdefghij"


async def error_of(model, **fields):
    with pytest.raises(MosaicError) as caught:
        await model.complete(hello(**fields))
    return caught.value


@BOTH
@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, InputError, "model-refused"),
        (401, Denied, "model-denied"),
        (402, Denied, "model-denied"),
        (403, Denied, "model-denied"),
        (404, InputError, "model-refused"),
        (413, InputError, "model-refused"),
        (429, Unavailable, "model-unavailable"),
        (500, Unavailable, "model-unavailable"),
        (503, Unavailable, "model-unavailable"),
        (529, Unavailable, "model-unavailable"),
        (302, InputError, "model-refused"),
        (202, Unavailable, "model-malformed"),
    ],
)
async def test_statuses_become_the_contracts_errors(kind, status, error, code, monkeypatch):
    monkeypatch.setenv("THE_KEY", KEY)
    script = lambda _: fail(status, f"because of {KEY}", retry_after="7")  # noqa: E731
    async with scripted(script, kind, key_from="THE_KEY") as (model, served):
        found = await error_of(model)
    assert (type(found), found.code, len(served.requests)) == (error, code, 1)
    assert not secrets_told(found, "", KEY)
    if status == 429:
        assert "asks to wait 7 s" in found.got
    if code == "model-denied":
        assert "plugins.models.endpoints.it.key_from" in found.hint or status == 402


async def test_no_credit_is_no_overload():
    raw = json.dumps({"error": {"message": "You have no credit", "code": "insufficient_quota"}})
    async with scripted(lambda _: Answer(status=429, raw=raw), "openai") as (model, _):
        found = await error_of(model)
    assert (found.code, "credit" in found.hint) == ("model-denied", True)


@pytest.mark.parametrize("value", [None, "", "two\nlines-0123456789", "ключ-0123456789"])
async def test_a_key_that_cannot_be_sent_is_denied_before(value, monkeypatch):
    monkeypatch.delenv("THE_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("THE_KEY", value)
    async with scripted(lambda _: say("Hi"), "openai", key_from="THE_KEY") as (model, served):
        found = await error_of(model)
    assert (found.code, found.hint, served.requests) == ("model-denied", "Set THE_KEY where Mosaic runs.", [])
    assert not secrets_told(found, "", value or "")


async def test_nobody_there():
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    async with opened(f"http://127.0.0.1:{port}/v1?key=hidden-0123") as model:
        found = await error_of(model)
    assert (type(found), found.code) == (Unavailable, "model-unavailable")
    assert found.what.endswith(f"http://127.0.0.1:{port}/v1/chat/completions: Connection refused")
    assert "hidden" not in str(found)


@BOTH
async def test_a_connection_that_breaks_in_the_middle(kind):
    async with scripted(lambda _: say("Hi " * 100, is_cut=True), kind) as (model, _):
        found = await error_of(model)
    assert found.code == "model-unavailable"
    assert "broke off" in found.what


@pytest.mark.parametrize(
    ("pieces", "code", "words"),
    [
        ([head(), CHUNK], "model-unavailable", "before its end"),
        ([head()], "model-unavailable", "before its end"),
        ([b""], "model-unavailable", "broke off"),
        ([b"SSH-2.0-nothing\r\n"], "model-unavailable", "broke off"),
        ([head(), b"data: {not json}\n\n"], "model-malformed", "no JSON object"),
        ([head(), b"data: [1]\n\n"], "model-malformed", "no JSON object"),
        ([head("text/html"), b"<html>Log in first</html>"], "model-malformed", "no JSON object"),
        ([head("application/json")], "model-malformed", "no JSON object"),
        ([head("application/json"), b'"Hi"'], "model-malformed", "no JSON object"),
        ([head("application/json"), b"{}"], "model-malformed", "no answer"),
        ([head("application/json"), b"\xff\xfe"], "model-malformed", "no JSON object"),
        ([head("application/json"), b"[" * 100_000], "model-malformed", "no JSON object"),
        ([head(content_encoding="gzip"), b"\x1f\x8b"], "model-malformed", "compresses"),
        (
            [head(), CHUNK, b'data: {"error": {"message": "out of memory"}}\n\n'],
            "model-unavailable",
            "overloaded",
        ),
        ([head(), CHUNK, b'data: {"error": "boom"}\n\n'], "model-unavailable", "overloaded"),
    ],
)
async def test_answers_that_are_none(pieces, code, words):
    async with raw_endpoint(sending(*pieces)) as endpoint, opened(endpoint.url) as model:
        found = await error_of(model)
    assert (type(found), found.code) == (Unavailable, code)
    assert words in found.what


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("overloaded_error", "model-unavailable"),
        ("authentication_error", "model-denied"),
        ("invalid_request_error", "model-refused"),
        ("billing_error", "model-denied"),
    ],
)
async def test_errors_in_the_middle_of_an_answer(kind, code):
    event = f'event: error\ndata: {{"type": "error", "error": {{"type": "{kind}", "message": "{KEY}"}}}}\n\n'
    answer = sending(head(), b'data: {"type": "ping"}\n\n', event.encode())
    async with raw_endpoint(answer) as endpoint, opened(endpoint.url, "anthropic") as model:
        found = await error_of(model)
    assert found.code == code
    assert kind in found.got or kind in found.what
    assert not secrets_told(found, "", KEY)


@pytest.mark.parametrize(
    "pieces",
    [
        [head(), CHUNK + LAST + DONE],
        [head(), CHUNK, LAST],
        [head(), (CHUNK + LAST + DONE).replace(b"\n", b"\r\n")],
        [head(), *(bytes([byte]) for byte in CHUNK + LAST + DONE)],
        [head(), b": waiting\n\n", b"retry: 5\n\n", CHUNK, b"event: x\ndata: {}\n\n", LAST.rstrip()],
    ],
)
async def test_however_a_stream_is_cut(pieces):
    async with raw_endpoint(sending(*pieces)) as endpoint, opened(endpoint.url) as model:
        assert (await model.complete(hello())).text == "Hi"


async def test_an_answer_without_end_is_cut_at_its_bytes():
    async def flood(send):
        await send(head())
        while True:
            await send(CHUNK * 100)

    async with raw_endpoint(flood) as endpoint, opened(endpoint.url, max_bytes=100_000) as model:
        found = await error_of(model)
    assert (found.code, "max_bytes" in found.what) == ("model-malformed", True)


async def test_a_line_without_end_is_cut_too():
    async def flood(send):
        await send(head() + b"data: ")
        while True:
            await send(b"x" * 10_000)

    async with raw_endpoint(flood) as endpoint, opened(endpoint.url, max_bytes=100_000) as model:
        assert "max_bytes" in (await error_of(model)).what


@pytest.mark.parametrize("pieces", [[], [head()], [head(), CHUNK]])
async def test_silence_is_noticed(pieces):
    answer = sending(*pieces, then=trio.sleep_forever)
    async with raw_endpoint(answer) as endpoint, opened(endpoint.url, silence_seconds=0.2) as model:
        with trio.fail_after(5):
            found = await error_of(model)
    assert (found.code, "said nothing for 0.2 s" in found.what) == ("model-unavailable", True)


async def test_dripping_does_not_outlive_the_whole_time():
    async def drip(send):
        await send(head())
        while True:
            await send(b": still here\n\n")
            await trio.sleep(0.02)

    async with raw_endpoint(drip) as endpoint, opened(endpoint.url, seconds=0.3) as model:
        with trio.fail_after(5):
            found = await error_of(model)
    assert "within 0.3 s" in found.what


@pytest.mark.parametrize("pieces", [[], [head()], [head(), CHUNK]])
async def test_cancelling_ends_the_request_at_once(pieces):
    asked, gone = trio.Event(), trio.Event()

    async def answer(send):
        for piece in pieces:
            await send(piece)
        asked.set()
        try:
            while True:  # until the client has gone
                await send(b": still here\n\n" if pieces else b"HTTP/1.1 100 Continue\r\n\r\n")
                await trio.sleep(0.01)
        except trio.BrokenResourceError:
            gone.set()

    async with raw_endpoint(answer) as endpoint, opened(endpoint.url) as model:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(model.complete, hello())
            await asked.wait()
            nursery.cancel_scope.cancel()
        with trio.fail_after(5):
            await gone.wait()


async def test_text_that_cannot_be_stored_is_made_so():
    async with scripted(lambda _: say("a\ud800b\0"), "openai") as (model, _):
        reply = await model.complete(hello())
    assert reply.text == "a?b\0"


async def test_an_empty_answer_is_an_answer():
    async with scripted(lambda _: say(""), "openai") as (model, _):
        reply = await model.complete(hello())
    assert (reply.text, reply.stopped) == ("", "end")


async def test_calls_without_index_or_id_are_told_apart():
    def delta(**call):
        return f"data: {json.dumps({'choices': [{'delta': {'tool_calls': [call]}}]})}\n\n".encode()

    calls = (
        delta(id="x", function={"name": "one", "arguments": {"a": 1}})
        + delta(id="y", function={"name": "two", "arguments": '{"b"'})
        + delta(function={"arguments": ": 2}"})
    )
    async with raw_endpoint(sending(head(), calls, LAST)) as endpoint, opened(endpoint.url) as model:
        reply = await model.complete(hello())
    assert [(call.name, call.arguments) for call in reply.calls] == [("one", {"a": 1}), ("two", {"b": 2})]
    assert reply.stopped == "tools"


async def test_a_request_without_messages_is_refused():
    async with opened("http://127.0.0.1:9/v1") as model:
        assert (await error_of(model, messages=[])).code == "model-refused"
