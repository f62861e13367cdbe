"""A server as an agent passes the conformance kit."""

from contextlib import asynccontextmanager

import pytest

from mosaic_testing.agents import TestAgents, TestContract  # noqa: F401 - collected here


@pytest.fixture
def mosaic_work():
    return {"tool": "add", "arguments": {"a": 1}}


@pytest.fixture
def mosaic_provider(start):
    @asynccontextmanager
    async def opened(directory):
        async with start(trust="first-use") as kernel:
            yield kernel.port("agents").get("mcp:rogue")

    return opened
