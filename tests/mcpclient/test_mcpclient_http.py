"""An address that misbehaves: nothing is followed elsewhere, read without end, or told more than it needs."""

import gc
import json
from contextlib import asynccontextmanager, suppress
from functools import partial

import h11
import pytest
import trio

from mosaic_hookspecs import MosaicError, Unavailable

TOOL = {"name": "add", "description": "Add.", "inputSchema": {"type": "object"}}
CALL = {"server": "web", "tool": "add", "arguments": {}}


@pytest.fixture(autouse=True)
def swept():
    """Have what the SDK's client left collected while its warnings are expected."""
    yield
    gc.collect()


class Web:
    """An endpoint of before 2026-07-28; `answers` maps a method to (status, headers, body)."""

    def __init__(self):
        self.answers = {}
        self.requests = []
        self.url = ""

    async def handle(self, stream):
        connection = h11.Connection(h11.SERVER)
        async with stream:
            while True:
                request, body = await received(connection, stream)
                if request is None:
                    return
                await self.answer(connection, stream, request, body)
                if connection.our_state is not h11.DONE:
                    return
                connection.start_next_cycle()

    async def answer(self, connection, stream, request, body):
        headers = {name.decode(): value.decode() for name, value in request.headers}
        message = json.loads(body) if body else {}
        method = message.get("method", "")
        self.requests.append((request.method.decode(), request.target.decode(), headers, method))
        given = self.answers.get(method)
        if given is not None and callable(given[2]):
            await given[2](connection, stream)
            return
        status, extra, data = given or (202 if "id" not in message else 200, {}, result_of(message))
        fields = {"Content-Type": "application/json", "Content-Length": str(len(data)), **extra}
        for event in (
            h11.Response(status_code=status, headers=list(fields.items())),
            h11.Data(data=data),
            h11.EndOfMessage(),
        ):
            await stream.send_all(connection.send(event))


def result_of(message):
    results = {
        "initialize": {
            "protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
            "serverInfo": {"name": "web", "version": "1"},
        },
        "tools/list": {"tools": [TOOL]},
        "tools/call": {"content": [{"type": "text", "text": "fine"}]},
    }  # fmt: skip
    if "id" not in message:
        return b""
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]}).encode()


async def received(connection, stream):
    request, body = None, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            try:
                connection.receive_data(await stream.receive_some(65536))
            except trio.BrokenResourceError:
                return None, b""
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return request, body
        else:
            return None, b""


@asynccontextmanager
async def serving():
    web = Web()
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, web.handle, 0, host="127.0.0.1")
        [listener, *_] = await nursery.start(serve)
        web.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/mcp"
        yield web
        nursery.cancel_scope.cancel()


@pytest.fixture
async def web():
    async with serving() as server:
        yield server


@pytest.fixture
def connect(start, web):
    def begin(top=(), **entry):
        given = {"url": web.url, "protocol": "legacy", "trust": "first-use", "seconds": 2.0, **entry}
        return start(servers={"web": given}, top=top)

    return begin


async def test_headers_come_from_the_environment_and_do_not_come_back(connect, web, monkeypatch):
    monkeypatch.setenv("WEB_TOKEN", "hunter2hunter2")
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 3, "result": {"content": [{"type": "text", "text": "hunter2hunter2"}]}}
    )
    web.answers["tools/call"] = (200, {}, body.encode())
    async with connect(headers={"Authorization": "Bearer ${WEB_TOKEN}"}) as kernel:
        assert (await kernel.dispatch("mcpclient.call", CALL)).text == "[redacted]"
    sent = [headers["authorization"] for _, _, headers, _ in web.requests]
    assert sent == ["Bearer hunter2hunter2"] * 4
    # No stream for what a server says by itself: it would be opened again and again.
    assert {method for method, *_ in web.requests} == {"POST"}


async def test_a_variable_that_is_missing_is_named(connect, web):
    async with connect(headers={"Authorization": "Bearer ${NOT_SET_HERE}"}) as kernel:
        with pytest.raises(Unavailable, match="NOT_SET_HERE is not set"):
            await kernel.dispatch("mcpclient.call", CALL)
    assert web.requests == []


async def test_no_redirect_is_followed_elsewhere(connect, web):
    async with serving() as other, connect() as kernel:
        await kernel.dispatch("mcpclient.tools")
        web.answers["tools/call"] = (307, {"Location": other.url}, b"")
        answer = await kernel.dispatch("mcpclient.call", CALL)
        assert answer.is_error
        assert "not followed" in answer.text
        assert other.requests == []


async def test_what_is_too_long_is_not_read(connect, web):
    sent = 0

    async def endless(connection, stream):
        nonlocal sent
        head = h11.Response(status_code=200, headers=[("Content-Type", "application/json")])
        await stream.send_all(connection.send(head))
        with suppress(trio.BrokenResourceError):
            while True:
                sent += 65536
                await stream.send_all(connection.send(h11.Data(data=b" " * 65536)))

    web.answers["tools/call"] = (0, {}, endless)
    async with connect(top={"message_bytes": 300_000}) as kernel:
        with pytest.raises(Unavailable, match="longer than a message may be"):
            await kernel.dispatch("mcpclient.call", CALL)
    assert sent < 30_000_000


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"), "compressed"),
        ((200, {}, b"no json"), "JSON"),
        ((200, {"Content-Type": "text/html"}, b"<h1>Hello</h1>"), "content type"),
        ((500, {}, b"{}"), "error response"),
        ((401, {}, b""), "error response"),
    ],
)
async def test_answers_that_are_none_are_told(connect, web, answer, words):
    async with connect() as kernel:
        await kernel.dispatch("mcpclient.tools")
        web.answers["tools/call"] = answer
        try:
            said = (await kernel.dispatch("mcpclient.call", CALL)).text
        except MosaicError as error:
            said = str(error)
        assert words in said
        del web.answers["tools/call"]
        assert (await kernel.dispatch("mcpclient.call", CALL)).text == "fine"


async def test_a_session_that_is_lost_is_begun_again(connect, web):
    async with connect() as kernel:
        session = (200, {"Mcp-Session-Id": "one"}, result_of({"id": 1, "method": "initialize"}))
        web.answers["initialize"] = session
        await kernel.dispatch("mcpclient.tools")
        web.answers["tools/call"] = (404, {}, b"")
        with pytest.raises(Unavailable, match="the connection was lost"):
            await kernel.dispatch("mcpclient.call", CALL)
        del web.answers["tools/call"]
        assert (await kernel.dispatch("mcpclient.call", CALL)).text == "fine"
        assert [method for *_, method in web.requests].count("initialize") == 2


async def test_an_address_that_does_not_answer_is_told_in_time(connect, web):
    async def silent(connection, stream):
        await trio.sleep_forever()

    async with connect(seconds=0.3) as kernel:
        await kernel.dispatch("mcpclient.tools")
        web.answers["tools/call"] = (0, {}, silent)
        with pytest.raises(Unavailable) as refused:
            await kernel.dispatch("mcpclient.call", CALL)
        assert refused.value.code == "server-slow"
        assert (await kernel.dispatch("mcpclient.servers")).servers[0].state == "connected"


async def test_nobody_there(start):
    with trio.socket.socket() as taken:
        await taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/mcp"
        async with start(servers={"web": {"url": url, "start_seconds": 2.0}}) as kernel:
            with pytest.raises(Unavailable, match="ConnectError"):
                await kernel.dispatch("mcpclient.tools", {"server": "web"})
            found = await kernel.dispatch("mcpclient.tools")
            assert list(found.unreachable) == ["web"]
