"""A place in which programs really run."""

import pytest

from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.configuration import Config
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.process import ProcessRunner


@pytest.fixture
async def workspace(tmp_path):
    runner = ProcessRunner(Config(grace_seconds=0.3, linger_seconds=0.1), tmp_path / "state", None)
    provider = DirectoryProvider(runner, tmp_path / "state")
    async with provider.open(WorkspaceRequest(run_id="r", task_id="A.1", token=1)) as opened:
        yield opened
    runner.close()
