"""``mosaic mcp``: real processes, alone and joined to a system that runs."""

import json
import signal
import subprocess
import time

import pytest
import trio
from mcp_clients import ERAS, MOSAIC, over_http, over_stdio, text_of

from mosaic_mcp.tiers import TIERS
from mosaic_mcp.tools import tool_name

WORKFLOW = """
jobs:
  hello: {steps: [{run: "echo hello; echo aside"}]}
"""
HELLO = {"run_id": "r-1", "task_id": "hello"}


@pytest.fixture
def project(tmp_path):
    made = tmp_path / "project"
    made.mkdir()
    return made


@pytest.fixture
def running(project, environment):
    """Start ``mosaic run``, and wait until it can be reached."""
    begun = []

    def begin():
        log = (project.parent / f"run-{len(begun)}").open("wb")
        process = subprocess.Popen(
            [MOSAIC, "run"], cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()
        begun.append(process)
        give_up = time.monotonic() + 120
        while not list((project / ".mosaic" / "control").glob(f"{process.pid}-*.sock")):
            assert time.monotonic() < give_up
            assert process.poll() is None
            time.sleep(0.05)
        return process

    yield begin
    for process in begun:
        end(process)


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.wait(30)


@pytest.mark.parametrize("era", ERAS)
async def test_it_starts_a_system_of_its_own(project, environment, era):
    log = project.parent / "log"
    async with over_stdio(project, environment, era, log=log) as client:
        made = await client.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
        assert made.structured_content["run_id"] == "r-1"
        told = []

        async def on_progress(done, total, message):
            told.append((done, total))

        driven = await client.call_tool("run_drive", {"run_id": "r-1"}, progress_callback=on_progress)
        assert driven.structured_content["result"] == "accepted"
        assert told == [(0, 1), (1, 1)]
        assert "aside" in text_of(await client.call_tool("task_logs", {"task_id": "hello"}))
        mistake = await client.call_tool("task_show", {"task_id": "none"})
        assert json.loads(text_of(mistake))["error"]["next"]
    assert "Traceback" not in log.read_text()
    async with over_stdio(project, environment, era, log=log) as client:  # the store outlives the client
        assert (await client.call_tool("run_show")).structured_content["run_id"] == "r-1"
        tools = [tool.name for tool in (await client.list_tools()).tools]
        assert tools == [tool_name(name) for name in TIERS["default"]]
        for name in tools:  # each is answered in words: what it gives, or what its input lacks
            answer = json.loads(text_of(await client.call_tool(name, {"run_id": "none"})))
            assert answer["error"]["next"]


async def test_a_system_of_ones_own_lends_too(project, environment):
    log, slow = project.parent / "log", WORKFLOW.replace("echo hello;", "sleep 60;")
    async with over_stdio(project, environment, ERAS[0], "--tier", "all", log=log) as client:
        await client.call_tool("run_create", {"target": "w.yaml", "text": slow, "run_id": "r-1"})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call_tool, "run_drive", {"run_id": "r-1"})
            task = {"state": ""}
            with trio.fail_after(20):
                while task["state"] != "leased":
                    task = (await client.call_tool("task_show", HELLO)).structured_content["task"]
            about = {**HELLO, "token": task["token"], "agent": "coder"}
            loan = (await client.call_tool("mcp_lend", about)).structured_content
            async with over_http(loan["url"], ERAS[0], loan["bearer"]) as lent:
                assert (await lent.call_tool("task_why")).structured_content["task_id"] == "hello"
            with pytest.raises(BaseExceptionGroup):  # what else comes in there is nobody's
                async with over_http(loan["url"], ERAS[0], "none") as other:
                    await other.list_tools()
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("era", ERAS)
async def test_it_joins_the_system_that_runs(project, environment, running, era):
    process = running()
    log = project.parent / "log"
    async with over_stdio(project, environment, era, "--tier", "admin", log=log) as client:
        async with over_stdio(project, environment, ERAS[0], log=log) as other:
            made = await other.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
            assert not made.is_error
        shown = await client.call_tool("run_show", {"run_id": "r-1"})
        assert shown.structured_content["run_id"] == "r-1"
        mistake = await client.call_tool("task_show", {"task_id": 1})
        assert json.loads(text_of(mistake))["error"]["where"] == "task_id"
        plugins = (await client.call_tool("plugins_list")).structured_content["plugins"]
        assert {one["name"] for one in plugins if one["state"] == "running"} >= {"control", "engine", "mcp"}
        sockets = list((project / ".mosaic" / "control").glob("*.sock"))
        assert [path.name.partition("-")[0] for path in sockets] == [str(process.pid)]


async def test_it_says_that_the_system_has_ended_and_finds_the_next(project, environment, running):
    first = running()
    async with over_stdio(project, environment, ERAS[0], log=project.parent / "log") as client:
        assert not (await client.call_tool("run_list")).is_error
        await trio.to_thread.run_sync(end, first)
        gone = await client.call_tool("run_list")
        assert json.loads(text_of(gone))["error"]["code"] == "system-ended"
        await trio.to_thread.run_sync(running)
        assert not (await client.call_tool("run_list")).is_error


def test_it_ends_with_its_client_and_prints_nothing_else(project, environment):
    done = subprocess.run(
        [MOSAIC, "mcp", "-vv"],
        cwd=project,
        env=environment,
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"Traceback" not in done.stderr


def test_a_signal_ends_it(project, environment):
    with subprocess.Popen(
        [MOSAIC, "mcp", "-v"],
        cwd=project,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        give_up = time.monotonic() + 120
        while not list((project / ".mosaic" / "control").glob("*.sock")):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.returncode == 130
        assert b"Traceback" not in process.stderr.read()


def test_rubbish_is_answered_and_does_not_end_it(project, environment):
    said = b'this is no JSON\n{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'
    done = subprocess.run(
        [MOSAIC, "mcp"], cwd=project, env=environment, input=said, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert any(json.loads(line).get("id") == 1 for line in done.stdout.splitlines())


def test_a_system_without_the_plugin_says_so(project, environment):
    done = subprocess.run(
        [MOSAIC, "mcp", "--set", "plugins.mcp=false"],
        cwd=project,
        env=environment,
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert b"mcp" in done.stderr
    assert b"Traceback" not in done.stderr
