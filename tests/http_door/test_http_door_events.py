"""Server-sent events: in order, resumed without loss or repeat, and of every stream operation."""

import json

import pytest
import trio
import trio.testing
from http_door_wire import events, head, new_run, raw, received, until


async def grow(http, run, count):
    """Add `count` pairs of events to a log."""
    for _ in range(count):
        for command in ("pause", "resume"):
            assert (await http.post(f"/api/runs/{run}/{command}", json={})).status_code == 200


async def test_events_come_in_order_and_are_resumed(door):
    kernel, http = door
    run = (await new_run(http))["run_id"]
    seen = []
    async with events(kernel, "/api/events") as stream:
        assert stream.status == 200
        assert "content-type: text/event-stream" in stream.headers
        await grow(http, run, 3)
        seen += [await stream.next() for _ in range(5)]
    await grow(http, run, 2)
    async with events(kernel, "/api/events?after=0", last_event_id=seen[-1][0]) as stream:
        store = await kernel.dispatch("storage.info")
        while len(seen) < store.events:
            seen.append(await stream.next())
    numbers = [int(number) for number, _, _ in seen]
    assert numbers == list(range(1, store.events + 1))
    assert [data["sequence"] for _, _, data in seen] == numbers
    assert seen[0][2]["kind"] == "run.created"
    assert seen[0][2]["run_id"] == run


async def test_events_are_chosen_by_run_and_kind(door):
    kernel, http = door
    first, second = [(await new_run(http))["run_id"] for _ in range(2)]
    async with (
        events(kernel, f"/api/runs/{second}/events?after=0") as of_run,
        events(kernel, "/api/events?after=0&kinds=run.paused,task.") as of_kinds,
    ):
        await grow(http, first, 1)
        await grow(http, second, 1)
        found = [(await of_run.next())[2] for _ in range(3)]
        assert {one["run_id"] for one in found} == {second}
        kinds = [(await of_kinds.next())[2]["kind"] for _ in range(2)]
        assert all(kind == "run.paused" or kind.startswith("task.") for kind in kinds)


async def test_who_is_behind_the_ring_reads_on_from_the_log(serve, connect):
    async with serve(**{"plugins.http.ring": 3}) as kernel, connect(kernel) as http:
        run = (await new_run(http))["run_id"]
        async with events(kernel, "/api/events?after=now") as early:
            await grow(http, run, 6)
            total = (await kernel.dispatch("storage.info")).events
            async with events(kernel, "/api/events?after=0") as late:
                found = [int((await late.next())[0]) for _ in range(total)]
            assert found == list(range(1, total + 1))
            assert int((await early.next())[0]) > 1


async def test_silent_streams_beat(serve):
    settings = {"plugins.http.heartbeat_seconds": 0.05}
    async with serve(**settings) as kernel, events(kernel, "/api/events?after=now") as stream:
        with trio.fail_after(5):
            while stream.rest.count(b": still here") < 3:
                stream.rest += await stream._part()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/events?after=-1", 400, "bad-cursor"),
        ("/api/events?after=soon", 400, "bad-cursor"),
        ("/api/events?after=99999", 409, "ahead-of-log"),
        ("/api/events?nothing=1", 400, "bad-input"),
        ("/api/operations/follow?nothing=1", 400, "bad-input"),
    ],
)
async def test_what_cannot_be_followed_is_a_problem(door, path, status, code):
    kernel, _ = door
    async with raw(kernel, head(kernel, "GET", path, connection="close")) as stream:
        data = await received(stream)
    assert (int(data.split()[1]), json.loads(data.partition(b"\r\n\r\n")[2])["code"]) == (status, code)


async def test_other_streams_are_followed_too(door):
    kernel, _ = door
    async with events(kernel, "/api/operations/follow") as stream:
        _, _, data = await stream.next()
        assert "run.list" in data["names"]


async def test_nothing_is_followed_when_nobody_listens(door):
    kernel, _ = door
    transport = kernel.port("transport").get("http")
    hub = transport._servers[0]._app._streams._hub
    async with events(kernel, "/api/events"):
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert hub._scope is not None
    await until(lambda: hub._scope is None)
    assert hub._listeners == 0


async def test_many_listeners_get_every_event_in_order(door):
    kernel, http = door
    run = (await new_run(http))["run_id"]
    count, total = 50, 21

    async def listen(results):
        async with events(kernel, "/api/events?after=0") as stream:
            results.append([int((await stream.next())[0]) for _ in range(total)])

    results = []
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(listen, results)
        await grow(http, run, 10)
    assert results == [list(range(1, total + 1))] * count


async def test_an_error_at_the_first_item_has_its_own_status(door):
    kernel, _ = door
    async with raw(kernel, head(kernel, "GET", "/api/operations/follow?x=1", connection="close")) as stream:
        data = await received(stream)
    assert data.startswith(b"HTTP/1.1 400")
