"""The agent and both runners of checks pass the conformance kit."""

from contextlib import asynccontextmanager

import pytest

from mosaic_command.agent import CommandAgent
from mosaic_command.command_check import CommandCheck
from mosaic_command.http_check import HttpCheck
from mosaic_testing.agents import TestAgents, TestCheckRunners  # noqa: F401 - collected here


@pytest.fixture(params=[CommandAgent, CommandCheck, HttpCheck])
def mosaic_provider(request):
    @asynccontextmanager
    async def opened(directory):
        yield request.param()

    return opened
