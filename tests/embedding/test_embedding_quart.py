from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
import trio
from hypercorn.trio import serve
from spying import WORKFLOW, Events, Spy, request


class Served:
    """A served application: its client, and what stops the server."""

    def __init__(self, client, spy, stop):
        self.client = client
        self.spy = spy
        self.stop = stop

    async def create(self, **more):
        return await self.client.post("/runs", json={"target": "hello.yaml", "text": WORKFLOW, **more})

    @asynccontextmanager
    async def following(self, path, after=0):
        """Follow a stream of events; leaving the context is leaving as a client."""
        url = self.client.base_url
        async with await trio.open_tcp_stream(url.host, url.port) as stream:
            await stream.send_all(request(path, after))
            yield Events(stream.receive_some)

    async def until_waiting(self, count):
        with trio.fail_after(10):
            while self.spy.waiting != count:  # noqa: ASYNC110 - who waits tells nobody
                await trio.sleep(0.01)


@asynccontextmanager
async def served(example, directory, spy=None):
    """Serve the example on loopback, for as long as the context lasts."""
    module, spy, stop = example("quart_app"), spy or Spy(), trio.Event()
    app = module.make_app(directory, **spy.arguments())
    async with trio.open_nursery() as nursery:
        serving = partial(serve, app, module.settings(0), shutdown_trigger=stop.wait)
        [address] = await nursery.start(serving)
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=20) as client:
            yield Served(client, spy, stop)
        with trio.fail_after(10):
            stop.set()
            while nursery.child_tasks:  # noqa: ASYNC110 - the server's own end is what is waited for
                await trio.sleep(0.01)


async def test_a_run_is_created_driven_and_followed(example, tmp_path):
    async with served(example, tmp_path) as at:
        answer = await at.create(run_id="first")
        assert (answer.status_code, answer.json()["run_id"]) == (201, "first")
        async with at.following("/runs/first/events") as events:
            found = await events.until("run.finished")
            assert b"content-type: text/event-stream" in events.head.lower()
        assert found[0][1] == "run.created"
        assert [number for number, _ in found] == sorted({number for number, _ in found})
        assert (await at.client.get("/runs/first")).json()["result"] == "accepted"
        # A client that was cut off goes on where it was.
        async with at.following("/runs/first/events", after=found[-2][0]) as events:
            assert await events.until("run.finished") == found[-1:]


async def test_errors_are_answers(example, tmp_path):
    async with served(example, tmp_path) as at:
        answer = await at.client.get("/runs/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "no-run")
        answer = await at.client.post("/runs", json={"target": "hello.yaml", "txet": WORKFLOW})
        assert answer.status_code == 400
        assert "txet" in answer.json()["error"]


async def test_when_the_client_leaves_nothing_is_followed_any_more(example, tmp_path):
    async with served(example, tmp_path) as at:
        await at.until_waiting(1)  # the drive
        await at.create(run_id="first")
        for _ in range(3):
            async with at.following("/runs/first/events") as events:
                await events.until("run.finished")
                await at.until_waiting(2)
            await at.until_waiting(1)


async def test_it_shuts_down_while_a_stream_is_open(example, tmp_path):
    spy = Spy()
    async with served(example, tmp_path, spy) as at:
        await at.create(run_id="first")
        async with at.following("/runs/first/events") as events:
            started = trio.current_time()
            at.stop.set()
            with pytest.raises(EOFError):  # it was cut, since it has no end
                await events.until("no such kind")
            assert trio.current_time() - started < 5
    assert spy.waiting == 0


async def test_it_can_be_cancelled_at_any_time(example, tmp_path):
    spy = Spy()
    with trio.CancelScope() as scope:
        async with served(example, tmp_path, spy) as at:
            await at.create(run_id="first")
            async with at.following("/runs/first/events") as events:
                await events.until("run.created")
                scope.cancel()
                await trio.sleep_forever()
    assert scope.cancelled_caught
    assert spy.waiting == 0


async def test_two_applications_in_one_process(example, tmp_path):
    async with served(example, tmp_path / "one") as one, served(example, tmp_path / "two") as two:
        assert (await one.create(run_id="first")).status_code == 201
        assert (await two.client.get("/runs/first")).status_code == 404
