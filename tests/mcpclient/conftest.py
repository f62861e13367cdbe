import pytest
from mcpclient_rogue import Rogue

from mosaic_hookspecs import Principal


@pytest.fixture
def rogue(tmp_path):
    return Rogue(tmp_path / "script.json")


@pytest.fixture
def start(mosaic_kernel, rogue):
    """Start a kernel with the rogue server: ``async with start(trust=…, top={…}) as kernel``."""

    def begin(*plugins, top=(), servers=None, settings=(), serves=False, **entry):
        given = {"command": rogue.command, "protocol": "legacy", "seconds": 5.0, **entry}
        given_settings = {
            "ports.storage": "memory",
            "plugins.mcpclient.servers": {"rogue": given} if servers is None else servers,
            "plugins.mcpclient.end_seconds": 0.1,
            **{f"plugins.mcpclient.{key}": value for key, value in dict(top).items()},
            **dict(settings),
        }
        return mosaic_kernel("memory", "mcpclient", *plugins, settings=given_settings, serves=serves)

    return begin


PERSON = Principal(name="ada", permissions=frozenset({"mcpclient:read", "mcpclient:call", "mcpclient:approve"}))
AGENT = Principal(name="agent:coder", kind="agent", permissions=frozenset({"mcpclient:read", "mcpclient:call"}))


@pytest.fixture
def person():
    return PERSON


@pytest.fixture
def agent():
    return AGENT


def pytest_itemcollected(item):
    # The SDK's client leaves its streams to the garbage collector.
    ignored = "ignore:Async generator '(httpx2|httpcore2|httpx2_sse|mcp.client):ResourceWarning"
    item.add_marker(pytest.mark.filterwarnings(ignored))
