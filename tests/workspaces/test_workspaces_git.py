# ruff: noqa: ASYNC221, ASYNC230, PTH123 - a test may block its own loop, and look at what has no event
import os
import shutil
import subprocess

import pytest
import trio
from workspace_bench import UserRepository, request_of

from mosaic_hookspecs import InputError, Proposal, Refused


async def prepared(git, repository, **settings):
    return await git.prepare("run", {"repository": str(repository.path), **settings})


async def attempt(git, request, files):
    """Make files in a workspace, and publish them."""
    async with git.open(request) as workspace:
        for name, content in files.items():
            (workspace.path / name).write_text(content)
        await workspace.seal("work")
        proposal = await workspace.propose()
        return proposal, await git.publish(request, proposal)


async def test_prepare_completes_the_settings_and_makes_the_branch(git, repository):
    settings = await prepared(git, repository)
    head = repository.git("rev-parse", "HEAD")
    assert settings == {
        "repository": str(repository.path),
        "branch": "refs/heads/mosaic/run",
        "base": head,
        "follows": False,
    }
    assert repository.git("rev-parse", "mosaic/run") == head
    assert await git.prepare("run", settings) == settings


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"repository": ""}, "bad-repository"),
        ({"repository": 5}, "bad-repository"),
        ({"repository": "/no/such/place"}, "no-repository"),
        ({"branch": "a..b"}, "bad-branch"),
        ({"branch": "-x"}, "bad-branch"),
        ({"branch": 7}, "bad-branch"),
        ({"branch": "main"}, "branch-checked-out"),
    ],
)
async def test_settings_that_cannot_be_used_are_refused(git, repository, change, code):
    with pytest.raises(InputError) as caught:
        await git.prepare("run", {"repository": str(repository.path), **change})
    assert caught.value.code == code


async def test_a_directory_inside_a_repository_is_not_one(git, repository):
    (repository.path / "inner").mkdir()
    with pytest.raises(InputError) as caught:
        await git.prepare("run", {"repository": str(repository.path / "inner")})
    assert caught.value.code == "no-repository"


async def test_a_repository_without_a_commit_is_refused(git, tmp_path):
    path = tmp_path / "empty"
    path.mkdir()
    UserRepository(path).git("init", "-q")
    with pytest.raises(InputError) as caught:
        await git.prepare("run", {"repository": str(path)})
    assert caught.value.code == "no-commit"


async def test_an_attempt_is_sealed_checked_and_published(git, repository):
    settings = await prepared(git, repository)
    request = request_of(settings, "T.001", token=7)
    async with git.open(request) as workspace:
        assert await workspace.changed() == []
        assert await workspace.seal("nothing") == ""
        assert await workspace.propose() == Proposal()
        (workspace.path / "new.txt").write_text("new")
        (workspace.path / "README").unlink()
        assert await workspace.changed() == ["README", "new.txt"]
        commit = await workspace.seal("Make it new")
        assert await workspace.seal("Make it new") == commit
        proposal = await workspace.propose()
        assert (proposal.candidate, proposal.base) == (commit, settings["base"])
        (workspace.path / "later").write_text("not sealed")
        async with workspace.checkout(proposal.candidate) as directory:
            done = await directory.execute(["sh", "-c", "ls -A; git status --short; git log -1 --format=%s"])
            assert done.output == b".git\nnew.txt\nMake it new\n"
            checked = directory.path
        assert not checked.exists()
        async with workspace.checkout("") as directory:
            assert (directory.path / "later").exists()
        assert await git.publish(request, proposal)
        assert await git.publish(request, proposal)
        path = workspace.path
    assert not path.exists()
    assert repository.git("worktree", "list").count("\n") == 0
    assert repository.git("rev-parse", "mosaic/run") == commit
    body = repository.git("log", "-1", "--format=%B", "mosaic/run")
    assert body.endswith("Mosaic-Run: run\nMosaic-Task: T.001\nMosaic-Attempt: 7")
    assert repository.git("log", "-1", "--format=%an <%ae>", "mosaic/run") == "Mosaic <mosaic@localhost>"


async def test_the_user_is_left_alone(git, repository):
    repository.commit("tracked", "one\n")
    (repository.path / "tracked").write_text("dirty\n")
    (repository.path / "untracked").write_text("mine\n")
    (repository.path / "staged").write_text("staged\n")
    repository.git("add", "staged")
    before = repository.snapshot()
    settings = await prepared(git, repository)
    _, published = await attempt(git, request_of(settings), {"tracked": "theirs\n", "untracked": "x"})
    assert published
    await git.reap(lambda *_: False)
    assert repository.snapshot() == before


