"""Whatever a client does, the socket goes on serving the others, within its limits."""

import os
import struct

import pytest
import trio
import trio.testing
from control_client import open_files

from mosaic_control import peers
from mosaic_hookspecs.wire import Failure, Request, encode, error_from_data


async def is_served(connect, transport):
    client = await connect(transport)
    try:
        return (await client.call("greet")).result["text"] == "greet"
    finally:
        await client.stream.aclose()


GARBAGE = (b"\0\xff garbage", b"[]", b"{}", b'{"jsonrpc": "2.0"}', b"[" * 100_000, b'"\xed\xa0\x80"')


async def pour(client, data, pause=0.0):
    """Send for as long as the other side takes it."""
    for _ in range(1000):
        await client.stream.send_all(data)
        await trio.sleep(pause)


@pytest.mark.parametrize("line", GARBAGE)
async def test_garbage_is_answered_and_ends_the_connection(client, transport, line, connect):
    await client.stream.send_all(line + b"\n")
    answer = await client.receive()
    assert isinstance(answer, Failure)
    assert answer.id is None
    assert error_from_data(answer.error).code == "not-json-rpc"
    assert await client.receive() is None
    assert await is_served(connect, transport)


async def test_a_huge_line_is_refused_before_it_is_held(served, nursery, connect, start):
    transport = await start(line_bytes=10_000)
    client = await connect(transport)
    with pytest.raises(trio.BrokenResourceError):
        await pour(client, b"x" * 100_000)
    assert await is_served(connect, transport)
    client = await connect(transport)
    await client.stream.send_all(b"x" * 10_001)
    assert error_from_data((await client.receive()).error).code == "line-too-long"


async def test_half_a_line_and_silence_is_cut(start, connect):
    transport = await start(line_seconds=0.3)
    client = await connect(transport)
    await client.stream.send_all(b'{"jsonrpc"')
    assert await client.receive() is None
    assert await is_served(connect, transport)


async def test_a_line_in_drops_is_cut_too(start, connect):
    client = await connect(await start(line_seconds=0.3))
    began = trio.current_time()
    with pytest.raises(trio.BrokenResourceError):
        await pour(client, b"x", pause=0.05)
    assert trio.current_time() - began < 3


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not(start, served, connect):
    transport = await start(idle_seconds=0.3)
    idle, busy = await connect(transport), await connect(transport)
    await busy.send("dispatch", "wait")
    assert await idle.receive() is None
    await trio.sleep(0.7)
    served.release.set()
    assert (await busy.receive()).result["text"] == "wait"
    # It is idle from the answer on, not from the request.
    assert (await busy.call("greet")).result["text"] == "greet"
    assert await busy.receive() is None


async def test_too_many_requests_are_refused_and_the_others_go_on(client, served):
    for number in range(6):
        await client.send("dispatch", "wait", number=number)
    refused = [await client.receive() for _ in range(2)]
    assert {error_from_data(one.error).code for one in refused} == {"too-many-requests"}
    await client.send("dispatch", "wait", number=0)
    assert error_from_data((await client.receive()).error).code == "duplicate-id"
    served.release.set()
    assert {(await client.receive()).id for _ in range(4)} == {0, 1, 2, 3}


async def test_a_thousand_connections(transport, served, connect):
    clients = [await connect(transport) for _ in range(1000)]
    for client in clients[8:]:
        answer = await client.receive()
        assert error_from_data(answer.error).code == "too-many-connections"
        await client.stream.aclose()
    for client in clients[:8]:
        await client.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert not transport._connections
    assert await is_served(connect, transport)
    before = open_files()
    for _ in range(50):
        assert await is_served(connect, transport)
    assert open_files() <= before + 2


async def test_a_reader_that_does_not_read_is_cut(start, served, connect):
    transport = await start(send_seconds=0.4)
    slow = await connect(transport)
    await slow.send("follow", "count", {"size": 100_000})
    await served.left(1)
    await trio.testing.wait_all_tasks_blocked()
    assert "control.slow_reader" in served.log.events()
    # It was made no more than the socket holds and one besides.
    assert served.cancelled[0] < 50
    assert await is_served(connect, transport)


async def test_a_flood_of_requests_without_reading_answers(start, connect):
    transport = await start(send_seconds=0.4)
    flood = await connect(transport)
    line = encode(Request(id=1, method="dispatch", params={"operation": "wait", "input": {}}))
    with pytest.raises(trio.BrokenResourceError), trio.fail_after(20):
        await pour(flood, line * 1000)
    assert await is_served(connect, transport)


async def test_another_user_is_told_and_closed(transport, served, monkeypatch, connect):
    monkeypatch.setattr(peers.os, "getuid", lambda: 123456)
    client = await connect(transport)
    assert error_from_data((await client.receive()).error).code == "other-user"
    assert await client.receive() is None
    assert served.asked == []


def test_who_is_at_the_other_end_is_what_the_system_says():
    class Connection:
        def getsockopt(self, level, option, size):
            return struct.pack("3i", 1, self.user, 1)

    connection = Connection()
    connection.user = os.getuid()
    assert peers.is_same_user(connection)
    connection.user += 1
    assert not peers.is_same_user(connection)
