"""Many who follow the log at once, over both kinds of stream: each gets every event, in order."""

import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from http_door_wire import Socket, bearer, head, new_run, place_of
from wsproto.events import Request

THOROUGH = float(os.environ.get("MOSAIC_CHAOS", "1")) > 1
COUNT = 1000 if THOROUGH else 25
"""Subscribers of each kind."""
CHANGES = 10
SECONDS = 560 if THOROUGH else 30
PROGRAM = Path(__file__).with_name("http_door_subscribers.py")


class Subscribers:
    """The process of those who read."""

    def __init__(self, process):
        self._process = process
        self._rest = b""

    async def said(self):
        """Return the next line that it says."""
        while b"\n" not in self._rest:
            data = await self._process.stdout.receive_some()
            assert data, "it has ended"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@asynccontextmanager
async def subscribers(kernel, last):
    """Start those who read, who shall not be slowed down by the server, nor slow it down."""
    argv = [sys.executable, PROGRAM, *place_of(kernel), COUNT, last]
    start = partial(
        trio.run_process, [str(part) for part in argv], stdin=bearer(kernel).encode(), stdout=subprocess.PIPE
    )
    async with trio.open_nursery() as nursery:
        yield Subscribers(await nursery.start(start))


async def never_reading(kernel, *, as_socket):
    """Connect, subscribe to everything, and read no more."""
    lazy = trio.socket.socket()
    lazy.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 2048)
    await lazy.connect(place_of(kernel))
    stream = trio.SocketStream(lazy)
    if not as_socket:
        await stream.send_all(head(kernel, "GET", "/api/events?after=0"))
        return stream
    socket = Socket(stream)
    headers = [(b"authorization", bearer(kernel).encode())]
    await stream.send_all(
        socket.connection.send(Request(host="localhost", target="/api/live", extra_headers=headers))
    )
    socket.accepted = False
    while not socket.accepted:
        await socket.read()
    await socket.say(subscribe="a", operation="event.follow", input={"after": 0})
    return stream


@pytest.mark.chaos
async def test_everybody_gets_everything_in_order_and_who_never_reads_is_dropped(serve, connect):
    settings = {
        "plugins.http.connections": 2 * COUNT + 10,
        "plugins.http.rate": 1e6,
        "plugins.http.send_seconds": 0.5 if not THOROUGH else 20,
        "kernel.log_level": "error",
    }
    async with serve(**settings) as kernel, connect(kernel) as http:
        run = (await new_run(http))["run_id"]
        first = (await kernel.dispatch("storage.info", {})).events
        last = first + 2 * CHANGES
        server = kernel.port("transport").get("http")._servers[0]
        lazy = [await never_reading(kernel, as_socket=kind) for kind in (False, True)]
        with trio.fail_after(SECONDS):
            async with subscribers(kernel, last) as readers:
                assert await readers.said() == "ready"
                for _ in range(CHANGES):
                    for command in ("pause", "resume"):
                        body = {"reason": "x" * 1000} if command == "pause" else {}
                        answer = await http.post(f"/api/runs/{run}/{command}", json=body)
                        assert answer.status_code == 200, answer.text
                seen = json.loads(await readers.said())
            assert seen[-2 * CHANGES :] == list(range(first + 1, last + 1))
            assert seen == sorted(set(seen))
            # What fills the system's own buffers for the sockets of those two, and nobody else hears.
            while server._count > 1:
                body = {"reason": "x" * 200_000}
                for command in ("pause", "resume"):
                    answer = await http.post(
                        f"/api/runs/{run}/{command}", json=body if command == "pause" else {}
                    )
                    assert answer.status_code == 200
                await trio.testing.wait_all_tasks_blocked(0.01)
        for stream in lazy:
            await stream.aclose()
        assert (await http.get("/api/runs")).status_code == 200