async def test_no_hook_of_the_user_runs(git, repository, tmp_path):
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change", "commit-msg"):
        path = repository.path / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked-{hook}\nexit 1\n")
        path.chmod(0o755)
    (tmp_path / "monitor").write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked-monitor\n")
    repository.git("config", "core.fsmonitor", str(tmp_path / "monitor"))
    settings = await prepared(git, repository)
    _, published = await attempt(git, request_of(settings), {"a": "b"})
    assert published
    assert not list(tmp_path.glob("hooked-*"))


async def test_the_environment_of_the_user_changes_nothing(git, repository, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    settings = await prepared(git, repository)
    _, published = await attempt(git, request_of(settings), {"a": "b"})
    assert published
    assert list(tmp_path.glob("index")) == []


async def test_the_repositorys_own_identity_is_used(git, repository):
    repository.git("config", "user.name", "Team")
    repository.git("config", "user.email", "team@example.org")
    settings = await prepared(git, repository)
    await attempt(git, request_of(settings), {"a": "b"})
    assert repository.git("log", "-1", "--format=%an <%ae>", "mosaic/run") == "Team <team@example.org>"


async def test_what_the_agent_committed_becomes_one_commit(git, repository):
    settings = await prepared(git, repository)
    async with git.open(request_of(settings)) as workspace:
        one = "echo 1 > a; git add -A; git commit -qm one"
        two = "echo 2 > b; git add b; git commit -qm two"
        script = f"{one}; {two}; git rm -q a; echo 3 > c"
        assert (await workspace.execute(["sh", "-ec", script])).exit_code == 0
        commit = await workspace.seal("squashed")
        assert await workspace.changed() == ["b", "c"]
    assert repository.git("rev-parse", f"{commit}^") == settings["base"]


async def test_a_broken_git_file_does_not_reach_the_users_repository(git, repository):
    settings = await prepared(git, repository)
    before = repository.snapshot()
    async with git.open(request_of(settings)) as workspace:
        await workspace.execute(["sh", "-c", "rm .git; echo x > y; git add -A; git commit -qm escaped"])
        assert await workspace.seal("work")
        assert await workspace.changed() == ["y"]
    async with git.open(request_of(settings, token=2)) as workspace:
        await workspace.execute(["sh", "-c", "rm .git; git init -q; echo x > y; git add y; git commit -qm own"])
        assert await workspace.changed() == ["y"]
    assert repository.snapshot() == before
    assert repository.git("worktree", "list").count("\n") == 0


@pytest.mark.parametrize("script", ["git init -q n", "git init -q n; cd n; git commit -q --allow-empty -m x"])
async def test_a_nested_repository_is_refused(git, repository, script):
    settings = await prepared(git, repository)
    async with git.open(request_of(settings)) as workspace:
        await workspace.execute(["sh", "-c", script])
        with pytest.raises(Refused) as caught:
            await workspace.seal("work")
    assert caught.value.code == "nested-repository"


async def test_a_submodule_that_is_not_there_is_no_obstacle(git, repository, tmp_path):
    shutil.copytree(repository.path, tmp_path / "sub")
    repository.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "sub"), "sub")
    repository.git("commit", "-qm", "submodule")
    settings = await prepared(git, repository)
    proposal, published = await attempt(git, request_of(settings), {"a": "b"})
    assert published
    assert "160000" in repository.git("ls-tree", proposal.candidate, "sub")


async def test_weird_names_survive(git, repository):
    names = ["-rf", "new\nline", "ünïcode", "tab\there", 'quote"', " space ", ":(glob)x", "a\\b", "{x}"]
    settings = await prepared(git, repository)
    request = request_of(settings, "task")
    async with git.open(request) as workspace:
        for name in names:
            (workspace.path / name).write_text(name)
        raw = os.fsencode(workspace.path) + b"/not-\xff-utf8"
        with open(raw, "w") as file:
            file.write("x")
        await workspace.seal("weird")
        changed = await workspace.changed()
        assert changed == sorted([*names, "not-\\xff-utf8"])
        "".join(changed).encode()
        proposal = await workspace.propose()
        async with workspace.checkout(proposal.candidate) as directory:
            assert {path.name for path in directory.path.iterdir()} >= set(names)
        assert await git.publish(request, proposal)


