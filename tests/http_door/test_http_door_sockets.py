"""WebSockets: subscriptions with cursors, and what is wrong on them."""

import trio
from http_door_wire import new_run, until, web_socket


async def test_events_are_subscribed_to_with_a_cursor(door):
    kernel, http = door
    run = (await new_run(http))["run_id"]
    seen = []
    async with web_socket(kernel) as socket:
        await socket.say(subscribe="all", operation="event.follow", input={"after": 0})
        assert await socket.next() == {"subscribed": "all"}
        for command in ("pause", "resume", "pause"):
            await http.post(f"/api/runs/{run}/{command}", json={})
        for _ in range(3):
            told = await socket.next()
            assert (told["name"], told["cursor"]) == ("all", told["item"]["sequence"])
            seen.append(told["cursor"])
        await socket.say(unsubscribe="all")
        while (told := await socket.next()) != {"unsubscribed": "all"}:
            seen.append(told["cursor"])
    async with web_socket(kernel) as socket:
        await socket.say(subscribe="x", operation="event.follow", input={"after": seen[-1]})
        await http.post(f"/api/runs/{run}/resume", json={})
        total = (await kernel.dispatch("storage.info")).events
        await socket.next()
        while len(seen) < total:
            seen.append((await socket.next())["cursor"])
    assert seen == list(range(1, total + 1))


async def test_several_streams_share_a_socket(door):
    kernel, http = door
    async with web_socket(kernel) as socket:
        await socket.say(subscribe="o", operation="operations.follow")
        await socket.say(subscribe="e", operation="event.follow", input={"after": "now"}, kinds=["run.created"])
        told = [await socket.next() for _ in range(3)]
        assert {"subscribed": "o"} in told
        assert {"subscribed": "e"} in told
        [names] = [one["item"]["names"] for one in told if "item" in one]
        assert "run.list" in names
        run = (await new_run(http))["run_id"]
        event = await socket.next()
        assert (event["name"], event["item"]["run_id"], event["item"]["kind"]) == ("e", run, "run.created")


async def test_what_is_wrong_is_said_and_the_socket_goes_on(serve):
    async with serve(**{"plugins.http.subscriptions": 1}) as kernel, web_socket(kernel) as socket:
        for text in ("rubbish", "[]", "{}", '{"subscribe": ""}', '{"subscribe": "a", "unsubscribe": "a"}'):
            await socket.text(text)
            assert (await socket.next())["problem"]["code"] == "bad-message"
        for asked, code in (
            ({"operation": "nothing.here"}, "unknown-operation"),
            ({"operation": "run.list"}, "wrong-kind"),
            ({"operation": "event.follow", "input": []}, "bad-message"),
            ({"operation": "event.follow", "input": 1}, "bad-message"),
        ):
            await socket.say(subscribe="a", **asked)
            assert (await socket.next())["problem"]["code"] == code
        await socket.say(subscribe="a", operation="event.follow")
        assert await socket.next() == {"subscribed": "a"}
        await socket.say(subscribe="a", operation="event.follow")
        assert (await socket.next())["problem"]["code"] == "name-taken"
        await socket.say(subscribe="b", operation="event.follow")
        assert (await socket.next())["problem"]["code"] == "too-many"
        await socket.say(unsubscribe="a")
        assert await socket.next() == {"unsubscribed": "a"}
        wrong = [({"after": -1}, "bad-cursor"), ({"after": 10**9}, "ahead-of-log"), ({"x": 1}, "bad-input")]
        for data, code in wrong:
            await socket.say(subscribe="c", operation="event.follow", input=data)
            assert await socket.next() == {"subscribed": "c"}
            assert (await socket.next())["problem"]["code"] == code
        await socket.say(subscribe="d", operation="operations.follow", input={"x": 1})
        assert await socket.next() == {"subscribed": "d"}
        assert (await socket.next())["problem"]["code"] == "bad-input"


async def test_messages_that_are_too_long_close_it(serve):
    async with serve(**{"plugins.http.message_bytes": 100}) as kernel, web_socket(kernel) as socket:
        await socket.text("x" * 101)
        assert await socket.until_closed() == 1009


async def test_who_answers_no_ping_is_gone(serve):
    async with serve(**{"plugins.http.heartbeat_seconds": 0.1}) as kernel:
        async with web_socket(kernel) as silent:
            silent.answers_pings = False
            assert await silent.until_closed()
        async with web_socket(kernel) as socket:
            with trio.move_on_after(0.5):
                await socket.until_closed()
            await socket.say(subscribe="a", operation="event.follow")
            assert await socket.next() == {"subscribed": "a"}


async def test_a_client_that_leaves_ends_its_subscriptions(door):
    kernel, _ = door
    hub = kernel.port("transport").get("http")._servers[0]._app._sockets._hub
    async with web_socket(kernel) as socket:
        await socket.say(subscribe="a", operation="event.follow")
        await socket.next()
        await until(lambda: hub._listeners)
    await until(lambda: not hub._listeners)
