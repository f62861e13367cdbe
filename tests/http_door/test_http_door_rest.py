"""REST: problems, fields, pages, tags, commands that are sent twice, and clients that leave."""

import attrs
import pytest
import trio
from http_door_wire import WORKFLOW, head, new_run, raw, received

from mosaic_hookspecs import Manifest, Operation, OperationKind, Refused, hookimpl


@attrs.frozen(kw_only=True)
class Asked:
    """Input of the tests."""

    text: str = ""
    numbers: tuple[int, ...] = ()
    flag: bool = False
    share: float | None = None
    more: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Told:
    """Output of the tests."""

    asked: Asked
    calls: int


class OddPlugin:
    """Operations that repeat, that fail, and that wait."""

    def __init__(self):
        self.calls = 0
        self.begun, self.ended = trio.Event(), trio.Event()

    @hookimpl
    def mosaic_operations(self, context):
        rows = [("odd.echo", "query", self._echo), ("odd.count", "command", self._echo)]
        rows += [("odd.crash", "query", self._crash), ("odd.refuse", "command", self._refuse)]
        rows += [("odd.wait", "query", self._wait), ("odd.hang", "command", self._wait)]
        return [
            Operation(
                name=name,
                kind=OperationKind(kind),
                input=Asked,
                output=Told,
                handler=does,
                permission="",
                summary="Odd.",
            )
            for name, kind, does in rows
        ]

    async def _echo(self, data, call):
        self.calls += 1
        return Told(asked=data, calls=self.calls)

    async def _crash(self, data, call):
        raise ZeroDivisionError

    async def _refuse(self, data, call):
        self.calls += 1
        raise Refused("not-now", "not now", where="here", expected="later", got="now", hint="Wait.")

    async def _wait(self, data, call):
        self.calls += 1
        self.begun.set()
        try:
            await trio.sleep_forever()
        finally:
            self.ended.set()


@pytest.fixture
async def odd(serve, connect):
    plugin = OddPlugin()
    async with serve(plugins=[("odd", plugin, Manifest(summary="Odd."))]) as kernel, connect(kernel) as http:
        yield kernel, http, plugin


async def test_a_query_tells_every_kind_of_value(odd):
    _, http, _ = odd
    asked = "text=12&numbers=1&numbers=2&flag=true&share=0.5&more=%7B%22a%22%3A1%7D"
    found = (await http.get(f"/api/odds/echo?{asked}")).json()["asked"]
    assert found == {"text": "12", "numbers": [1, 2], "flag": True, "share": 0.5, "more": {"a": 1}}
    found = (await http.get("/api/odds/echo?numbers=[3]&share=null")).json()["asked"]
    assert (found["numbers"], found["share"]) == ([3], None)


WRONG = [
    ("GET", "/api/odds/echo?flag=maybe", {}, 400, "bad-input"),
    ("GET", "/api/odds/echo?nothing=1", {}, 400, "bad-input"),
    ("GET", "/api/odds/echo?text=%ff", {}, 400, "bad-query"),
    ("GET", "/api/odds/echo?fields=asked.nothing", {}, 400, "unknown-field"),
    ("GET", "/api/odds/echo?cursor=e30", {}, 400, "bad-cursor"),
    ("GET", "/api/runs?cursor=eyJiZWZvcmUiOiAxfQ", {}, 400, "bad-cursor"),
    ("GET", "/api/runs?cursor=eyJiZWZvcmUiOiAxLCAic2VlbiI6IDF9", {}, 400, "bad-cursor"),
    ("GET", "/api/odds/crash", {}, 500, "operation-failed"),
    ("GET", "/api/odds/nothing", {}, 404, "not-found"),
    ("GET", "/api/runs/nope", {}, 404, "no-run"),
    ("DELETE", "/api/runs", {}, 405, "no-such-method"),
    ("POST", "/api/call/odd.nothing", {}, 404, "unknown-operation"),
    ("POST", "/api/call/event.follow", {}, 400, "wrong-kind"),
    ("POST", "/api/odds/refuse", {}, 409, "not-now"),
    ("POST", "/api/odds/count?text=x", {}, 400, "bad-input"),
    ("POST", "/api/odds/count", {"json": [1]}, 400, "bad-input"),
    ("POST", "/api/odds/count", {"content": b"{"}, 415, "not-accepted"),
    (
        "POST",
        "/api/odds/count",
        {"content": b'{"share": NaN}', "headers": {"content-type": "application/json"}},
        400,
        "not-json",
    ),
    ("POST", "/api/plugins/engine/disable", {"json": {"name": "cli"}}, 400, "bad-input"),
    ("POST", "/api/odds/count", {"headers": {"if-match": "x"}}, 400, "no-such-condition"),
    ("POST", "/api/odds/count", {"headers": {"idempotency-key": "x" * 300}}, 400, "bad-key"),
]


async def test_what_is_wrong_is_a_problem(odd):
    _, http, _ = odd
    for method, path, options, status, code in WRONG:
        answer = await http.request(method, path, **options)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        found = answer.json()
        assert (found["type"], found["title"]) == (f"urn:mosaic:problem:{code}", found["what"])


async def test_a_problem_has_every_field_of_the_error(odd):
    _, http, _ = odd
    found = (await http.post("/api/odds/refuse", json={})).json()
    assert (found["where"], found["expected"], found["got"], found["hint"]) == ("here", "later", "now", "Wait.")
    assert found["detail"] == "where: here; expected: later; got: now; hint: Wait."


