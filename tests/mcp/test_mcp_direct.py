"""What is answered directly is answered as the SDK does, in both eras; what is not plain is left to it."""

import json

import httpx2
import pytest
import trio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_clients import ERAS, over_stdio, until
from mcp_plugins import waiting
from mcp_wire import LEGACY, MODERN, Wire, message_in
from test_mcp_tools import CALLS, MISTAKES, WORKFLOW, plain

from mosaic_mcp.direct import patience
from mosaic_mcp.tools import tool_name

TO_THE_SDK = {"baggage": "x=1"}
"""What a client may say of a request that is not plain, and changes nothing else."""
ALL = {"plugins.mcp.tiers": ["all"], "plugins.mcp.page": 1000}


@pytest.fixture
async def http():
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def to_the_sdk(monkeypatch):
    """Count the requests that the SDK gets."""
    seen = []
    handle = StreamableHTTPSessionManager.handle_request

    async def count(self, scope, receive, send):
        seen.append(scope["method"])
        await handle(self, scope, receive, send)

    monkeypatch.setattr(StreamableHTTPSessionManager, "handle_request", count)
    return seen


def told(answer):
    message = message_in(answer)
    for block in message.get("result", {}).get("content", ()):
        block["text"] = plain(json.loads(block["text"]))
    return answer.status_code, plain(message)


@pytest.mark.parametrize("era", [MODERN, LEGACY])
async def test_both_ways_answer_the_same(serve, http, to_the_sdk, era):
    async with serve() as kernel:
        wire = await Wire(kernel, http, era).begin()
        run = {"target": "checks.yaml", "text": WORKFLOW, "run_id": "r-1"}
        await wire.ask("tools/call", {"name": "run_create", "arguments": run})
        await kernel.dispatch("run.drive", {"run_id": "r-1"})
        asked = [("tools/list", None), *([("ping", None)] if era == LEGACY else [])]
        for operation, arguments in [*CALLS.items(), *MISTAKES.items()]:
            if operation not in ("run.drive", "run.create", "work.take"):
                asked.append(("tools/call", {"name": tool_name(operation), "arguments": arguments}))
        asked.append(("tools/call", {"name": "run_list"}))
        half = "\ud800" if era == MODERN else ""  # half a character is no JSON to the SDK's sessions
        asked.append(("tools/call", {"name": "task_show", "arguments": {"task_id": f'ü"\\{half}\n€'}}))
        for number, (method, params) in enumerate(asked):
            name = number if number % 2 else f"n-{number}-é"
            message = wire.message(method, params, number=name)
            del to_the_sdk[:]
            direct = await wire.post(message)
            assert to_the_sdk == [], message
            slow = await wire.post(wire.message(method, params, number=name, meta=TO_THE_SDK))
            assert to_the_sdk == ["POST"]
            assert told(direct) == told(slow), message
            assert direct.headers.get("mcp-session-id") == slow.headers.get("mcp-session-id")


ODD = [
    {"id": None},
    {"id": 1.5},
    {"id": True},
    {"jsonrpc": "1.0"},
    {"params": []},
    {"params": {"name": "run_list", "arguments": []}},
    {"params": {"name": 5}},
    {"params": {"name": "nothing"}},
    {"params": {"arguments": {}}},
    {"more": 1},
    {"method": "tools/nothing"},
]


@pytest.mark.parametrize("era", [MODERN, LEGACY])
async def test_what_is_odd_is_left_to_the_sdk(serve, http, to_the_sdk, era):
    async with serve() as kernel:
        wire = await Wire(kernel, http, era).begin()
        sound = wire.message("tools/call", {"name": "run_list", "arguments": {}})
        assert (await wire.post(sound)).status_code == 200
        for change in ODD:
            message = {**sound, **change}
            if isinstance(message["params"], dict) and era == MODERN:
                message["params"] = {**message["params"], "_meta": wire.meta}
            del to_the_sdk[:]
            await wire.post(message)
            assert to_the_sdk == ["POST"], change
        for headers in (
            {"accept": "text/html"},
            {"mcp-protocol-version": "2024-11-05"},
            {"content-type": "text/plain"},
            *([{"mcp-name": "run_show"}, {"mcp-method": "x"}, {"mcp-param-x": "1"}] if era == MODERN else ()),
            *([{"mcp-session-id": "another"}] if era == LEGACY else ()),
        ):
            del to_the_sdk[:]
            await wire.post(sound, **headers)
            assert to_the_sdk == ["POST"], headers


