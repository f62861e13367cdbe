# ruff: noqa: ASYNC110, ASYNC220, ASYNC251 - a test may block its own loop, and look at what has no event
"""Publication under fencing, with publishers that are paused, killed and raced."""

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import time

import pytest
import trio
from workspace_bench import request_of

from mosaic_hookspecs import Proposal, Unavailable
from mosaic_workspaces.fences import fence_of
from mosaic_workspaces.process_tree import process_ids, read_entry

ROUNDS = int(5 * float(os.environ.get("MOSAIC_CHAOS", "1")))


@pytest.fixture
async def settings(git, repository):
    return await git.prepare("run", {"repository": str(repository.path)})


def make_proposal(repository, base, name):
    """Make a commit on `base`, as an attempt would."""
    tree = repository.git("rev-parse", f"{base}^{{tree}}")
    candidate = repository.git("commit-tree", tree, "-p", base, "-m", name)
    return Proposal(candidate=candidate, base=base, tree=tree)


def tip(repository):
    return repository.git("rev-parse", "refs/heads/mosaic/run")


async def test_the_loser_of_a_race_is_burned_for_ever(git, repository, settings):
    base = settings["base"]
    one, two = (make_proposal(repository, base, name) for name in ("one", "two"))
    first, second = request_of(settings, "one", 1), request_of(settings, "two", 2)
    assert await git.publish(first, one)
    assert not await git.publish(second, two)
    # Also when the branch comes back to the base that the loser knows.
    repository.git("update-ref", "refs/heads/mosaic/run", base)
    assert not await git.publish(second, two)
    assert tip(repository) == base
    # And with whatever else is proposed under that token.
    assert not await git.publish(second, make_proposal(repository, base, "three"))
    assert await git.publish(request_of(settings, "two", 3), two)


async def test_what_was_published_earlier_stays_published(git, repository, settings):
    proposal = make_proposal(repository, settings["base"], "one")
    request = request_of(settings, "one", 1)
    assert await git.publish(request, proposal)
    assert await git.publish(
        request_of(settings, "two", 2), make_proposal(repository, proposal.candidate, "two")
    )
    assert await git.publish(request, proposal)
    repository.git("update-ref", "refs/heads/mosaic/run", settings["base"])
    assert await git.publish(request, proposal)
    assert tip(repository) == settings["base"]


async def test_a_kill_before_the_fence_is_set_is_made_good(git, repository, settings):
    proposal = make_proposal(repository, settings["base"], "one")
    repository.git(
        "update-ref", "refs/heads/mosaic/run", make_proposal(repository, proposal.candidate, "on top").candidate
    )
    request = request_of(settings, "one", 1)
    assert await git.publish(request, proposal)
    assert repository.git("rev-parse", fence_of(request)) == proposal.candidate


async def test_a_branch_that_is_gone_burns(git, repository, settings):
    proposal = make_proposal(repository, settings["base"], "one")
    repository.git("update-ref", "-d", "refs/heads/mosaic/run")
    assert not await git.publish(request_of(settings, "one", 1), proposal)


async def test_a_candidate_that_is_gone_burns(git, repository, settings):
    gone = Proposal(candidate="1" * 40, base=settings["base"], tree="")
    assert not await git.publish(request_of(settings, "one", 1), gone)
    assert tip(repository) == settings["base"]


async def test_nothing_to_publish_is_published(git, settings):
    assert await git.publish(request_of(settings), Proposal())


@pytest.mark.parametrize("lock", ["refs/heads/mosaic/run.lock", "fence"])
async def test_a_stale_lock_of_a_dead_git_is_removed(git, repository, settings, lock):
    request = request_of(settings, "one", 1)
    path = repository.path / ".git" / (fence_of(request) + ".lock" if lock == "fence" else lock)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    assert await git.publish(request, make_proposal(repository, settings["base"], "one"))
    assert not path.exists()


async def test_a_lock_of_a_living_git_of_the_users_is_respected(git, repository, settings):
    lock = repository.path / ".git" / "refs/heads/mosaic/run.lock"
    user = subprocess.Popen(["git", "cat-file", "--batch"], cwd=repository.path, stdin=subprocess.PIPE)
    lock.write_text("")
    try:
        with pytest.raises(Unavailable) as caught:
            await git.publish(
                request_of(settings, "one", 1), make_proposal(repository, settings["base"], "one")
            )
        assert caught.value.code == "repository-locked"
        assert lock.exists()
    finally:
        user.stdin.close()
        user.wait()
    assert await git.publish(request_of(settings, "one", 1), make_proposal(repository, settings["base"], "one"))


