"""Connections lent for one attempt: what they reach, and that nothing widens it."""

import json
from contextlib import asynccontextmanager

import httpx2
import pytest
import trio
from mcp.shared.exceptions import MCPError
from mcp_clients import ERAS, over_http, over_stdio, text_of, until
from mcp_plugins import waiting

from mosaic_hookspecs import Denied, MosaicError, Principal
from mosaic_kernel import Kernel
from mosaic_mcp.lending.bounds import BOUND
from mosaic_mcp.lending.lent_system import LentSystem
from mosaic_mcp.lending.loans import Attempt, Loans
from mosaic_mcp.settings import Config
from mosaic_mcp.tiers import TIERS
from mosaic_mcp.tools import tool_name

WORKFLOW = """
jobs:
  mine: {steps: [{run: "sleep 60"}]}
  other: {approval: "Deploy it?", steps: [{run: "echo other"}]}
"""
ALL = {"plugins.mcp.tiers": ["all"], "plugins.mcp.page": 1000}


@asynccontextmanager
async def attempt(kernel, run_id="r-1"):
    """Have a task attempted for as long as the context lasts; yield what names the attempt."""
    await kernel.dispatch("run.create", {"target": "w.yaml", "text": WORKFLOW, "run_id": run_id})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kernel.dispatch, "run.drive", {"run_id": run_id})
        with trio.fail_after(10):
            while (task := await show(kernel, run_id)).state.value != "leased":  # noqa: ASYNC110
                await trio.sleep(0.01)
        yield {"run_id": run_id, "task_id": "mine", "token": task.token}
        nursery.cancel_scope.cancel()


async def show(kernel, run_id="r-1"):
    return (await kernel.dispatch("task.show", {"run_id": run_id, "task_id": "mine"})).task


async def lend(kernel, about):
    return await kernel.dispatch("mcp.lend", {**about, "agent": "coder"})


def error_of(result):
    assert result.is_error, text_of(result)
    return json.loads(text_of(result))["error"]


@pytest.mark.parametrize("era", ERAS)
async def test_an_agent_gets_the_tools_of_its_tier_and_is_asked_for_no_names(serve, era):
    async with serve() as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        async with over_http(loan.url, era, loan.bearer) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == [tool_name(name) for name in TIERS["agent"]]
            for tool in tools:
                assert not set(tool.input_schema["properties"]) & set(BOUND), tool.name
            why = await client.call_tool("task_why")
            assert (why.structured_content["run_id"], why.structured_content["task_id"]) == ("r-1", "mine")
            context = await client.call_tool("task_context")
            assert not context.is_error, text_of(context)
            sent = await client.call_tool("message_send", {"to": "boss", "text": "hello"})
            assert not sent.is_error, text_of(sent)
            [letter] = (await kernel.dispatch("message.thread", {"run_id": "r-1"})).items
            assert (letter.sender, letter.task_id) == ("coder", "mine")
            asked = await client.call_tool("inbox_ask", {"title": "Which colour?"})
            assert not asked.is_error, text_of(asked)
            [item] = (await kernel.dispatch("inbox.list", {"kinds": ["question"]})).items
            assert (item.title, item.by, item.task_id) == ("Which colour?", "coder", "mine")


INJECTED = [
    ("task_approve", {"run_id": "r-1", "task_id": "other"}),
    ("task_cancel", {"task_id": "other"}),
    ("task_show", {"task_id": "other"}),
    ("task_list", {}),
    ("run_cancel", {"run_id": "r-1"}),
    ("run_show", {}),
    ("run_create", {"goal": "mine bitcoins"}),
    ("plugins_disable", {"name": "mcp"}),
    ("config_show", {}),
    ("storage_backup", {"path": "/tmp/stolen"}),
    ("work_take", {"agent": "coder"}),
    ("work_report", {"run_id": "r-1", "task_id": "other", "token": 1}),
    ("agent_register", {"name": "another"}),
    ("mcp_lend", {"run_id": "r-1", "task_id": "other", "token": 1, "agent": "x"}),
    ("mcp_recall", {"run_id": "r-1", "task_id": "mine", "token": 1}),
]


@pytest.mark.parametrize("query", ["", "?tiers=all"])
async def test_what_an_agent_was_told_to_call_is_refused(serve, query):
    async with serve(**ALL) as kernel, attempt(kernel) as about:
        before = await kernel.dispatch("run.show", {"run_id": "r-1"})
        loan = await lend(kernel, about)
        async with over_http(loan.url + query, ERAS[0], loan.bearer) as client:
            for name, arguments in INJECTED:
                with pytest.raises(MCPError, match="not offered to the agent of an attempt"):
                    await client.call_tool(name, arguments)
        assert (await kernel.dispatch("run.show", {"run_id": "r-1"})).counts == before.counts


FOREIGN = [
    ("task_why", {"task_id": "other"}),
    ("task_why", {"run_id": "r-0"}),
    ("task_context", {"run_id": "r-0", "task_id": "mine"}),
    ("work_progress", {"token": 99, "note": "hello"}),
    ("work_progress", {"task_id": "other", "note": "hello"}),
    ("message_send", {"to": "all", "text": "hello", "task_id": "other"}),
    ("file_reserve", {"paths": ["a"], "task_id": "other"}),
    ("file_list", {"run_id": "r-0"}),
]


