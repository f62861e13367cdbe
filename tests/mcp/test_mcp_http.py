"""The endpoint over HTTP: who may come in, and what hostile clients cannot do."""

import json
import stat

import httpx2
import pytest
import trio
from mcp_clients import ERAS, over_http, until

from mosaic_hookspecs.redaction import Redactor
from mosaic_kernel import Kernel
from mosaic_mcp.guard import Guard, token_of
from mosaic_mcp.lending.loans import Loans

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPTS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def address_of(kernel):
    [address] = kernel.port("transport").get("mcp").addresses
    return address


def place_of(kernel):
    host, _, port = address_of(kernel).removeprefix("http://").partition("/")[0].partition(":")
    return host, int(port)


def allowed(kernel, **more):
    return {**ACCEPTS, "authorization": f"Bearer {token_of(kernel.state_directory)}", **more}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Basic eDp5"}, 401),
        ({"authorization": ""}, 401),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example:80"}, 421),
        ({"host": "localhost:9"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:6274"}, 200),
    ],
)
async def test_only_this_machines_own_come_in(serve, headers, status):
    async with serve() as kernel, httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(address_of(kernel), json=INITIALIZE, headers=allowed(kernel, **headers))
        assert answer.status_code == status, answer.text
        if status == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_there_is_one_path(serve):
    async with serve() as kernel, httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.get(address_of(kernel) + "/more", headers=allowed(kernel))
        assert answer.status_code == 404


async def test_a_system_may_do_without_the_token(serve):
    async with serve(**{"plugins.mcp.token": False}) as kernel:
        async with over_http(address_of(kernel), ERAS[0]) as client:
            assert (await client.list_tools()).tools
        assert not (kernel.state_directory / "mcp").exists()


def test_the_token_is_taken_out_of_what_is_shown(tmp_path):
    redactor = Redactor()
    said = redactor.feed(b"cat mcp/token: " + token_of(tmp_path).encode() + b"\n") + redactor.finish()
    assert said == b"cat mcp/token: [redacted]\n"


def test_the_token_is_for_its_user_alone(tmp_path):
    token = token_of(tmp_path)
    path = tmp_path / "mcp" / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert token_of(tmp_path) == token == path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token) >= 43
    path.write_text("\n")
    assert token_of(tmp_path) not in ("", token)


def test_a_guard_without_a_token_still_looks_at_the_names():
    guard = Guard("/mcp", "", Loans(1))
    assert guard.decide("/mcp", {b"host": b"[::1]:80"}) is None
    assert guard.decide("/mcp", {}).status == 421
    assert guard.decide("/mcp", {b"host": b"[::1]", b"origin": b"http://x"}).status == 403
    recalled = {b"host": b"[::1]", b"authorization": b"Bearer mosaic-lent-x"}
    assert guard.decide("/mcp", recalled).status == 401


async def test_a_body_that_is_too_long_is_refused(serve):
    async with serve(**{"plugins.mcp.body_bytes": 1000}) as kernel, httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(address_of(kernel), content=b"x" * 5000, headers=allowed(kernel))
        assert answer.status_code == 413


async def test_a_request_that_does_not_arrive_is_given_up(serve):
    async with serve(**{"plugins.mcp.request_seconds": 0.3}) as kernel:
        stream = await trio.open_tcp_stream(*place_of(kernel))
        async with stream:
            head = "".join(f"{name}: {value}\r\n" for name, value in allowed(kernel, host="localhost").items())
            await stream.send_all(f"POST /mcp HTTP/1.1\r\n{head}content-length: 100\r\n\r\n{{".encode())
            assert await received(stream) == b""


async def test_a_connection_that_is_silent_is_closed(serve):
    settings = {"plugins.mcp.idle_seconds": 0.3}
    async with serve(**settings) as kernel, await trio.open_tcp_stream(*place_of(kernel)) as stream:
        assert await received(stream) == b""


async def received(stream):
    with trio.fail_after(10):
        parts = [part async for part in stream]
    return b"".join(parts)


async def test_connections_are_bounded(serve):
    async with serve(**{"plugins.mcp.connections": 2}) as kernel:
        first, second = [await trio.open_tcp_stream(*place_of(kernel)) for _ in range(2)]
        await trio.testing.wait_all_tasks_blocked(0.05)
        async with first, second, await trio.open_tcp_stream(*place_of(kernel)) as third:
            assert (await received(third)).startswith(b"HTTP/1.1 503")
        async with httpx2.AsyncClient(trust_env=False) as http:
            await trio.testing.wait_all_tasks_blocked(0.05)
            answer = await http.post(address_of(kernel), json=INITIALIZE, headers=allowed(kernel))
            assert answer.status_code == 200


async def test_requests_follow_one_another_on_a_connection(serve):
    async with serve() as kernel, await trio.open_tcp_stream(*place_of(kernel)) as stream:
        body = json.dumps(INITIALIZE).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in allowed(kernel, host="localhost").items())
        one = f"POST /mcp HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body
        await stream.send_all(one + one)  # the second is sent ahead of the first one's answer
        seen = b""
        with trio.fail_after(10):
            while seen.count(b'"protocolVersion"') < 2:
                seen += await stream.receive_some()
        assert seen.count(b"HTTP/1.1 200") == 2


async def test_a_port_that_is_taken_is_said_and_the_rest_goes_on(serve, tmp_path):
    listener = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener[0].socket.getsockname()[1]
    settings = {"ports.storage": "memory", "ports.transport": ["mcp"], "plugins.mcp.port": port}
    async with (
        listener[0],
        Kernel(profile="local", directory=tmp_path, environment={}, settings=settings, serves=True) as kernel,
    ):
        transport = kernel.port("transport").get("mcp")
        await until(lambda: transport.trouble)
        assert "port-taken" in transport.trouble
        assert transport.addresses == ()
        assert (await kernel.dispatch("run.list")).items == []


async def test_a_client_that_leaves_in_the_middle_is_no_error(serve, capfd):
    async with serve() as kernel:
        async with await trio.open_tcp_stream(*place_of(kernel)) as stream:
            head = "".join(f"{name}: {value}\r\n" for name, value in allowed(kernel, host="localhost").items())
            await stream.send_all(f"POST /mcp HTTP/1.1\r\n{head}content-length: 100\r\n\r\n{{".encode())
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(address_of(kernel), json=INITIALIZE, headers=allowed(kernel))
            assert answer.status_code == 200
    told = capfd.readouterr().err
    assert "error" not in told
    assert "Traceback" not in told
