"""The agent and the reviewer pass the conformance kit of their port."""

from contextlib import asynccontextmanager

import pytest
from loop_models import Context, Model, agent, finish, use

from mosaic_loop.review_check import ReviewCheck
from mosaic_testing.agents import TestAgents, TestCheckRunners, TestContract  # noqa: F401 - collected here

WRITE = use(("write_file", {"path": "hello.txt", "content": "hello\n"}))


@pytest.fixture(params=["agent", "review"])
def mosaic_provider(request):
    @asynccontextmanager
    async def opened(directory):
        model = Model(WRITE, finish())
        yield agent(model)[0] if request.param == "agent" else ReviewCheck({}, Context(model))

    return opened


@pytest.fixture
def mosaic_contract():
    return "1.1"


@pytest.fixture
def mosaic_work():
    return {"description": "Write hello.txt."}