@pytest.mark.parametrize("era", ERAS)
async def test_naming_anothers_task_is_refused(serve, era):
    async with serve() as kernel, attempt(kernel, "r-0"), attempt(kernel) as about:
        loan = await lend(kernel, about)
        async with over_http(loan.url, era, loan.bearer) as client:
            for name, arguments in FOREIGN:
                error = error_of(await client.call_tool(name, arguments))
                assert error["code"] == "not-lent", (name, error)
                assert error["next"]
            own = {"run_id": "r-1", "task_id": "mine"}
            assert not (await client.call_tool("task_why", own)).is_error  # what it is, it may say


async def test_its_resources_are_its_own_task(serve):
    async with serve() as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        own = "mosaic://runs/r-1/tasks/mine"
        async with over_http(loan.url, "legacy", loan.bearer) as client:
            listed = [one.uri for one in (await client.list_resources()).resources]
            assert listed == [own, f"{own}/evidence", f"{own}/log"]
            assert (await client.list_resource_templates()).resource_templates == []
            assert (await client.list_prompts()).prompts == []
            assert json.loads((await client.read_resource(own)).contents[0].text)["task"]["task_id"] == "mine"
            for uri in ("mosaic://runs", "mosaic://runs/r-1", "mosaic://runs/r-1/tasks/other"):
                with pytest.raises(MCPError, match="Resource not found"):
                    await client.read_resource(uri)
                with pytest.raises(MCPError, match="no such resource"):
                    await client.subscribe_resource(uri)
            await client.subscribe_resource(own)


async def test_it_ends_with_the_attempt(serve):
    async with serve() as kernel:
        async with attempt(kernel) as about:
            loan = await lend(kernel, about)
            async with over_http(loan.url, ERAS[0], loan.bearer) as client:
                assert not (await client.call_tool("task_why")).is_error
                await kernel.dispatch("task.cancel", {"task_id": "mine"})
                error = error_of(await client.call_tool("task_why"))
                assert (error["code"], "Stop working" in error["next"]) == ("attempt-ended", True)
                with pytest.raises(MCPError, match="attempt-ended"):
                    await client.read_resource("mosaic://runs/r-1/tasks/mine")
        with pytest.raises(MosaicError, match="attempt-ended"):
            await lend(kernel, about)
        recalled = await kernel.dispatch("mcp.recall", about)
        assert recalled.loans == 1
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(loan.url, json={}, headers={"authorization": f"Bearer {loan.bearer}"})
            assert (answer.status_code, "has ended" in answer.text) == (401, True)


@pytest.mark.parametrize("era", ERAS)
async def test_what_it_waits_for_is_not_delivered_after_its_end(serve, era):
    async with serve() as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        answers = []

        async def wait(client):
            answers.append(error_of(await client.call_tool("message_read", {"wait_seconds": 60})))

        async with over_http(loan.url, era, loan.bearer) as client, trio.open_nursery() as nursery:
            await client.call_tool("message_read")
            nursery.start_soon(wait, client)
            await trio.sleep(0.3)
            assert answers == []
            with trio.fail_after(5):
                assert (await kernel.dispatch("mcp.recall", about)).loans == 1
                sent = await kernel.dispatch("message.send", {"to": "coder", "text": "for the next"})
                assert list(sent.boxes) == ["agent:coder"]
                await until(lambda: answers)
        assert [answer["code"] for answer in answers] == ["attempt-ended"]
        [letter] = (await kernel.dispatch("message.read", {"name": "coder"})).items
        assert (letter.text, letter.deliveries) == ("for the next", 1)


async def test_its_bearer_stands_for_nothing_else(serve, connect):
    async with serve(**{"plugins.mcp.token": False}) as kernel, attempt(kernel) as about:
        first, second = await lend(kernel, about), await lend(kernel, about)
        assert first.bearer != second.bearer
        assert first.bearer not in repr(first)
        files = [path for path in kernel.state_directory.rglob("*") if path.is_file()]
        assert not [path for path in files if first.bearer.encode() in path.read_bytes()]
        # Even where a system asks the person for no token, one that was recalled is not the person's.
        await kernel.dispatch("mcp.recall", about)
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(first.url, json={}, headers={"authorization": f"bearer  {first.bearer}"})
            assert answer.status_code == 401


