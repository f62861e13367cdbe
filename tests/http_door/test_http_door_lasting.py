"""Commands that last: begun with 202 and looked at later, or told as events until they have ended."""

import gc
import weakref

import attrs
import pytest
import trio
import trio.testing
from http_door_wire import Events, head, raw, until

from mosaic_hookspecs import Manifest, Operation, OperationKind, Unavailable, hookimpl

WORKFLOW = """
jobs:
  one: {steps: [{run: "true"}]}
  two: {needs: one, steps: [{run: "sleep 0.7"}]}
"""
LATER = {"prefer": "respond-async, wait=0"}


@attrs.frozen(kw_only=True)
class Work:
    """What to do."""

    name: str
    fails: bool = False


@attrs.frozen(kw_only=True)
class Worked:
    """What was done."""

    name: str
    times: int


class SlowPlugin:
    """Works until it is let go on."""

    def __init__(self):
        self.go = trio.Event()
        self.begun = 0
        self.ended = 0

    @hookimpl
    def mosaic_operations(self, context):
        return [
            Operation(
                name="slow.work",
                kind=OperationKind.COMMAND,
                input=Work,
                output=Worked,
                handler=self._work,
                permission="slow:work",
                summary="Work.",
            )
        ]

    async def _work(self, data, call):
        self.begun += 1
        try:
            await self.go.wait()
        finally:
            self.ended += 1
        if data.fails:
            raise Unavailable("broken", "it broke", where="here", hint="Mend it.")
        return Worked(name=data.name, times=self.begun)


@pytest.fixture
def slow():
    return SlowPlugin()


@pytest.fixture
async def at_work(slow, serve, connect):
    given = ("slow", slow, Manifest(summary="Works slowly."))
    async with serve(plugins=[given], **{"plugins.http.operations": 3}) as kernel, connect(kernel) as http:
        yield kernel, http
        slow.go.set()


async def begin(http, status=202, fields="", **data):
    answer = await http.post(f"/api/slows/x/work{fields}", json=data, headers=LATER)
    assert answer.status_code == status, answer.text
    return answer


async def test_it_is_begun_looked_at_and_done(at_work, slow):
    _, http = at_work
    answer = await begin(http)
    place = answer.headers["location"]
    assert answer.headers["preference-applied"] == "respond-async"
    about = (await http.get(place)).json()
    assert about == answer.json()
    assert (about["state"], about["operation"], about["result"]) == ("running", "slow.work", None)
    found = []

    async def wait():
        found.append((await http.get(place, headers={"prefer": "wait=20"})).json())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        slow.go.set()
    [about] = found
    assert (about["state"], about["result"], about["problem"]) == ("done", {"name": "x", "times": 1}, None)
    assert about["ended_at"] >= about["began_at"]
    assert (await http.delete(place)).status_code == 204
    gone = await http.get(place)
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown-call")


async def test_what_ends_at_once_is_answered_at_once(at_work, slow):
    _, http = at_work
    slow.go.set()
    later = {"prefer": "respond-async"}
    answer = await http.post("/api/slows/x/work", json={}, headers=later)
    assert (answer.status_code, answer.json()) == (200, {"name": "x", "times": 1})
    wrong = await http.post("/api/slows/x/work", json={"what": 1}, headers=later)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad-input")
    part = await http.post("/api/slows/x/work?fields=name", json={}, headers=later)
    assert part.json() == {"name": "x"}
    made = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml"}, headers=later)
    assert made.headers["location"] == f"/api/runs/{made.json()['run_id']}"


async def test_its_failure_is_its_problem(at_work, slow):
    _, http = at_work
    place = (await begin(http, fails=True)).headers["location"]
    slow.go.set()
    about = (await http.get(place, headers={"prefer": "wait=20"})).json()
    assert about["state"] == "failed"
    assert (about["problem"]["code"], about["problem"]["where"], about["problem"]["status"]) == (
        "broken",
        "here",
        503,
    )


async def test_it_can_be_cancelled(at_work, slow):
    _, http = at_work
    place = (await begin(http)).headers["location"]
    assert (await http.delete(place)).status_code == 204
    await until(lambda: slow.ended == 1)
    assert (await http.get(place)).json()["state"] == "cancelled"


async def test_they_are_bounded_and_the_oldest_that_ended_make_room(at_work, slow):
    _, http = at_work
    places = [(await begin(http)).headers["location"] for _ in range(3)]
    refused = await begin(http, status=409)
    assert refused.json()["code"] == "too-many-operations"
    await http.delete(places[1])
    await begin(http)
    states = [(await http.get(place)).status_code for place in places]
    assert states == [200, 404, 200]


async def test_it_is_begun_once_with_one_key(at_work, slow):
    _, http = at_work
    headers = {**LATER, "idempotency-key": "k"}
    first = await http.post("/api/slows/x/work", json={}, headers=headers)
    second = await http.post("/api/slows/x/work", json={}, headers=headers)
    assert (first.status_code, second.status_code, slow.begun) == (202, 202, 1)
    assert first.headers["location"] == second.headers["location"]
    assert second.headers["idempotency-replayed"] == "true"


async def test_nobody_else_sees_it(at_work, slow):
    from mosaic_hookspecs import NotFound, Principal
    from mosaic_http.lasting.calls import LongCalls

    kernel, http = at_work
    name = (await begin(http)).json()["id"]
    calls = kernel.port("transport").get("http")._long
    assert isinstance(calls, LongCalls)
    with pytest.raises(NotFound, match="unknown-call"):
        calls.find(name, Principal(name="other", kind="user", permissions=frozenset("*")))
    async with raw(kernel, head(kernel, "GET", f"/api/operations/{name}", authorization="Bearer x")) as stream:
        assert b" 401 " in await stream.receive_some()


