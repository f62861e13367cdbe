"""What the tests of workspaces stand on: a runner, both providers, and a user's repository."""

import pytest
from workspace_bench import CONFIG, RecordingLog, UserRepository

from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.area import create_area
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.git_provider import GitProvider
from mosaic_workspaces.process import Place, ProcessRunner


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state" / ".mosaic"


@pytest.fixture
def runner(state):
    runner = ProcessRunner(CONFIG, state, None)
    yield runner
    runner.close()


@pytest.fixture
def log():
    return RecordingLog()


@pytest.fixture
def directories(runner, state):
    return DirectoryProvider(runner, state)


@pytest.fixture
def git(runner, state, log):
    return GitProvider(runner, state, CONFIG, log)


@pytest.fixture
def place(state):
    """Where a process may run, outside any workspace."""
    area = create_area(state / "workspaces", WorkspaceRequest(run_id="run", task_id="task", token=1))
    area.work.mkdir()
    return Place(area=area, directory=area.work)


@pytest.fixture
def repository(tmp_path):
    path = tmp_path / "project"
    path.mkdir()
    repository = UserRepository(path)
    repository.git("init", "-q", "-b", "main")
    repository.commit("README", "hello\n", "begin")
    return repository
