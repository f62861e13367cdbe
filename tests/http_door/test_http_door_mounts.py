"""Applications of other plugins on the same port."""

import json

import trio
from http_door_wire import web_socket

from mosaic_hookspecs import Manifest, Provides, Provision, hookimpl


class Pages:
    """Lends an application; says what it was told."""

    name = "pages"
    addresses = ()
    has_addresses = False

    def __init__(self, path, *, is_open=False, policy=None):
        self.asgi_path = path
        self.asgi_is_open = is_open
        self.policy = policy

    async def serve(self):
        await trio.lowlevel.checkpoint()

    async def asgi(self, scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": '{"from": "pages"}'})
            return
        told = {name: scope[name] for name in ("path", "root_path", "method")} | scope["state"]
        headers = [(b"content-type", b"application/json")]
        headers += [(b"content-security-policy", self.policy)] if self.policy else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})


class PagesPlugin:
    """Provides transports with applications."""

    def __init__(self, *providers):
        self._providers = providers

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="transport", name=name, provider=provider) for name, provider in self._providers]


def pages(**providers):
    provides = tuple(Provides(port="transport", contract="1.1", name=name) for name in providers)
    plugin = PagesPlugin(*providers.items())
    return {
        "plugins": [("pages", plugin, Manifest(summary="Pages.", provides=provides))],
        "ports": ("http", *providers),
    }


async def test_pages_are_mounted_behind_the_guard(serve, connect):
    given = pages(root=Pages("/", policy=b"default-src 'self'"), deep=Pages("/deep/er/"))
    async with serve(**given) as kernel, connect(kernel) as http:
        answer = await http.get("/any/where")
        assert answer.json()["path"] == "/any/where"
        assert answer.json()["root_path"] == ""
        assert answer.json()["mosaic"]["name"] == "local"
        assert answer.headers["content-security-policy"] == "default-src 'self'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        deep = await http.get("/deep/er/page")
        assert (deep.json()["root_path"], "content-security-policy" in deep.headers) == ("/deep/er", True)
        assert (await http.get("/deep/erring")).json()["root_path"] == ""
        assert (await http.get("/api/runs")).json() == {"items": []}
        async with web_socket(kernel, "/stream") as socket:
            assert await socket.next() == {"from": "pages"}
            assert await socket.until_closed() == 1000
        async with connect(kernel, token=False) as stranger:
            assert (await stranger.get("/any/where")).status_code == 401


async def test_one_that_lets_people_in_itself_is_still_behind_names_and_origins(serve, connect):
    async with serve(**pages(lent=Pages("/mcp", is_open=True))) as kernel, connect(kernel, token=False) as http:
        assert (await http.get("/mcp")).json()["mosaic"] is None
        assert (await http.get("/mcp", headers={"origin": "https://evil.example"})).status_code == 403
        assert (await http.get("/mcp", headers={"host": "evil.example"})).status_code == 421
        assert (await http.get("/mcpx")).status_code == 401


async def test_the_browsers_proof_reaches_the_pages(serve, connect):
    async with serve(**pages(root=Pages("/"))) as kernel, connect(kernel, token=False) as http:
        link = await kernel.dispatch("http.link")
        cookie = (await http.get(link.url)).headers["set-cookie"].partition(";")[0]
        http.cookies.clear()
        told = (await http.get("/", headers={"cookie": cookie})).json()["mosaic"]
        session = (await http.get("/api/session", headers={"cookie": cookie})).json()
        assert told["csrf"] == session["csrf"] != ""


async def test_what_is_no_mount_is_left_alone(serve, connect):
    given = pages(one=Pages("/api"), two=Pages("nowhere"), three=Pages(7))
    async with serve(**given) as kernel, connect(kernel) as http:
        assert "The HTTP API" in (await http.get("/api")).text
        assert (await http.get("/nowhere")).status_code == 404
