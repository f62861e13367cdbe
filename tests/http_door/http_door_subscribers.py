"""A process of many who follow the log of a system that serves, half of them over each kind of stream.

    python http_door_subscribers.py HOST PORT COUNT LAST < BEARER

Says ``ready`` when all of them follow, and at last, as JSON, the places of the events that they have seen until
the one at LAST, which are the same for each of them.
"""

import json
import sys

import trio
from http_door_wire import Elsewhere, events, web_socket

_AT_ONCE = 50


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def over_sse(door, last, ready):
    seen = []
    async with events(door, "/api/events?after=0&kinds=run.") as stream:
        ready()
        while not seen or seen[-1] < last:
            number, _, data = await stream.next()
            assert int(number) == data["sequence"]
            seen.append(data["sequence"])
    return seen


async def over_socket(door, last, ready):
    seen = []
    async with web_socket(door) as socket:
        await socket.say(subscribe="a", operation="event.follow", input={"after": 0}, kinds=["run."])
        assert await socket.next() == {"subscribed": "a"}
        ready()
        while not seen or seen[-1] < last:
            message = await socket.next()
            assert message["cursor"] == message["item"]["sequence"]
            seen.append(message["cursor"])
    return seen


async def main(door, count, last):
    found = []
    waiting = 2 * count
    room = trio.Semaphore(_AT_ONCE)

    def ready():
        nonlocal waiting
        waiting -= 1
        room.release()
        if not waiting:
            say("ready")

    async def one(follow):
        found.append(await follow(door, last, ready))

    async with trio.open_nursery() as nursery:
        for number in range(2 * count):
            await room.acquire()
            nursery.start_soon(one, over_sse if number < count else over_socket)
    assert all(seen == found[0] for seen in found)
    say(json.dumps(found[0]))


if __name__ == "__main__":
    host, port, count, last = sys.argv[1:]
    trio.run(main, Elsewhere((host, int(port)), sys.stdin.read().strip()), int(count), int(last))
