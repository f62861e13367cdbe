"""Every tool of the default tier answers as the kernel does, results and errors, in both eras, over HTTP."""

import json

import jsonschema
import pytest
from mcp.shared.exceptions import MCPError
from mcp_clients import ERAS, text_of

from mosaic_hookspecs import MosaicError
from mosaic_kernel import to_json_data
from mosaic_mcp.failures import describe
from mosaic_mcp.tiers import TIERS
from mosaic_mcp.tools import tool_name

WORKFLOW = """
jobs:
  hello:
    steps:
      - run: echo "hello"
  fails:
    steps:
      - run: exit 3
"""
VOLATILE = ("now", "sequence", "created_at", "ended_at", "at")


def plain(data):
    """Leave out what differs from one moment to the next."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items() if key not in VOLATILE}
    return [plain(one) for one in data] if isinstance(data, list) else data


CALLS = {
    "plan.new": {"goal": "Build a REST API for a zoo with animals"},
    "plan.brief": {"text": "# Shop\n\n- Users can buy a book.\n"},
    "plan.submit": {"outline": {"title": "Shop"}, "text": "# Shop\n\n- Users can buy a book.\n"},
    "run.list": {},
    "run.show": {},
    "run.why": {},
    "task.list": {"states": ["failed"]},
    "task.show": {"task_id": "hello"},
    "task.why": {"task_id": "fails"},
    "task.logs": {"task_id": "hello"},
    "work.take": {"agent": "coder", "wait_seconds": 0},
}
MISTAKES = {
    "plan.new": {},
    "plan.brief": {},
    "plan.submit": {"outline": 7},
    "run.create": {"text": "x", "target": "x.yaml", "more": 1},
    "run.drive": {"run_id": "none"},
    "run.list": {"limit": 0},
    "run.show": {"run_id": "none"},
    "run.why": {"run_id": "none"},
    "run.cancel": {},
    "task.list": {"states": ["done"]},
    "task.show": {"task_id": "none"},
    "task.why": {"task_id": ["hello"]},
    "task.logs": {"task_id": "hello", "run_id": "none"},
    "task.retry": {"task_id": "hello"},
    "work.take": {"agent": ""},
    "work.progress": {"task_id": "hello", "token": 1},
    "work.report": {"run_id": "r-1", "task_id": "hello", "token": "1"},
}


@pytest.mark.parametrize("era", ERAS)
async def test_every_default_tool_answers_as_the_kernel(serve, connect, era):
    async with serve() as kernel, connect(kernel, era) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == [tool_name(name) for name in TIERS["default"]]
        made = await client.call_tool(
            "run_create", {"target": "checks.yaml", "text": WORKFLOW, "run_id": "r-1"}
        )
        driven = await client.call_tool("run_drive", {"run_id": "r-1"})
        shown = to_json_data(await kernel.dispatch("run.show", {"run_id": "r-1"}))
        assert (made.structured_content["run_id"], made.is_error) == ("r-1", False)
        assert plain(driven.structured_content) == plain(shown)
        assert shown["result"] == "failed"
        seen = {"run.create", "run.drive"}
        for operation, arguments in CALLS.items():
            result = await client.call_tool(tool_name(operation), arguments)
            expected = to_json_data(await kernel.dispatch(operation, arguments))
            assert not result.is_error, text_of(result)
            assert plain(result.structured_content) == plain(expected), operation
            assert json.loads(text_of(result)) == result.structured_content
            jsonschema.validate(result.structured_content, tools[tool_name(operation)].output_schema)
            seen.add(operation)
        again = await client.call_tool("task_retry", {"task_id": "fails"})
        assert again.structured_content["state"] in ("ready", "leased")  # whoever drives it may be quicker
        ended = await client.call_tool("run_cancel", {"run_id": "r-1", "reason": "enough"})
        assert ended.structured_content["state"] == "cancelled"
        work = {"work.progress", "work.report"}  # the fleet's own tests do some
        assert {*seen, *work, "task.retry", "run.cancel"} == set(TIERS["default"])


@pytest.mark.parametrize("era", ERAS)
async def test_every_mistake_is_told_as_the_kernel_does(serve, connect, era):
    async with serve() as kernel, connect(kernel, era) as client:
        await client.call_tool("run_create", {"target": "checks.yaml", "text": WORKFLOW, "run_id": "r-1"})
        assert set(MISTAKES) == set(TIERS["default"])
        for operation, arguments in MISTAKES.items():
            result = await client.call_tool(tool_name(operation), arguments)
            assert result.is_error, operation
            with pytest.raises(MosaicError) as raised:
                await kernel.dispatch(operation, arguments)
            told = json.loads(text_of(result))["error"]
            assert told == describe(raised.value)
            assert told["next"]


async def test_to_drive_every_run_is_no_tool_call(serve, connect):
    async with serve() as kernel, connect(kernel, ERAS[0]) as client:
        result = await client.call_tool("run_drive", {})
        assert json.loads(text_of(result))["error"]["what"] == "'run_id' is missing"


async def test_a_tool_that_is_not_offered_says_how_it_would_be(serve, connect):
    async with serve() as kernel:
        async with connect(kernel, ERAS[0]) as client:
            with pytest.raises(MCPError, match=r"\?tiers=steering"):
                await client.call_tool("run_pause", {"run_id": "x"})
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool("run_nothing", {})
        async with connect(kernel, ERAS[0], "?tiers=steering") as client:
            assert "run_pause" in {tool.name for tool in (await client.list_tools()).tools}
            assert (await client.call_tool("run_pause", {"run_id": "x"})).is_error


async def test_the_configuration_opens_tiers_and_tools(serve, connect):
    settings = {"plugins.mcp.tiers": ["steering"], "plugins.mcp.tools": ["doctor.check"]}
    async with serve(**settings) as kernel, connect(kernel, ERAS[0]) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert names == [*map(tool_name, TIERS["steering"]), "doctor_check"]


async def test_a_tier_that_there_is_not_is_refused(serve):
    with pytest.raises(MosaicError, match="unknown-tier"):
        async with serve(**{"plugins.mcp.tiers": ["everything"]}):
            pass


async def test_hints_say_what_a_call_may_do(serve, connect):
    settings = {"plugins.mcp.tiers": ["all"]}
    async with serve(**settings) as kernel, connect(kernel, ERAS[0]) as client:
        tools = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
        assert tools["run_show"].read_only_hint
        assert (tools["run_cancel"].read_only_hint, tools["run_cancel"].destructive_hint) == (False, True)
        assert (tools["run_create"].read_only_hint, tools["run_create"].destructive_hint) == (False, False)
        assert tools["storage_restore"].destructive_hint


async def test_lists_come_in_pages(serve, connect):
    async with serve(**{"plugins.mcp.page": 5}) as kernel, connect(kernel, ERAS[0]) as client:
        names, cursor = [], None
        for _ in range(4):
            page = await client.list_tools(cursor=cursor)
            assert len(page.tools) <= 5
            names += [tool.name for tool in page.tools]
            cursor = page.next_cursor
        assert cursor is None
        assert names == [tool_name(name) for name in TIERS["default"]]
        with pytest.raises(MCPError, match="bad-cursor"):
            await client.list_tools(cursor="from--1")
