"""Clients of the official SDK, in both eras of the protocol, over real sockets and real processes."""

import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import trio
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from mcp import Client, StdioServerParameters

MOSAIC = str(Path(sys.executable).parent / "mosaic")
ERAS = ("2026-07-28", "legacy")


@asynccontextmanager
async def over_http(url, era, token="", **options):
    """Connect to an endpoint."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = httpx2.Timeout(10, read=60)
    async with (
        httpx2.AsyncClient(headers=headers, timeout=timeout, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=era, **options) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(project, environment, era, *arguments, command=(MOSAIC, "mcp"), log=None, **options):
    """Start ``mosaic mcp`` in a project, and connect to it."""
    program, *given = [*command, *arguments]
    server = StdioServerParameters(command=program, args=given, cwd=str(project), env=dict(environment))
    with log.open("a") if log else sys.stderr as errors:
        async with Client(stdio_client(server, errlog=errors), mode=era, **options) as client:
            yield client


async def until(is_so, seconds=10):
    """Wait until something is so; what the kernel does elsewhere can only be looked at."""
    with trio.fail_after(seconds):
        while not is_so():
            await trio.lowlevel.checkpoint()


def text_of(result):
    [block] = result.content
    return block.text