@pytest.mark.parametrize(
    "name",
    ["../../escape", "..", ".", "", "a/b", "/abs", "x" * 500, "new\nline", "ü~^:?*[", "a.lock", "\ud800"],
)
async def test_any_identifier_makes_a_safe_place(git, directories, repository, state, name):
    before = repository.snapshot()
    settings = (
        await git.prepare(name, {"repository": str(repository.path)})
        if name
        else {**await prepared(git, repository)}
    )
    request = request_of(settings, task_id=name, run_id=name)
    async with directories.open(request_of({}, task_id=name, run_id=name)) as workspace:
        assert workspace.path.is_relative_to(state / "workspaces")
        assert (await workspace.execute(["true"])).exit_code == 0
    async with git.open(request) as workspace:
        assert workspace.path.resolve().is_relative_to(state / "worktrees")
        (workspace.path / "x").write_text("y")
        assert await workspace.seal("x")
        proposal = await workspace.propose()
        assert await git.publish(request, proposal)
    assert repository.snapshot() == before


async def test_parallel_changes_are_merged(git, repository):
    settings = await prepared(git, repository)
    proposals = []

    async def one(number):
        request = request_of(settings, f"task-{number}", token=number + 1)
        async with git.open(request) as workspace:
            (workspace.path / f"file-{number}").write_text(str(number))
            await workspace.seal(f"add {number}")
            while True:
                proposal = await workspace.propose()
                async with workspace.checkout(proposal.candidate) as directory:
                    assert (directory.path / f"file-{number}").exists()
                async with publishing:
                    if (await workspace.propose()).base == proposal.base:
                        assert await git.publish(request, proposal)
                        proposals.append(proposal)
                        return

    publishing = trio.Lock()
    async with trio.open_nursery() as nursery:
        for number in range(8):
            nursery.start_soon(one, number)
    names = repository.git("ls-tree", "--name-only", "mosaic/run").splitlines()
    assert set(names) == {"README", *(f"file-{number}" for number in range(8))}
    assert repository.git("rev-list", "--count", f"{settings['base']}..mosaic/run") == "8"
    assert repository.git("rev-list", "--merges", "mosaic/run") == ""
    assert repository.git("fsck", "--strict", "--no-dangling") == ""


async def test_a_conflict_is_refused_with_its_text(git, repository):
    settings = await prepared(git, repository)
    first, second = request_of(settings, "one", token=1), request_of(settings, "two", token=2)
    async with git.open(second) as workspace:
        (workspace.path / "README").write_text("from two\n")
        await workspace.seal("two")
        assert (await attempt(git, first, {"README": "from one\n"}))[1]
        with pytest.raises(Refused) as caught:
            await workspace.propose()
    assert caught.value.code == "merge-conflict"
    assert "README" in caught.value.what
    assert "from one" in caught.value.got
    assert "from two" in caught.value.got
    assert caught.value.hint


async def test_what_is_there_already_needs_no_publication(git, repository):
    settings = await prepared(git, repository)
    async with git.open(request_of(settings, "two", token=2)) as workspace:
        (workspace.path / "same").write_text("same\n")
        await workspace.seal("two")
        assert (await attempt(git, request_of(settings, "one"), {"same": "same\n"}))[1]
        assert await workspace.propose() == Proposal()


async def test_a_rewritten_branch_gets_only_the_change(git, repository):
    settings = await prepared(git, repository)
    proposal, _ = await attempt(git, request_of(settings, "one"), {"one": "1"})
    async with git.open(request_of(settings, "two", token=2)) as workspace:
        (workspace.path / "two").write_text("2")
        await workspace.seal("two")
        repository.git("update-ref", "refs/heads/mosaic/run", settings["base"], proposal.candidate)
        again = await workspace.propose()
    assert again.base == settings["base"]
    assert repository.git("ls-tree", "--name-only", again.candidate).split() == ["README", "two"]


async def test_creates_a_repository_whose_working_tree_follows(git, tmp_path):
    path = tmp_path / "a" / "made"
    settings = await git.prepare("run", {"repository": str(path), "create": True})
    assert (settings["branch"], settings["follows"]) == ("refs/heads/main", True)
    made = UserRepository(path)
    await attempt(git, request_of(settings, "one"), {"a": "1", "b": "1"})
    await attempt(git, request_of(settings, "two", token=2), {"a": "2"})
    assert (path / "a").read_text() == "2"
    assert made.git("status", "--porcelain") == ""
    assert await git.prepare("run", settings) == {**settings, "base": made.git("rev-parse", "HEAD")}


async def test_create_goes_on_after_a_kill_in_between(git, tmp_path):
    path = tmp_path / "made"
    path.mkdir()
    UserRepository(path).git("init", "-q", "-b", "main")
    settings = await git.prepare("run", {"repository": str(path), "create": True})
    assert settings["follows"] is True
    assert UserRepository(path).git("status", "--porcelain") == ""


async def test_create_leaves_what_is_there(git, tmp_path):
    path = tmp_path / "full"
    path.mkdir()
    (path / "precious").write_text("x")
    with pytest.raises(InputError) as caught:
        await git.prepare("run", {"repository": str(path), "create": True})
    assert caught.value.code == "no-repository"
    assert [child.name for child in path.iterdir()] == ["precious"]


