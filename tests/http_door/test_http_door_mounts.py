"""Applications of other plugins on the same port."""

import contextlib
import json

import trio
import trio.testing
from http_door_wire import head, raw, received, web_socket

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


class Lasting(Pages):
    """Lends an object whose requests the kernel does not count, at two paths."""

    def __init__(self, *paths):
        super().__init__(paths)
        self.begun = trio.Event()
        self.answers = super().asgi

    @property
    def asgi(self):
        return self

    async def serve(self, scope=None, receive=None, send=None):
        if scope is None:
            await trio.lowlevel.checkpoint()
            return
        if not scope["path"].endswith("/stream"):
            await self.answers(scope, receive, send)
            return
        scope["extensions"]["mosaic.endless"]()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
        )
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        self.begun.set()
        await trio.sleep_forever()


async def test_an_application_may_stand_at_several_paths_and_last(serve, connect):
    lasting = Lasting("/one", "/.well-known/one", "nowhere", 7)
    async with serve(**pages(lasting=lasting)) as kernel, connect(kernel) as http:
        assert (await http.get("/one/x")).json()["root_path"] == "/one"
        assert (await http.get("/.well-known/one")).json()["root_path"] == "/.well-known/one"
        assert (await http.get("/.well-known/two")).status_code == 404
        async with raw(kernel, head(kernel, "POST", "/one/stream", content_length="0")) as stream:
            await lasting.begun.wait()
            began = trio.current_time()
            await kernel.dispatch("plugins.reload", {"name": "http"})  # which does not wait for it
            assert trio.current_time() - began < 5
            assert b"begun" in await received(stream)
        assert (await http.get("/one/x")).status_code == 200


async def test_a_body_is_bounded_while_an_application_reads_it(serve):
    class Reader(Pages):
        async def asgi(self, scope, receive, send):
            self.seen = []
            while (message := await receive())["type"] == "http.request":
                self.seen.append(len(message["body"]))
                if not message["more_body"]:
                    await super().asgi(scope, receive, send)
                    return

    reader = Reader("/own")
    async with serve(**pages(own=reader), **{"plugins.http.body_bytes": 1000}) as kernel:
        for size, status in ((900, 200), (1100, 413)):
            chunk = b"%x\r\n%b\r\n" % (size // 2, b"x" * (size // 2))
            asked = head(kernel, "POST", "/own", transfer_encoding="chunked", connection="close")
            async with raw(kernel, asked + chunk) as stream:
                await trio.testing.wait_all_tasks_blocked(0.01)
                with contextlib.suppress(trio.BrokenResourceError):
                    await stream.send_all(chunk + b"0\r\n\r\n")
                assert int((await received(stream)).split()[1]) == status
            assert sum(reader.seen) <= 1000
