"""The two ways to a server: a process over its pipes, and an address. Imports the SDK: import it late."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TextIO, cast

import attrs
import httpx2
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

_SAID = 2000
_CONNECT_SECONDS = 10.0


@attrs.frozen(kw_only=True)
class Link:
    """How to reach a server, again and again; `said` returns what its process wrote last."""

    where: str
    open: Callable[[], AbstractAsyncContextManager[Any]]
    said: Callable[[], str] = str
    close: Callable[[], None] = lambda: None


def process_link(
    directory: str, tiers: Sequence[str], environment: Mapping[str, str], log: TextIO | None
) -> Link:
    """Return the way to a process that speaks for the system of a directory, or is one."""
    arguments = ["-m", "mosaic_cli", "mcp", "-C", directory]
    for tier in tiers:
        arguments += ["--tier", tier]
    given = {**os.environ, **environment}
    parameters = StdioServerParameters(command=sys.executable, args=arguments, env=given, cwd=directory)
    errors = log or cast("TextIO", tempfile.TemporaryFile("w+"))  # noqa: SIM115 - it lasts as long as the link

    def said() -> str:
        try:
            errors.flush()
            size = os.fstat(errors.fileno()).st_size
            data = os.pread(errors.fileno(), _SAID, max(0, size - _SAID))
        except (OSError, ValueError):
            return ""
        return data.decode(errors="replace").strip()

    @asynccontextmanager
    async def connected() -> AsyncIterator[Any]:
        async with stdio_client(parameters, errlog=errors) as streams:
            yield streams

    return Link(where=directory, open=connected, said=said, close=lambda: None if log else errors.close())


def address_link(url: str, token: str, tiers: Sequence[str]) -> Link:
    """Return the way to a system that serves at an address."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    asked = f"{url}{'&' if '?' in url else '?'}tiers={','.join(tiers)}" if tiers else url

    @asynccontextmanager
    async def connected() -> AsyncIterator[Any]:
        # Some calls wait for hours: how long is up to who calls.
        timeout = httpx2.Timeout(_CONNECT_SECONDS, read=None, pool=None)
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=8)
        async with (
            httpx2.AsyncClient(headers=headers, timeout=timeout, limits=limits, trust_env=False) as http,
            streamable_http_client(asked, http_client=http) as streams,
        ):
            yield streams

    return Link(where=url, open=connected)
