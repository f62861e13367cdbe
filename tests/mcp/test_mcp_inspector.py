"""The MCP Inspector's command line lists and calls every tool, over both transports, in both eras."""

import json
import os
from functools import partial

import pytest
import trio
from mcp_clients import MOSAIC
from mcp_node import SECONDS, run

from mosaic_mcp.guard import token_of
from mosaic_mcp.tiers import TIERS
from mosaic_mcp.tools import tool_name

NAMES = [tool_name(name) for name in TIERS["default"]]
EVERY = float(os.environ.get("MOSAIC_CHAOS", "1")) > 1
"""Whether each tool is called in a process of its own, which takes its time; else one is."""
CALLED = NAMES if EVERY else ["run_show"]


def inspect(node, inspector, folder, environment, target, *arguments):
    home = {**environment, "HOME": str(folder)}
    patience = ["--connect-timeout", str(int(SECONDS * 1000))]  # its own is too short for a busy machine
    argv = [str(node), str(inspector), "--cli", *target, *patience, *arguments]
    done = run(argv, cwd=folder, env=home, timeout=SECONDS)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def check(asked):
    """List the tools, and call them."""
    assert [tool["name"] for tool in asked("--method", "tools/list")["tools"]] == NAMES
    for name in CALLED:
        result = asked("--method", "tools/call", "--tool-name", name, "--tool-arg", "run_id=none")
        told = json.loads(result["content"][0]["text"])
        # Every one of them is told that there is no such run, or no such argument.
        assert told["error"]["next"], name


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_over_http(serve, node, inspector, tmp_path, environment, era):
    async with serve() as kernel:
        [url] = kernel.port("transport").get("mcp").addresses
        bearer = f"Authorization: Bearer {token_of(kernel.state_directory)}"
        target = [url, "--transport", "http", "--protocol-era", era, "--header", bearer]
        asked = partial(inspect, node, inspector, tmp_path, environment, target)
        await trio.to_thread.run_sync(check, asked)


def test_over_stdio(node, inspector, tmp_path, environment):
    check(partial(inspect, node, inspector, tmp_path, environment, [MOSAIC, "mcp"]))