async def test_only_some_fields_are_sent(odd):
    _, http, _ = odd
    answer = await http.get("/api/odds/echo?text=a&fields=asked.text,calls")
    assert answer.json() == {"asked": {"text": "a"}, "calls": 1}
    assert answer.headers["content-type"] == "application/vnd.mosaic.partial+json"
    names = (await http.get("/api/plugins?fields=plugins.name")).json()["plugins"]
    assert {"name": "engine"} in names
    made = await http.post("/api/odds/count?fields=asked.more", json={"more": {"a": 1}})
    assert made.json() == {"asked": {"more": {"a": 1}}}


async def test_lists_come_in_pages(door):
    _, http = door
    jobs = "".join(f'  j{number}: {{steps: [{{run: "true"}}]}}\n' for number in range(7))
    run = (await new_run(http, text=f"jobs:\n{jobs}"))["run_id"]
    path, found, pages = f"/api/runs/{run}/tasks?limit=3&fields=items.task_id,items.position", [], 0
    while path:
        answer = await http.get(path)
        found += [item["task_id"] for item in answer.json()["items"]]
        pages += 1
        path = answer.links.get("next", {}).get("url")
        assert not path or "limit=3" in path
    whole = (await http.get(f"/api/runs/{run}/tasks")).json()["items"]
    assert (found, pages) == ([item["task_id"] for item in whole], 3)


async def test_what_has_not_changed_is_not_sent_again(door):
    _, http = door
    run = (await new_run(http))["run_id"]
    shown = await http.get(f"/api/runs/{run}")
    tag = shown.headers["etag"]
    again = await http.get(f"/api/runs/{run}", headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await http.head(f"/api/runs/{run}")).headers["content-length"] == shown.headers["content-length"]
    paused = await http.post(f"/api/runs/{run}/pause", headers={"if-match": tag}, json={})
    assert paused.json()["state"] == "paused"
    assert (await http.get(f"/api/runs/{run}", headers={"if-none-match": tag})).status_code == 200
    late = await http.post(f"/api/runs/{run}/resume", headers={"if-match": tag}, json={})
    assert (late.status_code, late.json()["code"]) == (412, "not-unchanged")
    assert (await http.get(f"/api/runs/{run}")).json()["state"] == "paused"


async def test_what_was_made_is_where_the_answer_says(door):
    _, http = door
    made = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml", "run_id": "a b/c"})
    assert made.status_code in (201, 400), made.text
    made = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml"})
    assert (await http.get(made.headers["location"])).json()["run_id"] == made.json()["run_id"]


async def test_a_command_with_a_key_is_carried_out_once(odd):
    _, http, plugin = odd
    key = {"idempotency-key": "k-1"}
    first = await http.post("/api/odds/count", json={"text": "a"}, headers=key)
    again = await http.post("/api/odds/count", json={"text": "a"}, headers=key)
    assert first.json() == again.json() == {**first.json(), "calls": 1}
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    other = await http.post("/api/odds/count", json={"text": "b"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key-used-otherwise")
    assert plugin.calls == 1
    for _ in range(2):
        refused = await http.post("/api/odds/refuse", headers={"idempotency-key": "k-2"})
        assert refused.status_code == 409
    assert plugin.calls == 2


async def test_keys_are_known_after_a_restart(tmp_path, serve, connect):
    key, store = {"idempotency-key": "k"}, {"ports.storage": "sqlite"}
    async with serve(**store) as kernel, connect(kernel) as http:
        made = (await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml"}, headers=key)).json()
        store_now = kernel.port("storage").get()
        [document] = await store_now.documents("http.answers")
        begun = {"at": document.body["at"], "print": document.body["print"], "status": 0}
    async with serve(**store) as kernel, connect(kernel) as http:
        answer = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml"}, headers=key)
        assert answer.json()["run_id"] == made["run_id"]
        assert len((await http.get("/api/runs")).json()["items"]) == 1
        # One that was begun, and whose process ended then.
        await kernel.port("storage").get().put_document("http.answers", document.key, begun)
        answer = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml"}, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "outcome-unknown")


@pytest.mark.parametrize("request_head", ["GET /api/odds/wait", "POST /api/odds/hang"])
async def test_what_nobody_waits_for_is_cancelled(odd, request_head):
    kernel, http, plugin = odd
    method, path = request_head.split()
    more = {"idempotency_key": "gone", "content_length": "0"} if method == "POST" else {}
    async with raw(kernel, head(kernel, method, path, **more)):
        with trio.fail_after(5):
            await plugin.begun.wait()
        if more:
            busy = await http.post(path, headers={"idempotency-key": "gone"})
            assert (busy.status_code, busy.json()["code"]) == (409, "still-running")
        assert not plugin.ended.is_set()
    with trio.fail_after(5):
        await plugin.ended.wait()
    store = kernel.port("storage").get()
    with trio.fail_after(5):
        while await store.documents("http.answers"):
            await trio.lowlevel.checkpoint()


async def test_one_connection_takes_many_requests_even_ahead(odd):
    kernel, _, plugin = odd
    one = head(kernel, "GET", "/api/odds/echo")
    last = head(kernel, "GET", "/api/odds/echo", connection="close")
    async with raw(kernel, one * 5 + last) as stream:
        data = await received(stream)
    assert data.count(b"HTTP/1.1 200") == plugin.calls == 6


async def test_options_says_what_a_path_takes(door):
    _, http = door
    answer = await http.options("/api/runs")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, POST, HEAD, OPTIONS")
    assert (await http.get("/")).headers["location"] == "/api"
