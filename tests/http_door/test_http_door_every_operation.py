"""Every operation there is, at every door: the same result, and the same error, over CLI, MCP and REST.

What an operation does is left out here, since it is none of a door's business: each is answered by a stand-in,
with an example of its output or with an error, so that everything can be called.
"""

import json

import httpx
import pytest
import trio
from http_door_wire import until

from invoking import invoke
from mosaic_hookspecs import InputError, InterceptorSpec, Manifest, NotFound, Refused, hookimpl
from mosaic_http.describing.examples import example_of
from mosaic_http.routes import routes_of
from mosaic_http.tokens import token_of
from mosaic_mcp.guard import token_of as mcp_token_of
from mosaic_mcp.wording import REQUIRED

VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
ERRORS = (
    InputError(
        "bad-thing", "the thing is wrong", where="thing", expected="another", got="this", hint="Try it."
    ),
    NotFound("no-thing", "there is no thing 'x'", where="things/x", hint="List them."),
    Refused("not-now", "the state does not allow it", expected="ready", got="final", hint="Wait."),
)
_LIKE_OUTPUT = ("content", "asks", "state", "messages")
"""Fields by which an output says what becomes of it over MCP."""


class StandIn:
    """Answers the operation `target` with `answer`, in its place."""

    def __init__(self):
        self.target = ""
        self.answer = None

    @hookimpl
    def mosaic_interceptors(self, context):
        return [InterceptorSpec(stage="authorize", interceptor=self._instead)]

    async def _instead(self, call, data, proceed):
        if call.operation.name != self.target:
            return await proceed(data)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Doors:
    """The three doors of one system."""

    def __init__(self, kernel, http, directory):
        [self.base] = kernel.port("transport").get("http").addresses
        [self.mcp] = kernel.port("transport").get("mcp").addresses
        self.http = http
        self.directory = directory
        self.rest_headers = {"authorization": f"Bearer {token_of(kernel.state_directory)}"}
        self.mcp_headers = {
            "authorization": f"Bearer {mcp_token_of(kernel.state_directory)}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": "tools/call",
        }

    async def all(self, view, data):
        """Return what each answers: None and the output, or the error's code, what and where, of which
        the last makes a line."""
        found = [
            await self.rest(view, data),
            await self.call(view["name"], data),
            await self.over_mcp(view, data),
        ]
        return [
            *found,
            await trio.to_thread.run_sync(self.command, view["name"], data, view["kind"] == "stream"),
        ]

    async def rest(self, view, data):
        route = routes_of(view["name"], view["kind"], view["input"])[-1]
        if any(not isinstance(data.get(name), str) or not data[name] for name in route.names):
            return await self.call(view["name"], data)
        path, rest = route.template, {}
        for name, value in data.items():
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", value)
            else:
                rest[name] = value
        if route.method == "POST":
            return told(await self.http.post(f"{self.base}{path[1:]}", json=rest, headers=self.rest_headers))
        query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in rest.items()}
        return told(await self.http.get(f"{self.base}{path[1:]}", params=query, headers=self.rest_headers))

    async def call(self, name, data):
        answer = await self.http.post(f"{self.base}api/call/{name}", json=data, headers=self.rest_headers)
        return told(answer)

    async def over_mcp(self, view, data):
        tool = view["name"].replace(".", "_")
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": tool, "arguments": data, "_meta": META},
        }
        answer = await self.http.post(self.mcp, json=message, headers={**self.mcp_headers, "mcp-name": tool})
        body = answer.text
        if "text/event-stream" in answer.headers["content-type"]:
            body = [line[6:] for line in body.splitlines() if line.startswith("data: {")][-1]
        result = json.loads(body).get("result")
        assert result is not None, (view["name"], body)
        output = json.loads(result["content"][0]["text"])
        if result.get("isError"):
            error = output["error"]
            return error["code"], error["what"], error.get("where", "")
        return None, output

    def command(self, name, data, is_stream):
        argv = ["call", name, json.dumps(data), *(["--follow"] if is_stream else [])]
        code, out, err = invoke(argv, self.directory, {"HOME": str(self.directory)})
        if not code:
            return None, json.loads(out)
        assert err.count("error: ") == 1, err
        return err[err.index("error: ") :].splitlines()[0]


def told(answer):
    if answer.status_code < 300:
        return None, answer.json()
    about = answer.json()
    return about["code"], about["what"], about.get("where", "")


def plain(schema):
    """Return an example of an output, without what MCP makes something else of."""
    example = example_of(schema)
    return {name: value for name, value in example.items() if name not in _LIKE_OUTPUT}


def require_same(view, data, found):
    rest, call, mcp, command = found
    assert rest == call == mcp, (view["name"], data)
    if rest[0] is None:
        assert command == rest, (view["name"], data)
        return
    code, what, where = rest
    place = f"{where}: " if where else ""
    assert command == f"error: {place}{what} [{code}]", (view["name"], data)


@pytest.fixture
async def system(tmp_path, serve):
    stand_in = StandIn()
    settings = {
        "plugins.mcp.tiers": ["all"],
        "plugins.mcp.confirm": [],
        "plugins.mcp.background": {},
        "plugins.http.wrong_tokens": 1e6,
    }
    given = ("standin", stand_in, Manifest(summary="Stands in."))
    async with serve(plugins=[given], ports=("http", "mcp", "control"), **settings) as kernel:
        await until(lambda: kernel.port("transport").get("control").addresses)
        await until(lambda: kernel.port("transport").get("mcp").addresses)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            yield stand_in, Doors(kernel, http, tmp_path)


async def test_every_operation_says_the_same_at_every_door(system):
    stand_in, doors = system
    views = (await doors.call("operations.list", {}))[1]["operations"]
    assert len(views) > 110
    counts = {"answered": 0, "refused": 0}
    for number, view in enumerate(views):
        needed = dict.fromkeys(REQUIRED.get(view["name"], ()), "x")  # by models alone
        data = {**needed, **example_of(view["input"], required_only=True)}
        wrong = {**data, "no_such_field": "x"}
        found = await doors.all(view, wrong)
        assert found[0][0] in ("bad-input", "unknown-operation"), (view["name"], found)
        if view["kind"] == "stream":
            require_same(view, wrong, [found[0], found[0], *found[2:]])
            continue
        require_same(view, wrong, found)
        if view["plugin"] == "kernel":
            continue  # nothing stands in for what the kernel itself does
        stand_in.target = view["name"]
        for stand_in.answer in (plain(view["output"]), ERRORS[number % len(ERRORS)]):
            found = await doors.all(view, data)
            require_same(view, data, found)
            counts["refused" if found[0][0] else "answered"] += 1
        stand_in.target = ""
    assert counts["answered"] > 80, counts
    assert counts["answered"] == counts["refused"], counts