async def test_local_changes_in_a_made_repository_stay(git, tmp_path, log):
    path = tmp_path / "made"
    settings = await git.prepare("run", {"repository": str(path), "create": True})
    await attempt(git, request_of(settings, "one"), {"a": "1\n", "b": "1\n"})
    (path / "a").write_text("my change\n")
    assert (await attempt(git, request_of(settings, "two", token=2), {"b": "2\n"}))[1]
    assert ((path / "a").read_text(), (path / "b").read_text()) == ("my change\n", "2\n")
    assert log.lines == []
    assert (await attempt(git, request_of(settings, "three", token=3), {"a": "3\n"}))[1]
    assert (path / "a").read_text() == "my change\n"
    assert [event for event, _ in log.lines] == ["workspaces.working-tree-left"]


@pytest.mark.parametrize("how", ["not begun", "half", "half a file", "lock left"])
async def test_a_move_that_a_kill_stopped_is_repaired(git, tmp_path, how):
    path = tmp_path / "made"
    made = UserRepository(path)
    settings = await git.prepare("run", {"repository": str(path), "create": True})
    await attempt(git, request_of(settings, "one"), {"a": "1\n", "gone": "x"})
    async with git.open(request_of(settings, "two", token=2)) as workspace:
        (workspace.path / "a").write_text("two\n")
        (workspace.path / "new").write_text("brand new\n")
        (workspace.path / "gone").unlink()
        await workspace.seal("two")
        proposal = await workspace.propose()
    # What a killed Mosaic leaves: the branch has moved, the working tree has not, or not wholly.
    made.git("update-ref", "refs/heads/main", proposal.candidate)
    if how.startswith("half"):
        (path / "new").write_text("brand" if how == "half a file" else "brand new\n")
        (path / "gone").unlink()
        (path / "a").write_text("two\n")
    if how == "lock left":
        (path / ".git" / "index.lock").write_text("")
    await git.prepare("run", settings)
    assert made.git("status", "--porcelain") == ""
    assert sorted(child.name for child in path.iterdir()) == [".git", "a", "new"]


async def test_a_stale_index_lock_of_the_agents_is_removed(git, repository):
    settings = await prepared(git, repository)
    async with git.open(request_of(settings)) as workspace:
        await workspace.execute(["sh", "-c", 'touch x "$(git rev-parse --git-dir)/index.lock"'])
        assert await workspace.changed() == ["x"]


async def test_python_caches_are_no_change(git, repository):
    settings = await prepared(git, repository)
    async with git.open(request_of(settings)) as workspace:
        (workspace.path / "__pycache__").mkdir()
        (workspace.path / "__pycache__" / "x.pyc").write_text("x")
        assert await workspace.changed() == []


async def test_a_bare_repository_will_do(git, repository, tmp_path):
    subprocess.run(["git", "clone", "-q", "--bare", str(repository.path), str(tmp_path / "bare")], check=True)
    settings = await git.prepare("run", {"repository": str(tmp_path / "bare")})
    assert (await attempt(git, request_of(settings), {"a": "b"}))[1]
    (tmp_path / "gone").mkdir()
    (tmp_path / "bare").rename(tmp_path / "gone" / "bare")
    git._repositories.clear()
    with pytest.raises(Refused):
        async with git.open(request_of(settings)):
            pass


HOSTILE = """
cd sub && git init -q . && echo hi > f && git add f && git -c user.name=a -c user.email=a@b commit -qm x
echo '* filter=x' > .git/info/attributes
git config filter.x.clean "touch '{trace}'; cat"
touch -d 2001-01-01 f
"""


@pytest.mark.parametrize("is_submodule", [False, True])
async def test_no_program_of_a_repository_inside_runs(git, repository, tmp_path, is_submodule):
    if is_submodule:
        head = repository.git("rev-parse", "HEAD")
        repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
        repository.git("commit", "-qm", "a submodule")
    settings = await prepared(git, repository)
    trace = tmp_path / "trace"
    async with git.open(request_of(settings)) as workspace:
        (workspace.path / "sub").mkdir(exist_ok=True)
        (workspace.path / "own").write_text("own")
        await workspace.execute(["sh", "-ec", HOSTILE.format(trace=trace)])
        for _ in range(2):
            try:
                await workspace.changed()
                await workspace.seal("work")
            except Refused as refused:
                assert refused.code == "nested-repository"  # noqa: PT017 - either is right, running is not
        if is_submodule:
            assert list(await workspace.changed()) == ["own", "sub"]
    assert not trace.exists()
