"""What changes while it is served: operations come and go, and the plugin itself is replaced."""

import attrs
import trio
import trio.testing
from http_door_wire import events, new_run, until, web_socket

from mosaic_hookspecs import Manifest, Operation, OperationKind, hookimpl


@attrs.frozen(kw_only=True)
class Nothing:
    """Nothing."""


@attrs.frozen(kw_only=True)
class Word:
    """A word."""

    word: str = ""


class GrowingPlugin:
    """Has one operation more at each loading."""

    number = 0

    def __init__(self):
        GrowingPlugin.number += 1
        self.numbers = range(GrowingPlugin.number)

    @hookimpl
    def mosaic_operations(self, context):
        return [
            Operation(
                name=f"growth.word{number}",
                kind=OperationKind.QUERY,
                input=Nothing,
                output=Word,
                handler=self._word,
                permission="",
                summary="Grows.",
            )
            for number in self.numbers
        ]

    async def _word(self, data, call):
        return Word(word="new")


async def test_new_operations_appear_and_no_connection_is_dropped(serve, connect):
    GrowingPlugin.number = 0
    given = ("growth", GrowingPlugin, Manifest(summary="Grows."))
    async with serve(plugins=[given]) as kernel, connect(kernel) as http:
        before = (await http.get("/api/openapi.json")).json()["paths"]
        assert (await http.get("/api/growths/word0")).json() == {"word": "new"}
        assert (await http.get("/api/growths/word1")).status_code == 404
        async with events(kernel, "/api/events?after=now") as stream, web_socket(kernel) as socket:
            await socket.say(subscribe="a", operation="event.follow", input={"after": "now"})
            await socket.next()
            await kernel.dispatch("plugins.reload", {"name": "growth"})
            with trio.fail_after(5):
                while (await http.get("/api/growths/word1")).status_code == 404:
                    await trio.lowlevel.checkpoint()
            after = (await http.get("/api/openapi.json")).json()["paths"]
            assert set(after) - set(before) == {"/api/growths/word1"}
            run = (await new_run(http))["run_id"]
            assert (await stream.next())[2]["run_id"] == run
            assert (await socket.next())["item"]["run_id"] == run


async def test_the_door_itself_is_replaced(serve, connect):
    async with serve() as kernel, connect(kernel) as http, connect(kernel, token=False) as browser:
        [address] = kernel.port("transport").get("http").addresses
        link = await kernel.dispatch("http.link")
        unused = await kernel.dispatch("http.link")
        cookie = (await browser.get(link.url)).headers["set-cookie"].partition(";")[0]
        browser.cookies.clear()
        run = (await new_run(http))["run_id"]
        statuses = []

        async def ask(scope):
            with scope:
                while True:
                    statuses.append((await http.get("/api/runs")).status_code)

        async with web_socket(kernel) as socket, events(kernel, "/api/events?after=0") as stream:
            first = await stream.next()
            async with trio.open_nursery() as nursery:
                scope = trio.CancelScope()
                nursery.start_soon(ask, scope)
                await until(lambda: statuses)
                await kernel.dispatch("plugins.reload", {"name": "http"})
                count = len(statuses)
                await until(lambda: len(statuses) > count + 3)
                scope.cancel()
            assert await socket.until_closed() == 1012
        assert set(statuses) == {200}, statuses
        await until(lambda: kernel.port("transport").get("http").addresses)
        assert kernel.port("transport").get("http").addresses == (address,)
        assert (await browser.get("/api/runs", headers={"cookie": cookie})).status_code == 200
        assert (await browser.get(unused.url)).status_code == 200
        async with events(kernel, "/api/events", last_event_id=first[0]) as stream:
            await http.post(f"/api/runs/{run}/pause", json={})
            assert int((await stream.next())[0]) == int(first[0]) + 1


async def test_a_drain_lets_the_last_requests_finish_and_takes_no_more(door):
    kernel, http = door
    server = kernel.port("transport").get("http")._servers[0]
    assert (await http.get("/api/runs")).headers.get("connection") is None
    async with events(kernel, "/api/events?after=now"), trio.open_nursery() as nursery:
        nursery.start_soon(server.drain)
        await trio.testing.wait_all_tasks_blocked()
        last = await http.get("/api/runs")
        assert (last.status_code, last.headers["connection"]) == (200, "close")
    with trio.fail_after(5):
        await until(lambda: not server._count)
