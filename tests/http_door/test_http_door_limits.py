"""Limits: what is too long, too slow, too much or no HTTP harms nobody else."""

import json

import trio
import trio.testing
from http_door_wire import events, head, new_run, place_of, raw, received


async def answered(kernel, text):
    async with raw(kernel, text) as stream:
        data = await received(stream)
    return int(data.split()[1]) if data else 0


async def test_bodies_that_are_too_long_are_refused(serve):
    async with serve(**{"plugins.http.body_bytes": 1000}) as kernel:
        body = {"content_type": "application/json", "connection": "close"}
        for path in ("/api/runs", "/api/call/run.list"):
            assert await answered(kernel, head(kernel, "POST", path, content_length="9999999", **body)) == 413
            begun = head(kernel, "POST", path, transfer_encoding="chunked", **body)
            assert await answered(kernel, begun + b"7d0\r\n" + b"x" * 2000 + b"\r\n") == 413
        begun = head(kernel, "GET", "/api/runs", content_length="5000", connection="close")
        assert await answered(kernel, begun + b"x" * 5000) == 413


async def test_bodies_that_come_too_slowly_are_given_up(serve):
    async with serve(**{"plugins.http.request_seconds": 0.2}) as kernel:
        begun = head(kernel, "POST", "/api/runs", content_length="100", content_type="application/json")
        assert await answered(kernel, begun + b"{") == 408


async def test_heads_that_come_too_slowly_are_given_up(serve):
    settings = {"plugins.http.request_seconds": 0.2, "plugins.http.idle_seconds": 60}
    async with serve(**settings) as kernel, raw(kernel, b"GET / HT") as stream:
        for _ in range(3):
            with trio.move_on_after(0.05):
                await stream.send_all(b"T")
            await trio.sleep(0.02)
        assert await received(stream) == b""


async def test_connections_without_a_request_are_closed(serve):
    async with serve(**{"plugins.http.idle_seconds": 0.1}) as kernel, raw(kernel, b"") as stream:
        assert await received(stream) == b""


async def test_what_is_no_http_is_refused(door):
    kernel, http = door
    for text in (b"\x16\x03\x01\x02\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        assert await answered(kernel, text) == 400
    assert (await http.get("/api/runs")).status_code == 200


async def test_a_head_that_is_too_long_is_refused(door):
    kernel, _ = door
    asked = head(kernel, "GET", "/api/runs", x_long="x" * 200_000, connection="close")
    assert await answered(kernel, asked) == 431


async def test_paths_lead_nowhere_else(door, tmp_path):
    kernel, http = door
    (tmp_path / "secret.txt").write_text("secret")
    for path in (
        "/../../../../etc/passwd",
        "/api/../../etc/passwd",
        "/api/%2e%2e/%2e%2e/etc/passwd",
        "/api/..%2f..%2fetc%2fpasswd",
        "/api/reference.css/../../plugin.py",
        "//etc/passwd",
        "/api/runs/..%2f..%2fsecret.txt",
        "/api/runs/%00",
        "/api/runs/%ff",
        "/.mosaic/http/token",
        "/api\\..\\x",
    ):
        async with raw(kernel, head(kernel, "GET", path, connection="close")) as stream:
            data = await received(stream)
        status, body = int(data.split()[1]), data.partition(b"\r\n\r\n")[2]
        assert status in (400, 404), path
        assert json.loads(body)["code"] in ("bad-path", "not-found", "no-run"), path
    assert (await http.get("/api/runs/a%2Fb")).json()["what"] == "there is no run 'a/b'"


async def test_too_many_requests_are_refused(serve, connect, mock_clock):
    mock_clock.rate = 1
    async with serve(**{"plugins.http.rate": 2}) as kernel, connect(kernel) as http:
        mock_clock.rate = 0  # while they come, no time passes that would make room
        statuses = [(await http.get("/api/runs")).status_code for _ in range(7)]
        mock_clock.rate = 1
    assert statuses == [200] * 4 + [429] * 3


async def test_too_many_connections_are_refused(serve):
    async with serve(**{"plugins.http.connections": 2}) as kernel:
        async with raw(kernel, b""), raw(kernel, b""):
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert await answered(kernel, head(kernel, "GET", "/api/runs")) == 503
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert await answered(kernel, head(kernel, "GET", "/api/runs", connection="close")) == 200


async def test_who_never_reads_is_dropped_and_nobody_else(serve, connect):
    settings = {"plugins.http.send_seconds": 0.3, "plugins.http.heartbeat_seconds": 0.05}
    async with serve(**settings) as kernel, connect(kernel) as http:
        run = (await new_run(http))["run_id"]
        listener = kernel.port("transport").get("http")
        lazy = trio.socket.socket()
        lazy.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 2048)
        await lazy.connect(place_of(kernel))
        async with trio.SocketStream(lazy) as stream, events(kernel, "/api/events?after=now") as reader:
            await stream.send_all(head(kernel, "GET", "/api/events?after=0"))
            await trio.testing.wait_all_tasks_blocked(0.01)
            server = listener._servers[0]
            assert len(server._answering) == 2
            long = "x" * 60_000
            seen = 0
            # Until the system's own buffers for the socket are full as well.
            with trio.fail_after(20):
                while len(server._answering) == 2:
                    for command in ("pause", "resume"):
                        body = {"reason": long} if command == "pause" else {}
                        assert (await http.post(f"/api/runs/{run}/{command}", json=body)).status_code == 200
                        await reader.next()
                        seen += 1
            assert seen
            assert (await http.get("/api/runs")).status_code == 200
