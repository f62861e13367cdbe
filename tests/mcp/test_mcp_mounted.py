"""On the port of the HTTP door: what becomes of clients when either is replaced, goes away, or is encrypted."""

import contextlib
import json
from contextlib import asynccontextmanager

import httpx2
import pytest
import trio
import trustme
from mcp.shared.exceptions import MCPError
from mcp_clients import ERAS, over_http, text_of, until
from mcp_wire import LEGACY, MODERN, Wire
from test_mcp_changes import Told, listening
from test_mcp_lending import attempt, lend

from mosaic_kernel import Kernel
from mosaic_mcp.guard import token_of

WORKFLOW = """
jobs:
  hello: {steps: [{run: "sleep 1; echo hello"}]}
"""

LONG_DRAIN = {"kernel.drain_seconds": 60}
"""Whoever waits for what does not end is seen to, on a slow machine as well."""


def provider(kernel, name="mcp"):
    return kernel.port("transport").get(name)


def base_of(kernel):
    [url] = provider(kernel, "http").addresses
    return url


def is_mounted(kernel):
    return provider(kernel).addresses == (f"{base_of(kernel)}mcp",)


@asynccontextmanager
async def client_of(kernel, era=ERAS[0], **options):
    url = f"{base_of(kernel)}mcp"
    async with over_http(url, era, token_of(kernel.state_directory), **options) as client:
        yield client


@pytest.mark.parametrize("era", ERAS)
async def test_it_is_on_the_doors_port(serve, era):
    async with serve() as kernel:
        assert is_mounted(kernel)
        async with client_of(kernel, era) as client:
            assert (await client.call_tool("run_list")).structured_content == {"items": []}
            assert (await client.list_prompts()).prompts
        health = await kernel.dispatch("doctor.check")
        told = json.dumps([one.detail for one in health.checks if "serves at" in one.detail])
        assert f"{base_of(kernel)}mcp" in told


async def test_it_lets_in_by_its_own_token_behind_the_doors_names_and_origins(serve):
    async with serve() as kernel, httpx2.AsyncClient(trust_env=False) as http:
        wire = Wire(kernel, http)
        await wire.begin()
        question = wire.message("tools/list")
        assert (await wire.post(question)).status_code == 200
        refused = await wire.post(question, authorization="Bearer wrong")
        about = f"{base_of(kernel)}.well-known/oauth-protected-resource/mcp"
        assert refused.status_code == 401
        assert f'resource_metadata="{about}"' in refused.headers["www-authenticate"]
        assert (await http.get(about)).json()["resource"] == f"{base_of(kernel)}mcp"
        door = (kernel.state_directory / "http" / "token").read_text().strip()
        assert (await wire.post(question, authorization=f"Bearer {door}")).status_code == 401
        assert (await wire.post(question, host="evil.example")).status_code == 421
        assert (await wire.post(question, origin="https://evil.example")).status_code == 403
        assert (await http.get(f"{base_of(kernel)}mcp/more", headers=wire.headers)).status_code == 404
        assert (await http.get(f"{base_of(kernel)}api/runs", headers=wire.headers)).status_code == 401
        straight = await http.post(f"{base_of(kernel)}mcp/..%2fapi", headers=wire.headers)
        assert (straight.status_code, straight.json()["code"]) == (400, "bad-path")


async def test_a_lent_connection_leads_there(serve):
    async with serve() as kernel, attempt(kernel) as about:
        loan = await lend(kernel, about)
        assert loan.url == f"{base_of(kernel)}mcp"
        async with over_http(loan.url, ERAS[0], loan.bearer) as client:
            assert (await client.call_tool("task_why")).structured_content["task_id"] == "mine"
            await kernel.dispatch("plugins.reload", {"name": "http"})
            assert (await lend(kernel, about)).url == loan.url
            assert (await client.call_tool("task_why")).structured_content["task_id"] == "mine"
            await kernel.dispatch("mcp.recall", about)
            with pytest.raises(MCPError):
                await client.call_tool("task_why")


@pytest.mark.parametrize("replaced", ["mcp", "http"])
@pytest.mark.parametrize("era", ERAS)
async def test_a_reload_of_either_breaks_no_client(serve, era, replaced):
    told = Told()
    async with serve(**LONG_DRAIN) as kernel, client_of(kernel, era, message_handler=told) as client:
        await client.call_tool("run_list")
        for _ in range(2):
            with trio.fail_after(20):
                await kernel.dispatch("plugins.reload", {"name": replaced})
            assert text_of(await client.call_tool("run_list")) == '{"items":[]}'
            assert (await client.list_prompts()).prompts  # as the SDK has it
        await until(lambda: is_mounted(kernel))