@pytest.mark.parametrize("era", [MODERN, LEGACY])
async def test_a_call_that_lasts_becomes_a_stream(serve, http, monkeypatch, era):
    monkeypatch.setattr(patience, "_PING_SECONDS", 0.05)
    _, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel:
        wire = await Wire(kernel, http, era).begin()
        answer = await wire.post(wire.message("tools/call", {"name": "wait_a_while"}))
        assert answer.headers["content-type"] == "text/event-stream", answer.text
        assert answer.text.startswith(": ping")
        assert message_in(answer)["result"]["structuredContent"] == {"text": "done"}


async def test_who_leaves_in_a_session_ends_nothing(serve, http):
    plugin, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel:
        wire = await Wire(kernel, http, LEGACY).begin()
        waits = wire.message("tools/call", {"name": "wait_forever"}, number=7)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wire.post, waits)
            await plugin.begun.wait()
            nursery.cancel_scope.cancel()
        await trio.sleep(0.3)  # longer than anybody looks for it
        assert not plugin.ended.is_set()
        told = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
        assert (await wire.post(told)).status_code == 202
        with trio.fail_after(5):
            await plugin.ended.wait()


async def test_over_stdio_a_call_is_taken_back(tmp_path, environment):
    """The client's cancelling reaches a call that is answered directly: the next is answered meanwhile."""
    async with over_stdio(tmp_path, environment, "legacy", log=tmp_path / "log") as client:
        await client.list_tools()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call_tool, "work_take", {"agent": "w", "wait_seconds": 60})
            await trio.sleep(0.2)
            assert not (await client.call_tool("run_list")).is_error
            nursery.cancel_scope.cancel()
        assert not (await client.call_tool("run_list")).is_error
    assert "Traceback" not in (tmp_path / "log").read_text()


async def test_a_broken_stream_is_read_on(serve, http):
    async with serve() as kernel:
        wire = await Wire(kernel, http, LEGACY).begin()
        answer = await wire.post(wire.message("prompts/list"))
        first, *_ = [line[4:] for line in answer.text.splitlines() if line.startswith("id: ")]
        headers = {**wire.headers, "last-event-id": first}
        async with http.stream("GET", wire.address, headers=headers) as again:
            assert again.status_code == 200
            async for line in again.aiter_lines():
                if line.startswith("data: {"):
                    assert json.loads(line[6:]) == message_in(answer)
                    break


async def test_the_metadata_of_the_resource_are_told(serve, http):
    async with serve() as kernel:
        wire = Wire(kernel, http)
        refused = await http.post(wire.address, json={})
        about = refused.headers["www-authenticate"].partition('resource_metadata="')[2].rstrip('"')
        assert about == wire.address.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
        answer = await http.get(about)
        assert answer.json()["resource"] == wire.address
        assert (await http.get(about, headers={"host": "evil.example"})).status_code == 421


async def test_nothing_happens_while_nobody_asks(serve, connect, http, to_the_sdk, mock_clock):
    """Ten minutes with clients of both eras connected and listening: not one request, and not one operation."""
    plugin, given = waiting()
    async with (
        serve(plugins=[given], **ALL) as kernel,
        connect(kernel, ERAS[0]) as modern,
        connect(kernel, ERAS[1]) as legacy,
        modern.listen(tools_list_changed=True),
    ):
        for client in (modern, legacy):
            await client.call_tool("run_list")
        await until(lambda: to_the_sdk.count("GET") >= 1)
        before, calls = len(to_the_sdk), plugin.calls
        for _ in range(60):
            mock_clock.jump(10)
            await trio.testing.wait_all_tasks_blocked(0.005)
        assert (len(to_the_sdk) - before, plugin.calls - calls) == (0, 0)
        assert not (await legacy.call_tool("run_list")).is_error
        assert plugin.calls == calls + 1
