"""The endpoint over HTTP: who may come in, and what hostile clients cannot do."""

import json
import stat

import httpx2
import pytest
import trio
from mcp_clients import ERAS, over_http

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
        ({"origin": "http://localhost:6274"}, 403),
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


def test_a_guard_without_a_token_still_looks_at_who_comes():
    guard = Guard("/mcp", "", Loans(1))
    scope = {"path": "/mcp", "scheme": "https", "client": ("127.0.0.1", 1)}
    assert guard.decide(scope, {b"host": b"mosaic.example.org"}) is None
    assert guard.decide({**scope, "client": ("10.0.0.1", 1)}, {}).status == 403
    assert guard.decide({**scope, "path": "/mcp/"}, {}).status == 404
    assert guard.decide(scope, {b"authorization": b"Bearer mosaic-lent-x"}).status == 401


async def test_a_body_that_is_too_long_is_refused(serve):
    async with serve(**{"plugins.mcp.body_bytes": 1000}) as kernel, httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(address_of(kernel), content=b"x" * 5000, headers=allowed(kernel))
        assert answer.status_code == 413


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


async def test_without_the_door_it_says_why_it_is_not_reached(serve, tmp_path):
    settings = {"ports.storage": "memory", "ports.transport": ["mcp"]}
    async with Kernel(
        profile="local", directory=tmp_path, environment={}, settings=settings, serves=True
    ) as kernel:
        transport = kernel.port("transport").get("mcp")
        with trio.fail_after(10):
            while "plugin http" not in await transport.trouble():
                await trio.lowlevel.checkpoint()
        assert transport.addresses == ()
        checks = (await kernel.dispatch("doctor.check")).checks
        assert [check.detail for check in checks if "MCP over HTTP" in check.detail]
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
