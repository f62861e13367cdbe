"""Resources, prompts and completion, as a client sees them."""

import json

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError
from mcp_clients import ERAS

from mosaic_kernel import to_json_data

WORKFLOW = """
jobs:
  hello: {steps: [{run: "echo hello there"}]}
"""


async def run(client):
    await client.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
    await client.call_tool("run_drive", {"run_id": "r-1"})


@pytest.mark.parametrize("era", ERAS)
async def test_runs_tasks_evidence_and_logs_can_be_read(serve, connect, era):
    async with serve() as kernel, connect(kernel, era) as client:
        await run(client)
        listed = [resource.uri for resource in (await client.list_resources()).resources]
        assert listed == ["mosaic://runs", "mosaic://runs/r-1"]
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.name for one in templates] == ["run", "tasks", "task", "evidence", "log"]

        async def read(uri):
            [contents] = (await client.read_resource(uri)).contents
            assert contents.uri == uri
            return contents.text

        detail = to_json_data(await kernel.dispatch("task.show", {"task_id": "hello"}))
        assert json.loads(await read("mosaic://runs"))["items"][0]["run_id"] == "r-1"
        assert json.loads(await read("mosaic://runs/r-1"))["result"] == "accepted"
        assert [one["task_id"] for one in json.loads(await read("mosaic://runs/r-1/tasks"))["items"]] == [
            "hello"
        ]
        assert json.loads(await read("mosaic://runs/r-1/tasks/hello")) == detail
        assert json.loads(await read("mosaic://runs/r-1/tasks/hello/evidence")) == detail["attempts"]
        assert "hello there" in await read("mosaic://runs/r-1/tasks/hello/log")


@pytest.mark.parametrize(("era", "code"), [(ERAS[0], -32602), (ERAS[1], -32002)])
@pytest.mark.parametrize("uri", ["mosaic://runs/none", "mosaic://nothing", "mosaic://runs/a/b/c/d"])
async def test_what_is_not_there_is_said(serve, connect, era, code, uri):
    async with serve() as kernel, connect(kernel, era) as client:
        with pytest.raises(MCPError) as raised:
            await client.read_resource(uri)
        assert (raised.value.code, raised.value.data) == (code, {"uri": uri})


async def test_prompts_are_filled_in_once(serve, connect):
    async with serve() as kernel, connect(kernel, ERAS[0]) as client:
        prompts = {one.name: one for one in (await client.list_prompts()).prompts}
        assert list(prompts) == ["plan_project", "take_next_task", "review_task", "hand_over"]
        got = await client.get_prompt("plan_project", {"goal": "Sell {repository} books"})
        assert "Sell {repository} books\nRepository: a new directory" in got.messages[0].content.text
        for arguments in ({}, {"goal": ""}, {"goal": "x", "more": "y"}):
            with pytest.raises(MCPError, match="bad-arguments"):
                await client.get_prompt("plan_project", arguments)
        with pytest.raises(MCPError, match="Unknown prompt"):
            await client.get_prompt("none")


async def test_the_prompts_name_tools_that_there_are(serve, connect):
    async with serve() as kernel, connect(kernel, ERAS[0]) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        for prompt in (await client.list_prompts()).prompts:
            asked = {one.name: "x" for one in prompt.arguments}
            text = (await client.get_prompt(prompt.name, asked)).messages[0].content.text
            named = {
                word.strip(".,:;()") for word in text.split() if word.startswith(("run_", "task_", "plan_"))
            }
            assert named, prompt.name
            assert named <= tools


async def test_runs_and_tasks_are_completed(serve, connect):
    async with serve() as kernel, connect(kernel, ERAS[0]) as client:
        nothing = await client.complete(
            types.PromptReference(name="review_task"), {"name": "run_id", "value": ""}
        )
        assert nothing.completion.values == []
        await run(client)
        template = types.ResourceTemplateReference(uri="mosaic://runs/{run_id}/tasks/{task_id}")
        found = await client.complete(template, {"name": "run_id", "value": "r"})
        assert found.completion.values == ["r-1"]
        found = await client.complete(
            template, {"name": "task_id", "value": "he"}, context_arguments={"run_id": "r-1"}
        )
        assert found.completion.values == ["hello"]
        found = await client.complete(template, {"name": "task_id", "value": "x"})
        assert found.completion.values == []
