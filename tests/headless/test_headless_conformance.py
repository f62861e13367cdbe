"""An agent of a preset passes the conformance kit."""

from contextlib import asynccontextmanager

import pytest
from headless_assignments import fake_agent

from mosaic_testing.agents import TestAgents, TestContract  # noqa: F401 - collected here


@pytest.fixture
def mosaic_provider():
    @asynccontextmanager
    async def opened(directory):
        yield fake_agent(directory, "show(kind='end', text='ok')")

    return opened


@pytest.fixture
def mosaic_contract():
    return "1.1"


@pytest.fixture
def mosaic_work():
    return {"description": "Anything."}