async def driven(http, run_id):
    made = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml", "run_id": run_id})
    assert made.status_code == 201, made.text


def post(kernel, path, **headers):
    lines = {"accept": "text/event-stream", "content-type": "application/json", "content-length": "2"}
    return head(kernel, "POST", path, **lines, **headers) + b"{}"


async def test_a_run_that_is_driven_tells_how_far_it_is(at_work):
    kernel, http = at_work
    await driven(http, "r-1")
    async with raw(kernel, post(kernel, "/api/runs/r-1/drive")) as stream:
        events = await Events(stream).begin()
        assert events.status == 200
        told = []
        while not told or told[-1][0] == "progress":
            _, name, data = await events.next()
            told.append((name, data))
    *progress, (name, result) = told
    done = [data["done"] for _, data in progress]
    assert done == sorted(done)
    assert {data["total"] for _, data in progress} == {2}
    assert "two claimed" in [data["message"] for _, data in progress]
    assert (name, result["run_id"], result["result"]) == ("result", "r-1", "accepted")


async def test_a_stream_that_fails_at_once_is_a_problem(at_work):
    kernel, _ = at_work
    async with raw(kernel, post(kernel, "/api/runs/nothing/drive")) as stream:
        data = await stream.receive_some()
    assert b" 404 " in data
    assert b"application/problem+json" in data
    async with raw(kernel, post(kernel, "/api/runs/nothing/drive", idempotency_key="k")) as stream:
        assert b"bad-key" in await stream.receive_some()


async def test_who_leaves_the_stream_cancels_the_work_and_who_looks_on_does_not(at_work, slow):
    kernel, http = at_work
    async with raw(kernel, post(kernel, "/api/slows/x/work")) as stream:
        await Events(stream).begin()
    await until(lambda: slow.ended == 1)
    name = (await begin(http)).json()["id"]
    looking = head(kernel, "GET", f"/api/operations/{name}", accept="text/event-stream")
    async with raw(kernel, looking) as stream:
        await Events(stream).begin()
    async with raw(kernel, looking) as stream:
        events = await Events(stream).begin()
        slow.go.set()
        _, name, data = await events.next()
        assert (name, data["name"]) == ("result", "x")
    assert slow.ended == 2


async def test_they_outlive_a_reload_of_the_door(at_work, slow):
    kernel, http = at_work
    place = (await begin(http)).headers["location"]
    await driven(http, "r-1")
    drive = (await http.post("/api/runs/r-1/drive", json={}, headers=LATER)).headers["location"]
    old = weakref.ref(kernel.port("transport").get("http")._long)
    [server] = kernel.port("transport").get("http")._servers
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kernel.dispatch, "plugins.reload", {"name": "http"})
        await until(lambda: kernel.port("transport").get("http")._long not in (None, old()))
        await until(lambda: not server._count)  # no connection keeps the old one
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert (await http.get(place)).json()["state"] == "running"
        slow.go.set()
    done = await http.get(place, headers={"prefer": "wait=20"})
    assert done.json()["result"] == {"name": "x", "times": 1}
    about = (await http.get(drive, headers={"prefer": "wait=20"})).json()
    assert (about["state"], about["result"]["result"]) == ("done", "accepted")
    server = None
    gc.collect()
    assert old() is None


async def test_what_a_reload_has_cut_short_says_so(slow, serve, connect):
    given = ("slow", slow, Manifest(summary="Works slowly."))
    async with serve(plugins=[given], **{"kernel.drain_seconds": 0.5}) as kernel, connect(kernel) as http:
        place = (await begin(http)).headers["location"]
        await kernel.dispatch("plugins.reload", {"name": "http"})
        about = (await http.get(place)).json()
        assert (about["state"], about["problem"]["code"]) == ("failed", "outcome-unknown")
        assert slow.ended == 1


async def test_the_document_knows_them(at_work):
    _, http = at_work
    document = (await http.get("/api/openapi.json")).json()
    entry = document["paths"]["/api/runs/{run_id}/drive"]["post"]
    assert "Prefer" in [one["name"] for one in entry["parameters"]]
    assert entry["responses"]["202"]["headers"].keys() == {"Location"}
    assert "text/event-stream" in entry["responses"]["200"]["content"]
    place = document["paths"]["/api/operations/{call_id}"]
    assert set(place) == {"get", "delete"}


def test_what_a_request_prefers():
    from mosaic_http.lasting.preferring import patience_of, wants_events, wants_later
    from mosaic_http.requests import Request

    def request(**headers):
        given = {name.encode(): value.encode() for name, value in headers.items()}
        return Request(
            method="POST",
            segments=(),
            query=b"",
            headers=given,
            scope={},
            visitor=None,
            receive=None,
            send=None,
        )

    assert wants_later(request(prefer="handling=lenient; Respond-Async"))
    assert not wants_later(request(prefer="respond-asynchronously"))
    assert patience_of(request(prefer="respond-async, wait=10")) == 10
    assert patience_of(request(prefer='wait="7"')) == 7
    assert patience_of(request(prefer="wait=99999")) == 300
    assert patience_of(request(prefer="wait=-1")) is None
    assert wants_events(request(accept="text/event-stream;q=1"))
    assert not wants_events(request(accept="text/event-stream, application/json"))
    assert not wants_events(request(accept="*/*"))
