import gc
import json
import os
from contextlib import asynccontextmanager

import pytest
from mcp_clients import over_http, until
from mcp_node import INSPECTOR, INSPECTOR_VERSION, PACKAGE, VERSION, install, node_program

from mosaic_kernel import Kernel
from mosaic_mcp.guard import token_of


@asynccontextmanager
async def served(directory, plugins=(), **settings):
    """Run a kernel that serves MCP over HTTP; yield it when it listens."""
    given = {"ports.storage": "memory", "ports.transport": ["http", "mcp"], **settings}
    kernel = Kernel(
        profile="local", directory=directory, environment={}, settings=given, plugins=plugins, serves=True
    )
    async with kernel:
        await until(lambda: kernel.port("transport").get("mcp").addresses)
        yield kernel


def address_of(kernel):
    [address] = kernel.port("transport").get("mcp").addresses
    return address


@pytest.fixture
def serve(tmp_path):
    """Run a kernel that serves: ``async with serve(plugins=[…], **settings) as kernel``."""
    return lambda **options: served(tmp_path, **options)


@pytest.fixture
def connect():
    """Connect a client to a kernel: ``async with connect(kernel, era) as client``."""

    def begin(kernel, era, query="", **options):
        return over_http(address_of(kernel) + query, era, token_of(kernel.state_directory), **options)

    return begin


@pytest.fixture
def environment(tmp_path):
    """The environment of processes that know nothing of this machine's configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")}
    folders = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return {**kept, **folders, "PYTHONDONTWRITEBYTECODE": "1"}


_OF_THE_CLIENT = "ignore:Async generator '(httpx2|httpcore2|httpx2_sse|mcp.client)"


def pytest_itemcollected(item):
    # The SDK's client leaves its streams to the garbage collector, whatever the server does.
    item.add_marker(pytest.mark.filterwarnings(f"{_OF_THE_CLIENT}:ResourceWarning"))
    # What clients of before 2026-07-28 do is deprecated, and has to work.
    item.add_marker(pytest.mark.filterwarnings("ignore:resources/:UserWarning"))


@pytest.fixture(autouse=True)
def swept():
    """Have what the client left collected while its warnings are expected."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def node():
    """Return the program that runs JavaScript."""
    return node_program()


@pytest.fixture(scope="session")
def packages(node):
    """Return the folder of the packages of npm: the conformance suite, which brings the SDK for TypeScript."""
    return install(node, PACKAGE, VERSION)


@pytest.fixture(scope="session")
def inspector(node):
    """Return the program of the MCP Inspector's command line."""
    folder = install(node, INSPECTOR, INSPECTOR_VERSION) / INSPECTOR
    return folder / json.loads((folder / "package.json").read_text())["bin"]["mcp-inspector"]
