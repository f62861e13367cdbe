"""Both providers pass the conformance kit."""

from contextlib import asynccontextmanager

import pytest
from workspace_bench import CONFIG, RecordingLog

from mosaic_testing.workspace import (  # noqa: F401 - collected here
    TestConversations,
    TestProcesses,
    TestPublication,
    TestWorkspaces,
)
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.git_provider import GitProvider
from mosaic_workspaces.process import ProcessRunner


@pytest.fixture(params=["git", "directory"])
def mosaic_provider(request):
    @asynccontextmanager
    async def opened(directory):
        state = directory / ".mosaic"
        runner = ProcessRunner(CONFIG, state, None)
        try:
            if request.param == "git":
                yield GitProvider(runner, state, CONFIG, RecordingLog())
            else:
                yield DirectoryProvider(runner, state)
        finally:
            runner.close()

    return opened
