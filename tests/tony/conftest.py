import gc

import pytest
import trio
from tony_systems import InProcess


@pytest.fixture
def two(mosaic_kernel, tmp_path):
    """Open two systems in this process: ``async with two() as (local, shared)``."""
    from contextlib import AsyncExitStack, asynccontextmanager

    @asynccontextmanager
    async def begin(storage="memory"):
        async with AsyncExitStack() as stack:
            found = []
            for name in ("local", "shared"):
                (tmp_path / name).mkdir(exist_ok=True)
                kernel = mosaic_kernel(storage, "tony", directory=tmp_path / name)
                found.append(InProcess(await stack.enter_async_context(kernel)))
            yield found

    return begin


_OF_THE_CLIENT = "ignore:Async generator '(httpx2|httpcore2|httpx2_sse|mcp.client)"


def pytest_itemcollected(item):
    # The SDK's client leaves its streams to the garbage collector.
    item.add_marker(pytest.mark.filterwarnings(f"{_OF_THE_CLIENT}:ResourceWarning"))


@pytest.fixture(autouse=True)
def swept():
    """Have what the client left collected while its warnings are expected."""
    yield
    gc.collect()


@pytest.fixture
def serving(mosaic_kernel, tmp_path):
    """Serve a system in this process: ``async with serving(plugin, …) as (kernel, address, token)``."""
    from contextlib import asynccontextmanager

    from mosaic_mcp.guard import token_of

    names = ("memory", "engine", "fleet", "http", "mail", "mcp", "tony", "upp", "workspaces")

    @asynccontextmanager
    async def begin(*plugins, port=0, **settings):
        given = {"plugins.http.port": port, **settings}
        async with mosaic_kernel(*names, *plugins, settings=given, serves=True) as kernel:
            transport = kernel.port("transport").get("mcp")
            with trio.fail_after(20):
                while not transport.addresses:  # noqa: ASYNC110 - the kernel tells nobody
                    await trio.sleep(0.01)
            yield kernel, transport.addresses[0], token_of(kernel.state_directory)

    return begin


@pytest.fixture
def connected(serving):
    """Connect to a system in this process: ``async with connected(plugin, …) as mcp``; `mcp.kernel` is it."""
    from contextlib import asynccontextmanager

    from mosaic_tony import create_mcp_server

    @asynccontextmanager
    async def begin(*plugins, **settings):
        async with (
            serving(*plugins, **settings) as (kernel, address, token),
            create_mcp_server(mode="team", url=address, token=token) as mcp,
        ):
            mcp.kernel = kernel
            yield mcp

    return begin