@pytest.mark.parametrize("replaced", ["mcp", "http"])
async def test_who_listens_does_not_keep_a_reload(serve, replaced):
    async with serve(**LONG_DRAIN) as kernel, client_of(kernel) as client:
        took = []
        with contextlib.suppress(Exception):  # the client says in its own way that the stream has ended
            async with listening(client, Told(), ["mosaic://runs"]):
                with trio.CancelScope(shield=True), trio.fail_after(60):
                    began = trio.current_time()
                    await kernel.dispatch("plugins.reload", {"name": replaced})
                    took.append(trio.current_time() - began)
        assert took[0] < 20
        assert text_of(await client.call_tool("run_list")) == '{"items":[]}'


@pytest.mark.parametrize("replaced", ["mcp", "http"])
async def test_requests_in_flight_survive_a_reload_of_either(serve, replaced):
    async with serve() as kernel, client_of(kernel) as client:
        await client.call_tool("run_create", {"target": "w.yaml", "text": WORKFLOW, "run_id": "r-1"})
        results = []

        async def drive():
            results.append(await client.call_tool("run_drive", {"run_id": "r-1"}))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(drive)
            await trio.sleep(0.2)
            await kernel.dispatch("plugins.reload", {"name": replaced})
        assert [result.structured_content["result"] for result in results] == ["accepted"]


async def test_it_says_that_the_door_does_not_listen(serve, tmp_path):
    [taken] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    settings = {
        "ports.storage": "memory",
        "ports.transport": ["http", "mcp"],
        "plugins.http.port": taken.socket.getsockname()[1],
    }
    async with (
        taken,
        Kernel(profile="local", directory=tmp_path, environment={}, settings=settings, serves=True) as kernel,
    ):
        await until(lambda: provider(kernel, "http").trouble)
        assert "port-taken" in provider(kernel, "http").trouble
        with trio.fail_after(10):
            while "plugin http" not in await provider(kernel).trouble():
                await trio.lowlevel.checkpoint()
        assert provider(kernel).addresses == ()


async def test_a_session_outlives_that_the_door_was_away(serve):
    async with serve() as kernel, httpx2.AsyncClient(trust_env=False) as http:
        wire = Wire(kernel, http, LEGACY)
        await wire.begin()
        await kernel.dispatch("plugins.disable", {"name": "http", "keeps": False})
        await until(lambda: not provider(kernel).addresses)
        await kernel.dispatch("plugins.enable", {"name": "http", "keeps": False})
        await until(lambda: provider(kernel).addresses)
        [wire.address] = provider(kernel).addresses
        assert (await wire.ask("tools/list"))["result"]["tools"]


async def test_agents_of_this_machine_need_no_certificate(serve, tmp_path):
    authority = trustme.CA()
    authority.issue_cert("mosaic.test").private_key_and_cert_chain_pem.write_to_path(tmp_path / "chain.pem")
    settings = {
        "plugins.http.tls_certificate": "chain.pem",
        "plugins.http.names": ["mosaic.test"],
        "plugins.http.host": "0.0.0.0",
    }
    async with serve(**settings) as kernel, attempt(kernel) as about:
        public, near = provider(kernel).addresses
        assert public.startswith("https://0.0.0.0:")
        loan = await lend(kernel, about)
        assert loan.url == near
        async with over_http(loan.url, ERAS[0], loan.bearer) as client:
            for replaced in ("http", "mcp"):
                assert (await client.call_tool("task_why")).structured_content["task_id"] == "mine"
                await kernel.dispatch("plugins.reload", {"name": replaced})
            await until(lambda: provider(kernel).addresses)
            assert provider(kernel).addresses[1] == near
            assert (await client.call_tool("task_why")).structured_content["task_id"] == "mine"


async def test_a_client_that_leaves_ends_what_it_asked_for(serve):
    from mcp_plugins import waiting

    plugin, given = waiting()
    settings = {"plugins.mcp.tiers": ["all"]}
    async with serve(plugins=[given], **settings) as kernel, httpx2.AsyncClient(trust_env=False) as http:
        wire = Wire(kernel, http, MODERN)
        await wire.begin()
        with trio.move_on_after(10) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(
                    wire.post, wire.message("tools/call", {"name": "wait_forever", "arguments": {}})
                )
                await plugin.begun.wait()
                nursery.cancel_scope.cancel()
            await plugin.ended.wait()
        assert not scope.cancelled_caught
