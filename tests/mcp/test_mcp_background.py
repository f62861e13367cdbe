"""Calls that go on without their client, by the tasks extension, as a client writes them on the wire."""

import itertools

import httpx2
import pytest
import trio
from mcp_clients import until
from mcp_plugins import waiting

from mosaic_mcp.guard import token_of

EXTENSION = "io.modelcontextprotocol/tasks"
VERSION = "2026-07-28"
ALL = {
    "plugins.mcp.tiers": ["all"],
    "plugins.mcp.background": {"run.drive": "offered", "wait.forever": "offered", "wait.ask": "required"},
}
WORKFLOW = """
jobs:
  one: {steps: [{run: "echo 1"}]}
  two: {steps: [{run: "exit 1"}]}
"""


class Wire:
    """Sends single requests of 2026-07-28."""

    def __init__(self, kernel, http, *, speaks=True):
        [self.address] = kernel.port("transport").get("mcp").addresses
        self.token = token_of(kernel.state_directory)
        self.http = http
        self.numbers = itertools.count(1)
        self.capabilities = {"elicitation": {}, **({"extensions": {EXTENSION: {}}} if speaks else {})}

    async def ask(self, method, *, header=None, **params):
        meta = {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": self.capabilities,
        }
        named = header or params.get("name") or params.get("taskId")
        headers = {
            "authorization": f"Bearer {self.token}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": method,
            **({"mcp-name": named} if named else {}),
        }
        body = {
            "jsonrpc": "2.0",
            "id": next(self.numbers),
            "method": method,
            "params": {**params, "_meta": meta},
        }
        return (await self.http.post(self.address, json=body, headers=headers)).json()

    async def call(self, name, **arguments):
        return (await self.ask("tools/call", name=name, arguments=arguments))["result"]

    async def get(self, identifier):
        return (await self.ask("tasks/get", taskId=identifier))["result"]

    async def settled(self, identifier, *states):
        for _ in range(1000):  # a client has no other way than to ask again
            found = await self.get(identifier)
            if found["status"] in states:
                return found
            await trio.sleep(0.02)
        raise AssertionError(found)


@pytest.fixture
async def http():
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


async def test_a_run_is_driven_without_its_client(serve, http):
    async with serve(**ALL) as kernel:
        wire = Wire(kernel, http)
        await wire.call("run_create", target="w.yaml", text=WORKFLOW, run_id="r-1")
        begun = await wire.call("run_drive", run_id="r-1")
        assert (begun["resultType"], begun["status"]) == ("task", "working")
        ended = await wire.settled(begun["taskId"], "completed")
        assert ended["result"]["structuredContent"]["result"] == "failed"
        assert ended["statusMessage"].startswith("2 of 2: ")


async def test_a_client_that_does_not_speak_it_waits(serve, http):
    async with serve(**ALL) as kernel:
        wire = Wire(kernel, http, speaks=False)
        await wire.call("run_create", target="w.yaml", text=WORKFLOW, run_id="r-1")
        assert (await wire.call("run_drive", run_id="r-1"))["structuredContent"]["result"] == "failed"
        refused = await wire.ask("tasks/get", taskId="x")
        assert refused["error"]["data"] == {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}


async def test_cancelling_ends_the_operation(serve, http):
    plugin, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel:
        wire = Wire(kernel, http)
        begun = await wire.call("wait_forever")
        await plugin.begun.wait()
        assert (await wire.ask("tasks/cancel", taskId=begun["taskId"]))["result"]["resultType"] == "complete"
        with trio.fail_after(5):
            await plugin.ended.wait()
        assert (await wire.settled(begun["taskId"], "cancelled"))["status"] == "cancelled"
        again = await wire.ask("tasks/cancel", taskId=begun["taskId"])
        assert again["result"]["resultType"] == "complete"


async def test_questions_are_asked_and_answered_there(serve, http):
    _, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel:
        wire = Wire(kernel, http)
        begun = await wire.call("wait_ask", what="May I?")
        asked = await wire.settled(begun["taskId"], "input_required")
        [(key, question)] = asked["inputRequests"].items()
        assert question["params"]["message"] == "May I?"
        answers = {"none": {"action": "accept"}, key: {"action": "accept", "content": {"yes": True}}}
        await wire.ask("tasks/update", taskId=begun["taskId"], inputResponses=answers)
        ended = await wire.settled(begun["taskId"], "completed")
        assert ended["result"]["structuredContent"] == {"said": "accept: {'yes': True}"}


async def test_a_call_is_known_by_whoever_knows_its_name(serve, http):
    async with serve(**ALL) as kernel:
        wire = Wire(kernel, http)
        unknown = await wire.ask("tasks/get", taskId="none")
        assert unknown["error"]["code"] == -32602
        forged = await wire.ask("tasks/get", header="other", taskId="none")
        assert forged["error"]["code"] == -32020


async def test_calls_are_bounded_and_forgotten(serve, http):
    plugin, given = waiting()
    limits = {"plugins.mcp.background_calls": 1, "plugins.mcp.background_seconds": 0.01}
    async with serve(plugins=[given], **ALL, **limits) as kernel:
        wire = Wire(kernel, http)
        begun = await wire.call("wait_forever")
        await plugin.begun.wait()
        full = await wire.ask("tools/call", name="wait_forever", arguments={})
        assert "calls are kept already" in full["error"]["message"]
        await wire.ask("tasks/cancel", taskId=begun["taskId"])
        await wire.settled(begun["taskId"], "cancelled")
        await until(plugin.ended.is_set)
        await trio.sleep(0.1)  # ten times as long as it is kept
        next_one = await wire.call("wait_forever")
        assert next_one["resultType"] == "task"
        assert (await wire.ask("tasks/get", taskId=begun["taskId"]))["error"]["code"] == -32602
        await wire.ask("tasks/cancel", taskId=next_one["taskId"])


async def test_calls_outlive_the_system(serve, http):
    stored = {**ALL, "ports.storage": "sqlite"}
    async with serve(**stored) as kernel:
        wire = Wire(kernel, http)
        for run_id in ("r-0", "r-1"):
            await wire.call("run_create", target="w.yaml", text=WORKFLOW, run_id=run_id)
        ended = await wire.call("run_drive", run_id="r-0")
        known = await wire.settled(ended["taskId"], "completed")
        # Two that were worked on when the system was killed.
        storage = kernel.port("storage").get()
        body = (await storage.get_document("mcp.calls", ended["taskId"])).body
        cut = {**body, "status": "working", "result": None, "arguments": {"run_id": "r-1"}}
        await storage.put_document("mcp.calls", "driven", cut)
        await storage.put_document("mcp.calls", "broken", {**cut, "tool": "wait_forever"})
    _, given = waiting()
    async with serve(plugins=[given], **stored) as kernel:
        wire = Wire(kernel, http)
        assert await wire.get(ended["taskId"]) == known
        broken = await wire.get("broken")
        assert (broken["status"], "call the tool again" in broken["error"]["message"]) == ("failed", True)
        driven = await wire.settled("driven", "completed")
        assert driven["result"]["structuredContent"]["run_id"] == "r-1"
        assert driven["result"]["structuredContent"]["state"] == "finished"
