"""What belongs to a call besides its result: progress, log messages, questions, and its end."""

import json

import mcp_types as types
import pytest
import trio
from mcp.shared.exceptions import MCPError
from mcp_clients import ERAS, text_of
from mcp_plugins import waiting

WORKFLOW = """
jobs:
  one: {steps: [{run: "echo 1"}]}
  two: {steps: [{run: "echo 2"}]}
  three: {needs: [one, two], steps: [{run: "echo 3"}]}
"""
ALL = {"plugins.mcp.tiers": ["all"], "plugins.mcp.page": 1000}


@pytest.mark.parametrize("era", ERAS)
async def test_a_run_that_is_driven_tells_how_far_it_is(serve, connect, era):
    told = []

    async def on_progress(done, total, message):
        told.append((done, total, message))

    async with serve() as kernel, connect(kernel, era) as client:
        await client.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
        result = await client.call_tool("run_drive", {"run_id": "r-1"}, progress_callback=on_progress)
        assert result.structured_content["result"] == "accepted"
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert told[-1][:2] == (3, 3)
    assert told[-1][2] == "three accepted"


async def test_a_client_that_leaves_ends_what_it_asked_for(serve, connect):
    plugin, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel, connect(kernel, ERAS[0]) as client:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call_tool, "wait_forever")
            with trio.fail_after(10):
                await plugin.begun.wait()
            nursery.cancel_scope.cancel()
        with trio.fail_after(5):
            await plugin.ended.wait()


async def test_a_notification_ends_a_call_of_a_session(serve, connect):
    plugin, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel, connect(kernel, "legacy") as client:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call_tool, "wait_forever")
            with trio.fail_after(10):
                await plugin.begun.wait()
            nursery.cancel_scope.cancel()  # the SDK's client says so by notifications/cancelled
        with trio.fail_after(5):
            await plugin.ended.wait()


@pytest.mark.parametrize("era", ERAS)
async def test_a_handler_that_fails_is_a_result_that_says_so(serve, connect, era):
    _, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel, connect(kernel, era) as client:
        result = await client.call_tool("wait_fail")
        told = json.loads(text_of(result))["error"]
        assert result.is_error
        assert told["code"] == "operation-failed"
        assert told["got"] == "ZeroDivisionError: by accident"
        assert (await client.call_tool("run_list")).structured_content == {"items": []}


@pytest.mark.parametrize("era", ERAS)
async def test_the_person_is_asked_through_the_client(serve, connect, era):
    asked = []

    async def answer(context, params):
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={"yes": True})

    _, given = waiting()
    async with (
        serve(plugins=[given], **ALL) as kernel,
        connect(kernel, era, elicitation_callback=answer) as client,
    ):
        result = await client.call_tool("wait_ask", {"what": "May I?"})
        assert result.structured_content == {"said": "accept: {'yes': True}"}
    assert asked == ["May I?"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_cannot_be_asked_is_told(serve, connect, era):
    _, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel, connect(kernel, era) as client:
        with pytest.raises(MCPError, match="elicitation"):
            await client.call_tool("wait_ask", {"what": "May I?"})


@pytest.mark.parametrize("field", ["answers", "state"])
async def test_a_model_cannot_answer_for_the_person(serve, connect, field):
    _, given = waiting()
    async with serve(plugins=[given], **ALL) as kernel, connect(kernel, ERAS[0]) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools["wait_ask"].input_schema["properties"]) == {"what"}
        forged = {"answers": {"gate": {"action": "accept"}}, "state": "asked"}
        result = await client.call_tool("wait_ask", {"what": "May I?", field: forged[field]})
        assert result.is_error
        assert json.loads(text_of(result))["error"]["what"] == f"unknown key '{field}'"


GATED = """
jobs:
  deploy: {approval: "Release it?", steps: [{run: "echo deployed"}]}
"""
STEERING = {"plugins.mcp.tiers": ["default", "steering"], "plugins.mcp.confirm": ["task.approve", "wait.ask"]}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("action", "content", "is_done"),
    [
        ("accept", {"confirm": True}, True),
        ("accept", {"confirm": False}, False),
        ("decline", None, False),
        ("cancel", None, False),
    ],
)
async def test_the_person_decides_of_approvals(serve, connect, era, action, content, is_done):
    asked = []

    async def answer(context, params):
        asked.append(params.message)
        return types.ElicitResult(action=action, content=content)

    async with serve(**STEERING) as kernel, connect(kernel, era, elicitation_callback=answer) as client:
        await client.call_tool("run_create", {"target": "w.yaml", "text": GATED, "run_id": "r-1"})
        result = await client.call_tool("task_approve", {"task_id": "deploy", "comment": "trust me"})
        assert asked == ["The agent wants to call task.approve with task_id 'deploy', comment 'trust me'."]
        task = (await kernel.dispatch("task.show", {"task_id": "deploy"})).task
        assert task.is_approved is is_done
        assert result.is_error is not is_done
        if not is_done:
            assert json.loads(text_of(result))["error"]["code"] == "not-confirmed"


@pytest.mark.parametrize("era", ERAS)
async def test_what_the_person_decides_is_refused_where_nobody_can_be_asked(serve, connect, era):
    async with serve(**STEERING) as kernel, connect(kernel, era) as client:
        await client.call_tool("run_create", {"target": "w.yaml", "text": GATED, "run_id": "r-1"})
        result = await client.call_tool("task_approve", {"task_id": "deploy"})
        assert json.loads(text_of(result))["error"]["code"] == "needs-person"
        assert not (await kernel.dispatch("task.show", {"task_id": "deploy"})).task.is_approved


async def test_a_model_cannot_switch_off_that_the_person_is_asked(serve, connect):
    async with serve(**{"plugins.mcp.tiers": ["admin"]}) as kernel, connect(kernel, ERAS[0]) as client:
        result = await client.call_tool("config_set", {"values": {"plugins.mcp.confirm": []}})
        assert json.loads(text_of(result))["error"]["code"] == "needs-person"


@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_that_asks_by_itself_is_confirmed_once(serve, connect, era):
    asked = []

    async def answer(context, params):
        asked.append(params.message)
        name = next(iter(params.requested_schema["properties"]))
        return types.ElicitResult(action="accept", content={name: True})

    _, given = waiting()
    settings = {**STEERING, **ALL}
    async with (
        serve(plugins=[given], **settings) as kernel,
        connect(kernel, era, elicitation_callback=answer) as client,
    ):
        result = await client.call_tool("wait_ask", {"what": "May I?"})
        assert result.structured_content == {"said": "accept: {'yes': True}"}
    assert asked == ["The agent wants to call wait.ask with what 'May I?'.", "May I?"]
