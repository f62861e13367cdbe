"""Servers of the official SDK, over both transports, in both eras of the protocol."""

import gc
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from mcpclient_rogue import HERE

HONEST = str(HERE / "honest_server.py")


@pytest.fixture(autouse=True)
def swept():
    """Have what the SDK's client left collected while its warnings are expected."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Return the address of a server that runs for these tests."""
    with running(tmp_path_factory.mktemp("http") / "port") as url:
        yield url


@contextmanager
def running(port_file):
    process = subprocess.Popen([sys.executable, HONEST, "http", str(port_file)])
    try:
        while not (port_file.exists() and port_file.read_text()):
            assert process.poll() is None
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port_file.read_text()}/mcp"
    finally:
        process.terminate()
        process.wait(10)


async def calls(kernel):
    """Call it right and wrong; return what it speaks."""
    found = await kernel.dispatch("mcpclient.tools", {"server": "honest"})
    assert {one.tool for one in found.tools} == {"add", "fail"}
    add = next(one for one in found.tools if one.tool == "add")
    assert add.description == "Add two numbers."
    assert set(add.input_schema["properties"]) == {"a", "b"}
    assert add.output_schema["properties"]["total"]["type"] == "integer"
    data = {"server": "honest", "tool": "add", "arguments": {"a": 2, "b": 3}}
    answer = await kernel.dispatch("mcpclient.call", data)
    assert answer.structured == {"total": 5}
    assert not answer.is_error
    failed = await kernel.dispatch(
        "mcpclient.call", {"server": "honest", "tool": "fail", "arguments": {"why": "no"}}
    )
    assert failed.is_error
    assert "fail" in failed.text
    wrong = await kernel.dispatch("mcpclient.call", {**data, "arguments": {"a": "x"}})
    assert wrong.is_error
    [view] = (await kernel.dispatch("mcpclient.servers")).servers
    assert (view.state, view.approved, view.waiting) == ("connected", 2, 0)
    return view.protocol


@pytest.mark.parametrize(("protocol", "spoken"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_over_stdio(start, protocol, spoken):
    entry = {"command": [sys.executable, HONEST, "stdio"], "protocol": protocol, "trust": "first-use"}
    async with start(servers={"honest": entry}) as kernel:
        assert await calls(kernel) == spoken


@pytest.mark.parametrize(
    ("protocol", "spoken"), [("auto", "2026-07-28"), ("2026-07-28", "2026-07-28"), ("legacy", "2025-11-25")]
)
async def test_over_http(start, address, protocol, spoken):
    entry = {"url": address, "protocol": protocol, "trust": "first-use"}
    async with start(servers={"honest": entry}) as kernel:
        assert await calls(kernel) == spoken