def slow_git(tmp_path, real):
    """A git that stops itself in the middle of the transaction that moves the branch: when its locks
    are taken and nothing is renamed yet.
    """
    directory = tmp_path / "slow"
    directory.mkdir()
    program = directory / "git"
    program.write_text(
        f"""#!{sys.executable}
import os, signal, subprocess, sys
if "update-ref" not in sys.argv or os.path.exists({str(tmp_path / "stopped")!r}):
    os.execv({real!r}, sys.argv)
words = sys.stdin.read()
if "update refs/heads" not in words:
    sys.exit(subprocess.run([{real!r}, *sys.argv[1:]], input=words, text=True).returncode)
child = subprocess.Popen([{real!r}, *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
child.stdin.write(words.removesuffix("commit\\n"))
child.stdin.flush()
while "prepare: ok" not in child.stdout.readline():
    pass
os.kill(child.pid, signal.SIGSTOP)
open({str(tmp_path / "stopped")!r}, "w").write(f"{{child.pid}} {{os.getpid()}}")
os.kill(os.getpid(), signal.SIGSTOP)
os.kill(child.pid, signal.SIGCONT)
child.communicate("commit\\n")
sys.exit(child.returncode)
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return directory


async def test_a_git_that_is_stopped_inside_its_transaction_never_succeeds(
    git, repository, settings, tmp_path, monkeypatch
):
    import shutil

    real = shutil.which("git")
    base = settings["base"]
    stuck, winner = (make_proposal(repository, base, name) for name in ("stuck", "winner"))
    request = request_of(settings, "stuck", 1)
    outcomes = []
    slow = slow_git(tmp_path, real)
    slow_provider = type(git)(git._runner, git._state, git._config, git._log)
    slow_repository = await slow_provider._repository(settings)
    slow_repository.environment["PATH"] = f"{slow}:{os.environ['PATH']}"

    async def publish_slowly():
        outcomes.append(await slow_provider.publish(request, stuck))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(publish_slowly)
        with trio.fail_after(20):
            while not (tmp_path / "stopped").exists() or " " not in (tmp_path / "stopped").read_text():
                await trio.sleep(0.01)
        child, wrapper = (int(word) for word in (tmp_path / "stopped").read_text().split())
        # Another takes over: it must not wait for ever, and the stopped one must lose for good.
        assert await git.publish(request_of(settings, "winner", 2), winner)
        assert not await git.publish(request, stuck)
        for pid in (wrapper, child):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    assert outcomes == [False]
    assert tip(repository) == winner.candidate
    repository.git("update-ref", "refs/heads/mosaic/run", base)
    assert not await git.publish(request, stuck)


PUBLISHER = """
import sys, trio
from pathlib import Path
from mosaic_hookspecs import Proposal, WorkspaceRequest
from mosaic_workspaces.configuration import Config
from mosaic_workspaces.git_provider import GitProvider
class Log:
    def warning(self, event, **facts): pass
state, repository, branch, candidate, base, token = sys.argv[1:7]
git = GitProvider(None, Path(state), Config(lock_seconds=1.0), Log())
settings = {"repository": repository, "branch": branch, "follows": branch.endswith("main")}
request = WorkspaceRequest(run_id="run", task_id="task", token=int(token), settings=settings)
print("ready", flush=True)
sys.stdin.readline()
done = trio.run(git.publish, request, Proposal(candidate=candidate, base=base))
print(done, flush=True)
"""


def start_publisher(state, repository, branch, proposal, token):
    arguments = [str(state), str(repository.path), branch, proposal.candidate, proposal.base, str(token)]
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def begin(publisher):
    assert publisher.stdout.readline() == "ready\n"
    publisher.stdin.write("go\n")
    publisher.stdin.flush()


def git_children(publisher):
    entries = [read_entry(pid) for pid in process_ids()]
    return [entry.pid for entry in entries if entry is not None and entry.parent == publisher.pid]


@pytest.mark.chaos
async def test_kills_at_random_moments_publish_exactly_once(git, tmp_path, state):
    from workspace_bench import UserRepository

    path = tmp_path / "made"
    settings = await git.prepare("run", {"repository": str(path), "create": True})
    repository = UserRepository(path)
    chance = random.Random(1)
    branch = settings["branch"]
    for token in range(1, ROUNDS + 1):
        base = repository.git("rev-parse", branch)
        async with git.open(request_of(settings, "task", token)) as workspace:
            (workspace.path / f"file-{token}").write_text("x" * 1000)
            (workspace.path / "counter").write_text(str(token))
            await workspace.seal(f"change {token}")
            proposal = await workspace.propose()
        publisher = start_publisher(state, repository, branch, proposal, token)
        begin(publisher)
        time.sleep(chance.random() * 0.04)
        children = git_children(publisher)
        publisher.kill()
        if chance.random() < 0.7:
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        publisher.communicate()
        assert await git.publish(request_of(settings, "task", token), proposal)
        assert repository.git("rev-parse", branch) == proposal.candidate
        assert repository.git("rev-list", "--count", f"{base}..{branch}") == "1"
    await git.prepare("run", settings)
    assert repository.git("status", "--porcelain") == ""
    assert (path / "counter").read_text() == str(ROUNDS)
    assert repository.git("fsck", "--strict", "--no-dangling") == ""
    assert not list((path / ".git").rglob("*.lock"))


@pytest.mark.chaos
async def test_a_publisher_that_was_paused_at_any_moment_cannot_succeed_later(git, repository, settings, state):
    chance = random.Random(2)
    base = settings["base"]
    branch = settings["branch"]
    for token in range(1, ROUNDS + 1):
        repository.git("update-ref", branch, base)
        stale, winner = (make_proposal(repository, base, f"{name} {token}") for name in ("stale", "winner"))
        publisher = start_publisher(state, repository, branch, stale, token)
        begin(publisher)
        time.sleep(chance.random() * 0.04)
        os.kill(publisher.pid, signal.SIGSTOP)
        for child in git_children(publisher):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGSTOP)
        was_first = not await git.publish(request_of(settings, "winner", 1000 + token), winner)
        answer = await git.publish(request_of(settings, "task", token), stale)
        assert answer == was_first
        if not was_first:
            repository.git("update-ref", branch, base)
        for child in git_children(publisher):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
        os.kill(publisher.pid, signal.SIGCONT)
        said, _ = publisher.communicate(timeout=30)
        assert said == f"{was_first}\n"
        assert repository.git("rev-parse", branch) == (stale.candidate if was_first else base)