async def test_sessions_are_used_by_whoever_began_them(serve, connect):
    started = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    accepts = {"accept": "application/json, text/event-stream"}
    async with serve(**{"plugins.mcp.token": False}) as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        lent = {**accepts, "authorization": f"Bearer {loan.bearer}"}
        async with httpx2.AsyncClient(trust_env=False) as http:
            asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": started}
            begun = await http.post(loan.url, json=asked, headers=accepts)
            own = {"mcp-session-id": begun.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
            told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            assert (await http.post(loan.url, json=told, headers={**accepts, **own})).status_code == 202
            listed = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
            assert (await http.post(loan.url, json=listed, headers={**accepts, **own})).status_code == 200
            assert (await http.post(loan.url, json=listed, headers={**lent, **own})).status_code == 404


async def test_loans_and_sessions_outlive_a_reload(serve):
    async with serve() as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        async with over_http(loan.url, "legacy", loan.bearer) as client:
            assert not (await client.call_tool("task_why")).is_error
            await kernel.dispatch("plugins.reload", {"name": "mcp"})
            await until(lambda: kernel.port("transport").get("mcp").addresses)
            assert (await client.call_tool("task_why")).structured_content["task_id"] == "mine"
            with pytest.raises(MCPError, match="not offered to the agent"):
                await client.call_tool("run_list")


async def test_loans_are_bounded_and_those_that_ended_make_room(serve):
    async with serve(**{"plugins.mcp.loans": 1}) as kernel:
        async with attempt(kernel) as about:
            await lend(kernel, about)
            with pytest.raises(MosaicError, match="too-many-loans"):
                await lend(kernel, about)
        async with attempt(kernel, "r-2") as about:
            await lend(kernel, about)


async def test_nothing_is_lent_where_nothing_is_served(tmp_path):
    settings = {"ports.storage": "memory", "ports.transport": ["mcp"]}
    async with (
        Kernel(profile="local", directory=tmp_path, environment={}, settings=settings) as kernel,
        attempt(kernel) as about,
    ):
        with pytest.raises(MosaicError, match="mcp-not-served"):
            await lend(kernel, about)


async def test_the_permission_layer_refuses_by_itself(serve):
    """Though a name slipped through every list of tools, nothing would come of it."""
    agent = Principal(name="agent:coder", kind="agent", permissions=frozenset(Config().agent_permissions))
    async with serve() as kernel, attempt(kernel) as about:
        for operation, data in [
            ("task.approve", {"task_id": "other"}),
            ("task.cancel", {"task_id": "other"}),
            ("run.cancel", {"run_id": "r-1"}),
            ("run.show", {}),
            ("plugins.disable", {"name": "engine"}),
            ("config.show", {}),
            ("mcp.lend", {**about, "agent": "x"}),
        ]:
            with pytest.raises(Denied, match="agent:coder"):
                await kernel.dispatch(operation, data, principal=agent)


async def test_a_lent_system_is_bounded_whatever_calls_it(serve):
    _, given = waiting()
    async with serve(plugins=[given]) as kernel, attempt(kernel) as about:
        named = Attempt(**about, agent="coder")
        context = _Context(kernel)
        fields = {"task.show": {"run_id", "task_id"}, "wait.fail": set()}.get
        system = LentSystem(context, named, ["task:read"], fields, Loans(2))
        assert (await system.dispatch("task.show", {}))["task"]["task_id"] == "mine"
        for operation, data, code in [
            ("task.show", {"task_id": "other"}, "not-lent"),
            ("run.list", {}, "not-lent"),
            ("wait.fail", {}, "operation-failed"),
        ]:
            with pytest.raises(MosaicError, match=code):
                await system.dispatch(operation, data)
        with pytest.raises(MosaicError, match="not-lent"):
            [item async for item in system.follow("event.follow", {})]


class _Context:
    """What a lent system needs of a plugin's context."""

    def __init__(self, kernel):
        self._kernel = kernel
        self.port = kernel.port

    async def dispatch(self, operation, data, principal):
        return await self._kernel.dispatch(operation, data, principal=principal)


def test_a_bearer_is_found_by_its_digest_alone():
    loans = Loans(2)
    about = Attempt(run_id="r", task_id="t", token=3, agent="a")
    bearer = loans.lend(about)
    assert loans.find(bearer) == about
    assert loans.find(bearer[:-1]) is None
    assert bearer not in json.dumps(loans.to_data())
    other = Loans(2)
    other.take_over(json.loads(json.dumps(loans.to_data())))
    assert other.find(bearer) == about
    assert (loans.recall("r", "t", 2), loans.recall("r", "t", 3), len(loans)) == (0, 1, 0)


@pytest.mark.parametrize("era", ERAS)
async def test_stdio_speaks_by_the_loan_alone(serve, environment, era, tmp_path):
    log, workspace = tmp_path / "log", tmp_path / "workspace"
    workspace.mkdir()
    # What stands in the agent's own directory is neither read nor run.
    (workspace / "mosaic.yaml").write_text("this: is no configuration\n")
    (workspace / "mosaic_cli.py").write_text("raise SystemExit('stolen')\n")
    async with serve() as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        lent = {**environment, **loan.environment}
        async with over_stdio(workspace, lent, era, command=loan.command, log=log) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert names == [tool_name(name) for name in TIERS["agent"]]
            assert (await client.call_tool("task_why")).structured_content["task_id"] == "mine"
            with pytest.raises(MCPError, match="not offered to the agent"):
                await client.call_tool("run_cancel", {"run_id": "r-1"})
            await kernel.dispatch("mcp.recall", about)
            with pytest.raises(MCPError, match="has ended"):
                await client.call_tool("task_why")
    assert "Traceback" not in log.read_text()
