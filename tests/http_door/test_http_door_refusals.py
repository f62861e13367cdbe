"""What is refused, wherever it goes: the API, MCP, the dashboard's pages, and another plugin's application."""

import json

import httpx
import pytest
import trio
from http_door_wire import head, place_of, raw, received, until
from test_http_door_mounts import Pages, PagesPlugin

from mosaic_hookspecs import Manifest, Provides
from mosaic_mcp.guard import token_of as mcp_token_of

PLACES = ("/api/runs", "/api/live", "/mcp", "/", "/runs", "/own/page")
"""One path of each."""
_TAKES_BODIES = ("/api/runs", "/mcp", "/own/page", "/")


class Reading(Pages):
    """Reads the whole body before it answers."""

    async def asgi(self, scope, receive, send):
        if scope["type"] == "http":
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass
            if message["type"] == "http.disconnect":
                return
        await super().asgi(scope, receive, send)


@pytest.fixture
async def house(serve):
    """Everything on one port."""
    own = Reading("/own")
    provides = (Provides(port="transport", contract="1.1", name="own"),)
    plugin = ("own", PagesPlugin(("own", own)), Manifest(summary="Pages.", provides=provides))
    settings = {
        "plugins.dashboard": {},
        "plugins.http.wrong_tokens": 1e6,
        "plugins.http.body_bytes": 2000,
        "plugins.mcp.body_bytes": 2000,
        "plugins.http.request_seconds": 0.5,
    }
    async with serve(plugins=[plugin], ports=("http", "mcp", "own"), **settings) as kernel:
        await until(lambda: kernel.port("transport").get("mcp").addresses)
        yield kernel


def bearer_for(kernel, path):
    token = mcp_token_of(kernel.state_directory) if path.startswith("/mcp") else None
    return {} if token is None else {"authorization": f"Bearer {token}"}


async def status(kernel, method, path, body=b"", **headers):
    async with raw(kernel, head(kernel, method, path, connection="close", **headers) + body) as stream:
        data = await received(stream)
    return int(data.split()[1]) if data else 0


async def test_names_origins_and_credentials_are_looked_at_everywhere(house):
    port = place_of(house)[1]
    own = f"localhost:{port}"
    wrong = [
        (421, {"host": "evil.example"}),
        (421, {"host": f"127.0.0.1.evil.example:{port}"}),
        (421, {"host": f"localhost.:{port}"}),
        (403, {"host": own, "origin": "https://evil.example"}),
        (403, {"host": own, "origin": "null"}),
        (403, {"host": own, "origin": f"https://localhost:{port}"}),
        (403, {"host": own, "origin": f"http://localhost:{port + 1}"}),
        (403, {"host": own, "origin": f"http://127.0.0.1:{port}"}),
        (401, {"host": own, "authorization": None}),
        (401, {"host": own, "authorization": "Bearer wrong"}),
        (401, {"host": own, "authorization": "Basic bG9jYWw6bG9jYWw="}),
        (401, {"host": own, "authorization": None, "cookie": f"mosaic-{port}=wrong"}),
    ]
    for path in PLACES:
        for expected, headers in wrong:
            given = {**bearer_for(house, path), **headers}
            method = "POST" if path == "/mcp" else "GET"
            found = await status(house, method, path, **given)
            assert found == expected, (path, headers, found)
    about = await status(house, "GET", "/.well-known/oauth-protected-resource/mcp", host="evil.example")
    assert about == 421


async def test_a_browser_that_is_not_signed_in_is_told_how(house):
    [base] = house.port("transport").get("http").addresses
    async with httpx.AsyncClient(trust_env=False, base_url=base) as http:
        for path in ("/", "/runs", "/own/page", "/api"):
            answer = await http.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 401
            assert "Sign in first" in answer.text
            assert "mosaic open" in answer.text
        stranger = await http.post("/login?code=x")
        assert stranger.status_code == 404
        assert (await http.get("/login?code=x")).status_code == 401


async def test_bodies_are_bounded_everywhere(house):
    for path in _TAKES_BODIES:
        kind = {"content_type": "application/json", **bearer_for(house, path)}
        said = await status(house, "POST", path, content_length="5000", **kind)
        assert said == 413, (path, said)
        chunks = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        found = await status(
            house, "POST", path, chunks * 3 + b"0\r\n\r\n", transfer_encoding="chunked", **kind
        )
        assert found == 413 or (path == "/" and found in (400, 404, 405, 415)), (path, found)


async def test_bodies_that_do_not_come_are_given_up_everywhere(house):
    found = {}

    async def ask(path):
        kind = {"content_type": "application/json", **bearer_for(house, path)}
        found[path] = await status(house, "POST", path, b"{", content_length="100", **kind)

    async with trio.open_nursery() as nursery:
        for path in _TAKES_BODIES:
            nursery.start_soon(ask, path)
    assert found.pop("/") in (400, 403, 404, 405, 408, 415)  # who does not read it does not wait for it
    assert set(found.values()) == {408}, found


LEADING_ELSEWHERE = (
    "/../../etc/passwd",
    "/static/../plugin.py",
    "/static/..%2fplugin.py",
    "/static/%2e%2e/plugin.py",
    "/static/%2e%2e%2fplugin.py",
    "/static/..%5cplugin.py",
    "/static/%2e%2e%5c%2e%2e%5cplugin.py",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/own/..%2f..%2fetc/passwd",
    "/own/%2e%2e/api/runs",
    "/mcp/..%2fapi%2fruns",
    "/mcp/%2e%2e/api/runs",
    "/static/app%00.js",
)


async def test_no_path_leads_out_of_an_application(house):
    for path in LEADING_ELSEWHERE:
        for method in ("GET", "POST"):
            asked = head(house, method, path, connection="close", **bearer_for(house, path))
            async with raw(house, asked) as stream:
                data = await received(stream)
            code, body = int(data.split()[1]), data.partition(b"\r\n\r\n")[2]
            assert code in (400, 403, 404, 405), (path, data)
            assert b"hookimpl" not in body
            assert b"root:" not in body
            if ".." in path or "%2e%2e" in path:
                assert json.loads(body)["code"] == "bad-path", (path, body)
