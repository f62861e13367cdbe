"""Clients are told of changes while they are connected, and stay connected."""

import itertools
from contextlib import asynccontextmanager

import mcp_types as types
import pytest
import trio
from mcp_clients import ERAS, text_of, until
from mcp_plugins import waiting

from mosaic_kernel import to_json_data

WORKFLOW = """
jobs:
  hello: {steps: [{run: "echo hello"}]}
"""
ALL = {"plugins.mcp.tiers": ["all"], "plugins.mcp.page": 1000}


class Told:
    """What a client was told; `has` waits for it."""

    def __init__(self):
        self.found = []
        self._event = trio.Event()

    async def __call__(self, message):
        self.found.append(getattr(message, "method", ""))
        if self.found[-1] == "notifications/resources/updated":
            self.found[-1] = message.params.uri
        self._event.set()

    async def has(self, *wanted):
        with trio.fail_after(10):
            while not set(wanted) <= set(self.found):
                self._event = trio.Event()
                await self._event.wait()


@asynccontextmanager
async def listening(client, told, uris=()):
    """Hear of changes, as the era of the client has it."""
    if client.protocol_version < "2026":
        for uri in uris:
            await client.subscribe_resource(uri)
        yield
        return
    hearing = client.listen(
        tools_list_changed=True, resources_list_changed=True, resource_subscriptions=list(uris)
    )
    async with hearing as events, trio.open_nursery() as nursery:

        async def hear():
            async for event in events:
                await told(_NOTIFICATIONS.get(type(event).__name__) or _updated(event.uri))

        nursery.start_soon(hear)
        yield
        nursery.cancel_scope.cancel()


_NOTIFICATIONS = {
    "ToolsListChanged": types.ToolListChangedNotification(),
    "ResourcesListChanged": types.ResourceListChangedNotification(),
}


def _updated(uri):
    return types.ResourceUpdatedNotification(params=types.ResourceUpdatedNotificationParams(uri=uri))


@pytest.mark.parametrize("era", ERAS)
async def test_a_reload_changes_the_tools_and_no_session(serve, connect, era):
    _, given = waiting()
    told = Told()
    async with serve(plugins=[given], **ALL) as kernel, connect(kernel, era, message_handler=told) as client:
        before = {tool.name for tool in (await client.list_tools()).tools}
        async with listening(client, told):
            await kernel.dispatch("plugins.disable", {"name": "waiting", "keeps": False})
            await told.has("notifications/tools/list_changed")
            after = {tool.name for tool in (await client.list_tools()).tools}
            assert before - after == {"wait_a_while", "wait_ask", "wait_fail", "wait_forever"}
            assert (await client.call_tool("run_list")).structured_content == {"items": []}


@pytest.mark.parametrize("era", ERAS)
async def test_subscribers_hear_of_runs_and_tasks(serve, connect, era):
    told = Told()
    wanted = ("mosaic://runs", "mosaic://runs/r-1", "mosaic://runs/r-1/tasks/hello/evidence")
    async with (
        serve() as kernel,
        connect(kernel, era, message_handler=told) as client,
        listening(client, told, wanted),
    ):
        await client.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
        await client.call_tool("run_drive", {"run_id": "r-1"})
        await told.has(*wanted, "notifications/resources/list_changed")
        assert "mosaic://runs/r-1/tasks/hello" not in told.found


async def test_nobody_hears_after_unsubscribing(serve, connect):
    told = Told()
    async with (
        serve() as kernel,
        connect(kernel, "legacy", message_handler=told) as client,
        listening(client, told, ["mosaic://runs", "mosaic://runs/r-1"]),
    ):
        await client.unsubscribe_resource("mosaic://runs/r-1")
        await client.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
        await told.has("mosaic://runs")
        assert "mosaic://runs/r-1" not in told.found


@pytest.mark.parametrize("era", ERAS)
async def test_its_own_reload_breaks_no_client(serve, connect, era):
    told = Told()
    async with serve() as kernel:
        transport = kernel.port("transport").get("mcp")
        [address] = transport.addresses
        async with connect(kernel, era, message_handler=told) as client:
            assert (await client.call_tool("run_list")).structured_content == {"items": []}
            for number in (2, 3):
                report = await kernel.dispatch("plugins.reload", {"name": "mcp"})
                assert to_json_data(report)["changes"][0]["generation"] == number
                await until(lambda: transport.addresses)
                assert transport.addresses == (address,)
                assert text_of(await client.call_tool("run_list")) == '{"items":[]}'
                assert (await client.list_prompts()).prompts  # as the SDK has it


async def test_a_session_keeps_what_it_asked_for_over_a_reload(serve, connect):
    told = Told()
    async with serve() as kernel, connect(kernel, "legacy", message_handler=told) as client:
        await client.subscribe_resource("mosaic://runs")
        await kernel.dispatch("plugins.reload", {"name": "mcp"})
        transport = kernel.port("transport").get("mcp")
        await until(lambda: transport.addresses)
        await client.call_tool("run_list")
        with trio.fail_after(20):
            for number in itertools.count():  # the client listens anew in its own time
                run = {"target": "w.yaml", "text": WORKFLOW, "run_id": f"r-{number}"}
                await client.call_tool("run_create", run)
                await trio.sleep(0.1)
                if "mosaic://runs" in told.found:
                    break


async def test_requests_in_flight_survive_its_own_reload(serve, connect):
    async with serve() as kernel, connect(kernel, ERAS[0]) as client:
        made = await client.call_tool(
            "run_create",
            {
                "target": "w.yaml",
                "text": WORKFLOW.replace("echo hello", "sleep 1; echo hello"),
                "run_id": "r-1",
            },
        )
        assert not made.is_error
        results = []

        async def drive():
            results.append(await client.call_tool("run_drive", {"run_id": "r-1"}))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drive)
            await trio.sleep(0.2)
            await kernel.dispatch("plugins.reload", {"name": "mcp"})
        assert [result.structured_content["result"] for result in results] == ["accepted"]
