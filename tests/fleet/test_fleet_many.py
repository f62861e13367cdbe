"""Many real MCP clients over HTTP, of both eras, which are killed, pause, and say everything twice.

At the full count of the chaos (``MOSAIC_CHAOS=10``): 64 clients and 2,000 tasks.
"""

import functools
import itertools
import json
import os
from contextlib import asynccontextmanager

import httpx2
import pytest
import trio
from fleet_team import task
from fleet_walk import Ledger, Walker, layered, require_once, until_final
from mcp.client.streamable_http import streamable_http_client

from mcp import Client
from mosaic_hookspecs import MosaicError, RunSpec
from mosaic_kernel import Kernel
from mosaic_mcp.guard import token_of

FULL = float(os.environ.get("MOSAIC_CHAOS", "1")) >= 10
CLIENTS, TASKS, LEASE = (64, 2000, 2.0) if FULL else (16, 150, 0.6)
OFFICIAL = 8 if FULL else 3
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
SETTINGS = {
    "ports.transport": ["http", "mcp"],
    "plugins.mcp.tiers": ["default", "worker"],
    "plugins.fleet.lease_seconds": LEASE,
    "plugins.fleet.wait_seconds": LEASE,
    "plugins.fleet.verdict_seconds": LEASE,
    "plugins.engine.drain_seconds": 0.5,
}


class Bare:
    """Writes requests of 2026-07-28 by itself."""

    def __init__(self, address, token):
        self._address = address
        self._headers = {
            "authorization": f"Bearer {token}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": VERSION,
            "mcp-method": "tools/call",
        }
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def connected(self):
        async with httpx2.AsyncClient(trust_env=False, timeout=60, verify=False) as http:

            async def call(name, arguments):
                body = {
                    "jsonrpc": "2.0",
                    "id": next(self._numbers),
                    "method": "tools/call",
                    "params": {"name": name, "arguments": arguments, "_meta": META},
                }
                answer = await http.post(self._address, json=body, headers={**self._headers, "mcp-name": name})
                result = answer.json()["result"]
                return result["content"][0]["text"], result.get("isError", False)

            yield call


class Official:
    """The client of the official SDK, in one of the eras."""

    def __init__(self, address, token, era):
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._era = era

    @asynccontextmanager
    async def connected(self):
        timeout = httpx2.Timeout(10, read=60)
        async with (
            httpx2.AsyncClient(headers=self._headers, timeout=timeout, trust_env=False, verify=False) as http,
            Client(streamable_http_client(self._address, http_client=http), mode=self._era) as client,
        ):

            async def call(name, arguments):
                result = await client.call_tool(name, arguments)
                return result.content[0].text, bool(result.is_error)

            yield call


async def work(client, name, ledger, lease, is_over):
    """Work as one client does."""
    async with client.connected() as tool:

        async def call(operation, data):
            text, is_error = await tool(operation.replace(".", "_"), data)
            found = json.loads(text)
            if is_error:
                error = found["error"]
                raise MosaicError(error["code"], error["what"], hint=error["next"])
            return found

        await Walker(name, call, ledger, name, lease, is_over).run()


@pytest.mark.filterwarnings("ignore:Async generator '(httpx2|httpcore2|httpx2_sse|mcp.client):ResourceWarning")
async def test_every_task_is_accepted_exactly_once(tmp_path):
    settings = {**SETTINGS, "ports.storage": "sqlite"}
    kernel = Kernel(profile="local", directory=tmp_path, environment={}, settings=settings, serves=True)
    ledger, is_over = Ledger(), False
    async with kernel:
        with trio.fail_after(10):
            while not kernel.port("transport").get("mcp").addresses:
                await trio.lowlevel.checkpoint()
        [address] = kernel.port("transport").get("mcp").addresses
        token = token_of(kernel.state_directory)
        make = functools.partial(task, attempts=50, delay=LEASE / 20)
        tasks = layered(TASKS, 100 if FULL else 30, 7, make)
        await kernel.port("scheduling").get().create(RunSpec(run_id="r"), tasks)
        storage = kernel.port("storage").get()
        with trio.fail_after(900 if FULL else 180):
            async with trio.open_nursery() as nursery:
                for number in range(CLIENTS):
                    era = ("legacy", VERSION)[number % 2]
                    client = Official(address, token, era) if number < OFFICIAL else Bare(address, token)
                    nursery.start_soon(work, client, f"w{number}", ledger, LEASE, lambda: is_over)
                await until_final(storage, "r")
                is_over = True
        await require_once(storage, ledger, TASKS)
        assert (await storage.verify()).is_sound
    assert set(ledger.refused) <= {"stale-token"}
    assert ledger.late
    assert ledger.twice
    assert ledger.killed
    assert ledger.left
