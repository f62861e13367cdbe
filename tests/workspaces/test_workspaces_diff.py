"""``task.diff``: what a task has changed, or is changing, in repositories that are not to be trusted."""

import shutil
import tempfile

import attrs
import pytest
from workspace_bench import CONFIG, RecordingLog, request_of

from mosaic_hookspecs import (
    Accept,
    BeginMerge,
    Call,
    Claim,
    Evidence,
    MosaicError,
    NotFound,
    Principal,
    Reject,
    Release,
    Report,
    RetryTask,
    RunSpec,
    StartRun,
    TaskSpec,
)
from mosaic_memory.storage import MemoryStorage
from mosaic_testing.graphs import ANY_AGENT
from mosaic_workspaces.changes import MOST_TEXT
from mosaic_workspaces.own_git import OwnGit
from mosaic_workspaces.task_diff import operations

HOSTILE = 'a\tb\n"c" ü\x1b[31m.txt'


class Clock:
    def now(self):
        return 1_700_000_000_000


class OnePort:
    def __init__(self, provider):
        self.provider = provider

    def get(self, name=""):
        return self.provider


class Scene:
    """A store with one run in a repository, and what asks for differences there."""

    def __init__(self, state, git, repository):
        self.state_directory = state
        self.git = git
        self.repository = repository
        self.log = RecordingLog()
        self.storage = MemoryStorage(Clock())
        self.settings = {}
        [self._operation] = operations(self, CONFIG)

    def port(self, name):
        assert name == "storage"
        return OnePort(self.storage)

    async def do(self, *commands):
        answers = await self.storage.apply(commands, by="tester")
        for answer in answers:
            if isinstance(answer, MosaicError):
                raise answer
        return answers[-1]

    async def begin(self, workspace="git", **settings):
        self.settings = await self.git.prepare("run", {"repository": str(self.repository.path), **settings})
        run = RunSpec(run_id="run", settings=self.settings)
        await self.do(StartRun(run=run, tasks=[TaskSpec(task_id="task", workspace=workspace)]))

    async def claim(self):
        [lease] = await self.do(Claim(holder="h", offers=[ANY_AGENT], lease_seconds=3600))
        return request_of(self.settings, "task", lease.token)

    async def diff(self, **asked):
        call = Call(operation=self._operation, principal=Principal(name="tester"))
        return await self._operation.handler(self._operation.input(task_id="task", **asked), call)


@pytest.fixture
def scene(state, git, repository):
    return Scene(state, git, repository)


def rows(found):
    return [(one.path, one.status, one.added, one.removed) for one in found.files]


async def test_from_working_to_accepted(scene, git, repository):
    repository.commit("old name", "".join(f"line {n}\n" for n in range(40)))
    repository.commit("gone", "a\nb\n")
    await scene.begin()
    before = repository.snapshot()
    base = repository.git("rev-parse", "HEAD")
    assert (await scene.diff()).note == "Nobody has worked on it yet: it is ready."
    request = await scene.claim()
    held = {"run_id": "run", "task_id": "task", "token": request.token}
    assert "not yet" in (await scene.diff()).note
    async with git.open(request) as workspace:
        assert (await scene.diff()).note == "Nothing differs."
        (workspace.path / "README").write_text("hello\nworld\n")
        (workspace.path / HOSTILE).write_text("new\n")
        (workspace.path / "blob").write_bytes(b"\0\1\2")
        (workspace.path / "gone").unlink()
        (workspace.path / "old name").rename(workspace.path / "new name")
        (workspace.path / "link").symlink_to("README")
        working = await scene.diff()
        assert (working.state, working.base, working.commit, working.token) == ("working", base, "", 1)
        assert rows(working) == [
            ("README", "changed", 1, 0),
            (HOSTILE, "added", 1, 0),
            ("blob", "added", None, None),
            ("gone", "removed", 0, 2),
            ("link", "added", 1, 0),
            ("new name", "renamed", 0, 0),
        ]
        assert working.files[-1].old_path == "old name"
        assert (working.total_files, working.is_cut, working.note) == (6, False, "")
        assert "\n+world\n" in working.text
        assert '+++ "b/a\\tb\\n\\"c\\" ü\\033[31m.txt"' in working.text
        await scene.do(Report(**held, outcome="succeeded"))
        reported = await scene.diff()
        assert (reported.state, reported.files) == ("candidate", working.files)
        commit = await workspace.seal("work")
        proposal = await workspace.propose()
        evidence = Evidence(commit=commit)
        await scene.do(BeginMerge(**held, candidate=commit, base=proposal.base, evidence=evidence))
        decided = await scene.diff()
        assert (decided.state, decided.base, decided.commit) == ("candidate", base, commit)
        assert await git.publish(request, proposal)
        await scene.do(Accept(**held, evidence=evidence))
    accepted = await scene.diff(token=1, run_id="run")
    assert (accepted.state, accepted.base, accepted.commit) == ("accepted", base, commit)
    assert (accepted.files, accepted.text) == (working.files, working.text)
    assert repository.snapshot() == before, "only the run's own branch moved"
    with pytest.raises(NotFound) as caught:
        await scene.diff(token=7)
    assert (caught.value.code, caught.value.expected) == ("no-attempt", "at most 1")


