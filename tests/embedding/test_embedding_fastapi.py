import asyncio
from contextlib import asynccontextmanager
from functools import wraps

import httpx
import pytest
import uvicorn
from spying import WORKFLOW, Events, Spy, request


def on_asyncio(test):
    """Run a test on asyncio: this project's asynchronous tests run on trio otherwise."""

    @wraps(test)
    def run(**fixtures):
        asyncio.run(asyncio.wait_for(test(**fixtures), 60))

    return run


class Served:
    """A served application: its client, and its server."""

    def __init__(self, client, server, spy):
        self.client = client
        self.server = server
        self.spy = spy

    async def create(self, **more):
        return await self.client.post("/runs", json={"target": "hello.yaml", "text": WORKFLOW, **more})

    @asynccontextmanager
    async def following(self, path, after=0):
        """Follow a stream of events; leaving the context is leaving as a client."""
        url = self.client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            writer.write(request(path, after))
            yield Events(lambda: reader.read(65536))
        finally:
            writer.close()
            await writer.wait_closed()

    async def until_waiting(self, count):
        while self.spy.waiting != count:  # noqa: ASYNC110 - who waits tells nobody
            await asyncio.sleep(0.01)


@asynccontextmanager
async def served(example, directory, spy=None):
    """Serve the example on loopback, for as long as the context lasts."""
    module, spy = example("fastapi_app"), spy or Spy()
    server = uvicorn.Server(module.settings(module.make_app(directory, **spy.arguments()), 0))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), serving
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
        try:
            yield Served(client, server, spy)
        finally:
            server.should_exit = True
            await asyncio.wait_for(serving, 10)


@on_asyncio
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
        async with at.following("/runs/first/events", after=found[-2][0]) as events:
            assert await events.until("run.finished") == found[-1:]


@on_asyncio
async def test_errors_are_answers(example, tmp_path):
    async with served(example, tmp_path) as at:
        answer = await at.client.get("/runs/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "no-run")
        answer = await at.client.post("/runs", json={"target": "hello.yaml", "txet": WORKFLOW})
        assert answer.status_code == 400
        assert "txet" in answer.json()["error"]


@on_asyncio
async def test_when_the_client_leaves_nothing_is_followed_any_more(example, tmp_path):
    async with served(example, tmp_path) as at:
        await at.until_waiting(1)  # the drive
        await at.create(run_id="first")
        for _ in range(3):
            async with at.following("/runs/first/events") as events:
                await events.until("run.finished")
                await at.until_waiting(2)
            await at.until_waiting(1)


@on_asyncio
async def test_it_shuts_down_while_a_stream_is_open(example, tmp_path):
    spy = Spy()
    async with served(example, tmp_path, spy) as at:
        await at.create(run_id="first")
        async with at.following("/runs/first/events") as events:
            await events.until("run.created")
            started = asyncio.get_running_loop().time()
            at.server.should_exit = True
            with pytest.raises(EOFError):  # it was cut, since it has no end
                await events.until("no such kind")
            assert asyncio.get_running_loop().time() - started < 5
    assert spy.waiting == 0


@on_asyncio
async def test_many_clients_at_once(example, tmp_path):
    async with served(example, tmp_path) as at:
        await at.create(run_id="first")

        async def follow():
            async with at.following("/runs/first/events") as events:
                return await events.until("run.finished")

        answers = await asyncio.gather(*(follow() for _ in range(20)))
        assert all(answer == answers[0] for answer in answers)
        await at.until_waiting(1)
