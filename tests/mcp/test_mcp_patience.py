"""Direct calls that last: who has the answer has not left."""

import trio
import trio.testing

from mosaic_mcp.direct.patience import HttpCall


async def test_an_answer_that_is_being_sent_is_no_leaving():
    sending, may_send = trio.Event(), trio.Event()
    left = []

    async def send(message):
        if message["type"] == "http.response.body":
            sending.set()
            await may_send.wait()

    async def receive():
        await sending.wait()
        return {"type": "http.disconnect"}

    call = HttpCall(receive, send, (), lambda: left.append(True))
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call.answer, b"{}")
            await sending.wait()
            call.begin_watching()
            nursery.start_soon(call.watch)
            await trio.testing.wait_all_tasks_blocked()
            may_send.set()
            call.leave()
    assert not left


async def test_a_client_that_leaves_before_is_noticed():
    left = trio.Event()

    async def receive():
        return {"type": "http.disconnect"}

    call = HttpCall(receive, None, (), left.set)
    call.begin_watching()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call.watch)
            await left.wait()
            call.leave()