async def test_what_older_attempts_made_is_shown_as_long_as_its_commit_is_there(scene, git, repository):
    await scene.begin()
    base = repository.git("rev-parse", "HEAD")
    commits = []

    async def attempt(text):
        request = await scene.claim()
        held = {"run_id": "run", "task_id": "task", "token": request.token}
        async with git.open(request) as workspace:
            (workspace.path / "README").write_text(text)
            await scene.do(Report(**held, outcome="succeeded"))
            commits.append(await workspace.seal("work"))
        return held

    held = await attempt("first\n")
    evidence = Evidence(commit=commits[0])
    await scene.do(Reject(**held, reason="no", evidence=evidence, counts=False, may_retry=False))
    refused = await scene.diff()
    assert (refused.state, refused.token, refused.base, refused.commit) == ("refused", 1, base, commits[0])
    assert "+first" in refused.text
    await scene.do(RetryTask(run_id="run", task_id="task"))
    await scene.do(Release(**await attempt("second\n")))
    held = await attempt("third\n")
    assert (await scene.diff(token=1)).text == refused.text  # while the newest is under way
    await scene.do(Accept(**held, evidence=Evidence(commit=commits[2])))
    assert [(await scene.diff(token=token)).state for token in (1, 2, 3, 0)] == [
        *("refused", "none", "accepted", "accepted")
    ]
    assert (await scene.diff(token=2)).note == (
        "Attempt 2 ended before what it made was checked as a commit, so that is not kept."
    )
    assert "+third" in (await scene.diff(token=3)).text
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "--quiet", "--prune=now")
    assert (await scene.diff(token=1)).note == f"The repository has no commit {commits[0]} any more."


async def test_nothing_of_the_repository_is_run_and_nothing_hides(
    scene, git, repository, tmp_path, monkeypatch
):
    (places := tmp_path / "places").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(places))
    trap = tmp_path / "trap"
    spring = tmp_path / "spring.sh"
    spring.write_text(f"#!/bin/sh\ntouch {trap}\ncat\n")
    spring.chmod(0o755)
    repository.commit("secret.txt", "before\n")
    repository.commit(".gitattributes", "*.txt diff=evil filter=evil -text\nhidden -diff\n")
    await scene.begin()
    request = await scene.claim()
    async with git.open(request) as workspace:
        for key, value in {
            "diff.evil.textconv": spring,
            "diff.evil.command": spring,
            "diff.external": spring,
            "filter.evil.clean": spring,
            "filter.evil.process": spring,
            "filter.evil.required": "true",
            "core.fsmonitor": spring,
            "core.hooksPath": tmp_path,
            "diff.noprefix": "true",
        }.items():
            repository.git("config", key, str(value))
        for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
            (tmp_path / hook).symlink_to(spring)
        inner = workspace.path / "inner"
        inner.mkdir()
        shutil.copytree(repository.path / ".git", inner / ".git")
        (workspace.path / "secret.txt").write_text("after\n")
        (workspace.path / "hidden").write_text("not hidden\n")
        (repository.path / ".git" / "info" / "exclude").write_text("mine.txt\n")
        (workspace.path / "mine.txt").write_text("kept out by the user\n")
        (workspace.path / "token.txt").write_text("ghp_" + "a" * 40 + "\n")
        listing = sorted(path.name for path in (repository.path / ".git" / "objects").rglob("*"))
        found = await scene.diff()
        assert not trap.exists()
        repository.git("log", "-p", "--ext-diff", "-1")
        assert trap.exists(), "it is one that git does run"
        assert sorted(path.name for path in (repository.path / ".git" / "objects").rglob("*")) == listing
        assert [one.path for one in found.files] == ["hidden", "secret.txt", "token.txt"]
        assert "+not hidden\n" in found.text
        assert "+after\n" in found.text
        assert "+[redacted]\n" in found.text
        assert found.is_cut, "the repository inside was left out"
        assert list(places.iterdir()) == []


async def test_what_is_large_is_cut(scene, git, repository):
    await scene.begin()
    request = await scene.claim()
    async with git.open(request) as workspace:
        (workspace.path / "huge").write_bytes(b"x" * (5 * 1024 * 1024))
        assert (await scene.diff()).is_cut
        (workspace.path / "huge").unlink()
        for n in range(5):
            (workspace.path / f"f{n}").write_text("".join(f"line {m} of a long file\n" for m in range(5000)))
        found = await scene.diff()
        assert found.is_cut
        assert [one.added for one in found.files] == [5000] * 5
        assert MOST_TEXT - 100 < len(found.text) <= MOST_TEXT
        assert found.text.endswith("\n")
        for n in range(2100):
            (workspace.path / f"many-{n:04}").touch()
        found = await scene.diff()
        assert (len(found.files), found.is_cut) == (2000, True)


async def test_where_there_is_nothing_to_compare(scene, repository):
    with pytest.raises(NotFound) as caught:
        await scene.diff(run_id="nowhere")
    assert caught.value.code == "no-run"
    await scene.begin(workspace="directory")
    found = await scene.diff()
    assert (found.state, found.files, found.text) == ("none", (), "")
    assert found.note == "The task's workspace (directory) keeps no history to compare with."


async def test_a_repository_that_is_gone_is_told(scene, git, repository, tmp_path):
    await scene.begin()
    request = await scene.claim()
    held = {"run_id": "run", "task_id": "task", "token": request.token}
    await scene.do(Report(**held, outcome="succeeded"), Accept(**held, evidence=Evidence(commit="0" * 40)))
    assert (await scene.diff()).note == f"The repository has no commit {'0' * 40} any more."
    repository.path.rename(tmp_path / "elsewhere")
    assert (await scene.diff()).note == "The run's repository is not where it was."


async def test_a_look_that_does_not_end_is_ended(tmp_path):
    git = OwnGit(tmp_path, tmp_path, attrs.evolve(CONFIG, git_seconds=0.2))
    with pytest.raises(MosaicError) as caught:
        await git.read(("-c", "alias.wait=!sleep 1", "wait"), 100)
    assert caught.value.code == "git-timeout"
    with pytest.raises(MosaicError) as caught:
        await git.read(("no-such-command",), 100)
    assert caught.value.code == "git-failed"
