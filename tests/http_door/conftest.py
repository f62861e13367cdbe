from contextlib import asynccontextmanager

import httpx
import pytest
from http_door_wire import until

from mosaic_http.tokens import token_of
from mosaic_kernel import Kernel


@asynccontextmanager
async def served(directory, plugins=(), ports=("http",), **settings):
    """Run a kernel that serves HTTP, without the dashboard's pages; yield it when it listens."""
    given = {"ports.storage": "memory", "ports.transport": list(ports), "plugins.dashboard": False, **settings}
    kernel = Kernel(
        profile="local", directory=directory, environment={}, settings=given, plugins=plugins, serves=True
    )
    async with kernel:
        await until(lambda: kernel.port("transport").get("http").addresses)
        yield kernel


@pytest.fixture
def serve(tmp_path):
    """Run a kernel that serves: ``async with serve(plugins=[…], **settings) as kernel``."""
    return lambda **options: served(tmp_path, **options)


@pytest.fixture
def connect():
    """Connect a client that has the token: ``async with connect(kernel) as http``."""

    @asynccontextmanager
    async def begin(kernel, *, token=True, **headers):
        [url] = kernel.port("transport").get("http").addresses
        bearer = {"authorization": f"Bearer {token_of(kernel.state_directory)}"} if token else {}
        client = httpx.AsyncClient(trust_env=False, base_url=url, headers={**bearer, **headers}, timeout=30)
        async with client as http:
            yield http

    return begin


@pytest.fixture
async def door(serve, connect):
    """A kernel that serves, and a client of it."""
    async with serve() as kernel, connect(kernel) as http:
        yield kernel, http
