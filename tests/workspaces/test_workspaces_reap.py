import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import trio
from workspace_bench import request_of

from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.area import create_area, read_areas
from mosaic_workspaces.process import mark_of
from mosaic_workspaces.process_tree import MARK, read_entry

ABANDON = """
import os, sys, trio
from pathlib import Path
from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.configuration import Config
from mosaic_workspaces.git_provider import GitProvider
from mosaic_workspaces.process import ProcessRunner
state, repository, branch, token = sys.argv[1:5]
async def main():
    runner = ProcessRunner(Config(), Path(state), None)
    git = GitProvider(runner, Path(state), Config(), None)
    settings = {"repository": repository, "branch": branch}
    request = WorkspaceRequest(run_id="run", task_id="task", token=int(token), settings=settings)
    async with git.open(request) as workspace:
        print(workspace.path, flush=True)
        os.kill(os.getpid(), 9)
trio.run(main)
"""


def abandon(state, repository, settings, token):
    """Open a workspace in a process that is killed at once."""
    arguments = [str(state), str(repository.path), settings["branch"], str(token)]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ABANDON), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(done.stdout.strip())


async def test_removes_what_dead_attempts_left_and_nothing_else(git, repository, state, tmp_path):
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "users"))
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "unmounted"))
    (tmp_path / "unmounted").rename(tmp_path / "elsewhere")
    settings = await git.prepare("run", {"repository": str(repository.path)})
    dead = abandon(state, repository, settings, 1)
    live = abandon(state, repository, settings, 2)
    assert dead.is_dir()
    assert await git.reap(lambda run, task, token: (run, task, token) == ("run", "task", 2)) == 1
    assert not dead.exists()
    assert live.is_dir()
    assert repository.git("worktree", "list").count("\n") == 3
    assert await git.reap(lambda *_: False) == 1
    assert repository.git("worktree", "list").count("\n") == 2
    assert list((state / "worktrees").iterdir()) == []
    assert await git.reap(lambda *_: False) == 0


async def test_kills_processes_of_dead_attempts_only(directories, state, tmp_path):
    mark = mark_of(state)
    suffixes = {"dead": 1, "live": 2}
    gone = "1.1.aaaa"
    for name, token in suffixes.items():
        create_area(state / "workspaces", WorkspaceRequest(run_id="run", task_id=name, token=token))

    def start(mark_value):
        return subprocess.Popen(["sleep", "1000"], env={**os.environ, MARK: mark_value}, start_new_session=True)

    me = f"{os.getpid()}.{read_entry(os.getpid()).start_ticks}.bbbb"
    processes = {
        "dead": start(f"{mark}:{gone}:run/dead/1"),
        "live": start(f"{mark}:{gone}:run/live/2"),
        "without area": start(f"{mark}:{gone}:run/other/3"),
        "mine": start(f"{mark}:{me}:run/other/4"),
        "another state": start(f"0123456789abcdef:{gone}:run/dead/1"),
    }
    try:
        assert await directories.reap(lambda _run, task, _token: task == "live") == 1
        await trio.sleep(0.05)
        ended = {name for name, process in processes.items() if process.poll() is not None}
        assert ended == {"dead", "without area"}
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


async def test_an_area_that_does_not_say_whose_it_is_goes_when_it_is_old(directories, state):
    for name in ("young", "old"):
        (state / "workspaces" / "run" / name).mkdir(parents=True)
    long_ago = time.time() - 3600
    os.utime(state / "workspaces" / "run" / "old", (long_ago, long_ago))
    assert await directories.reap(lambda *_: False) == 0
    assert [path.name for path in read_areas(state / "workspaces")] == ["young"]


async def test_areas_without_permissions_are_removed(git, repository):
    settings = await git.prepare("run", {"repository": str(repository.path)})
    async with git.open(request_of(settings)) as workspace:
        await workspace.execute(["sh", "-c", "mkdir -p a/b; touch a/b/c; chmod 0 a/b/c a/b a"])
        path = workspace.path
    assert not path.parent.exists()


async def test_links_out_of_an_area_are_not_followed(directories, tmp_path):
    (tmp_path / "precious").write_text("x")
    async with directories.open(request_of({})) as workspace:
        (workspace.path / "link").symlink_to(tmp_path)
    assert (tmp_path / "precious").exists()


async def test_the_state_directory_is_ignored_by_git(git, repository):
    provider = type(git)(git._runner, repository.path / ".mosaic", git._config, git._log)
    settings = await provider.prepare("run", {"repository": str(repository.path)})
    async with provider.open(request_of(settings)):
        assert repository.git("status", "--porcelain") == ""
