"""Many who follow the log at once, over both kinds of stream: each gets every event, in order."""

import os

import pytest
import trio
import trio.testing
from http_door_wire import Socket, bearer, events, head, new_run, place_of, web_socket
from wsproto.events import Request

THOROUGH = float(os.environ.get("MOSAIC_CHAOS", "1")) > 1
COUNT = 1000 if THOROUGH else 25
"""Subscribers of each kind."""
CHANGES = 10
SECONDS = 560 if THOROUGH else 30
_AT_ONCE = 50


async def over_sse(kernel, last, seen, ready):
    async with events(kernel, "/api/events?after=0&kinds=run.") as stream:
        ready()
        while not seen or seen[-1] < last:
            number, _, data = await stream.next()
            assert int(number) == data["sequence"]
            seen.append(data["sequence"])


async def over_socket(kernel, last, seen, ready):
    async with web_socket(kernel) as socket:
        await socket.say(subscribe="a", operation="event.follow", input={"after": 0}, kinds=["run."])
        assert await socket.next() == {"subscribed": "a"}
        ready()
        while not seen or seen[-1] < last:
            message = await socket.next()
            assert message["cursor"] == message["item"]["sequence"]
            seen.append(message["cursor"])


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
        seen = [[] for _ in range(2 * COUNT)]
        waiting = 2 * COUNT
        all_there = trio.Event()
        room = trio.CapacityLimiter(_AT_ONCE)

        def ready():
            nonlocal waiting
            waiting -= 1
            room.release_on_behalf_of(waiting)
            if not waiting:
                all_there.set()

        with trio.fail_after(SECONDS):
            async with trio.open_nursery() as nursery:
                for number in range(2 * COUNT):
                    await room.acquire_on_behalf_of(2 * COUNT - 1 - number)
                    follow = over_sse if number < COUNT else over_socket
                    nursery.start_soon(follow, kernel, last, seen[number], ready)
                await all_there.wait()
                for _ in range(CHANGES):
                    for command in ("pause", "resume"):
                        body = {"reason": "x" * 1000} if command == "pause" else {}
                        answer = await http.post(f"/api/runs/{run}/{command}", json=body)
                        assert answer.status_code == 200, answer.text
            assert all(one == seen[0] for one in seen)
            assert seen[0][-2 * CHANGES :] == list(range(first + 1, last + 1))
            assert seen[0] == sorted(set(seen[0]))
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
