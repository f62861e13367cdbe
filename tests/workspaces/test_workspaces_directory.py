import os

import pytest
from workspace_bench import request_of

from mosaic_hookspecs import InputError, Proposal


async def test_a_fresh_directory_for_every_attempt(directories):
    async with directories.open(request_of({})) as workspace:
        assert list(workspace.path.iterdir()) == []
        (workspace.path / "made").write_text("x")
        assert await workspace.changed() == ["made"]
        assert await workspace.seal("made") == ""
        assert await workspace.propose() == Proposal()
        assert await directories.publish(request_of({}), Proposal())
        path = workspace.path
    assert not path.exists()
    async with directories.open(request_of({})) as workspace:
        assert list(workspace.path.iterdir()) == []


async def test_begins_with_a_copy_of_the_project(directories, repository):
    (repository.path / "link").symlink_to("README")
    (repository.path / "dangling").symlink_to("/no/such")
    (repository.path / ".mosaic").mkdir()
    settings = await directories.prepare("run", {"repository": str(repository.path), "workspace": "directory"})
    async with directories.open(request_of(settings)) as workspace:
        assert {path.name for path in workspace.path.iterdir()} == {"README", "link", "dangling"}
        assert await workspace.changed() == []
        (workspace.path / "README").write_text("altered")
        (workspace.path / "link").unlink()
        (workspace.path / "new").mkdir()
        (workspace.path / "new" / "file").write_text("x")
        assert await workspace.changed() == ["README", "link", "new/file"]
    assert (repository.path / "README").read_text() == "hello\n"
    async with directories.open(request_of({**settings, "workspace": "git"})) as workspace:
        assert list(workspace.path.iterdir()) == []


async def test_a_checkout_is_a_copy(directories):
    async with directories.open(request_of({})) as workspace:
        (workspace.path / "a").write_text("a")
        async with workspace.checkout("") as directory:
            assert (await directory.execute(["sh", "-c", "cat a; echo b > b; pwd"])).output == (
                b"a" + os.fsencode(directory.path) + b"\n"
            )
        assert await workspace.changed() == ["a"]
        assert not directory.path.exists()


async def test_git_inside_does_not_find_the_repository_around(directories, repository):
    provider = type(directories)(directories._runner, repository.path / ".mosaic")
    async with provider.open(request_of({})) as workspace:
        done = await workspace.execute(["git", "status"])
    assert done.exit_code == 128


async def test_results_are_kept_where_the_run_asks_for_it(directories, state):
    for content in ("first", "second"):
        async with directories.open(request_of({"keep": True})) as workspace:
            (workspace.path / "result").write_text(content)
            await workspace.propose()
    async with directories.open(request_of({"keep": True})) as workspace:
        (workspace.path / "result").write_text("never proposed")
    assert (state / "results" / "run" / "task" / "result").read_text() == "second"


async def test_settings_are_checked(directories, tmp_path):
    for repository in (5, "/no/such/directory", "a\0b"):
        with pytest.raises(InputError):
            await directories.prepare("run", {"repository": repository})
    settings = await directories.prepare("run", {"repository": str(tmp_path / "new"), "create": True})
    assert (tmp_path / "new").is_dir()
    assert await directories.prepare("run", settings) == settings
    assert await directories.prepare("run", {}) == {}


async def test_pipes_and_sockets_are_left_behind(directories, tmp_path):
    import os

    async with directories.open(request_of({})) as workspace:
        os.mkfifo(workspace.path / "pipe")
        (workspace.path / "file.txt").write_text("kept")
        async with workspace.checkout("") as checkout:
            assert sorted(path.name for path in checkout.path.iterdir()) == ["file.txt"]
