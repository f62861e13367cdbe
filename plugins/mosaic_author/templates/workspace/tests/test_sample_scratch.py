"""Where attempts work, what they begin with, and what is left of them."""

import pytest
from mosaic_hookspecs import InputError, WorkspaceRequest

from mosaic_sample.processes import BoundedOutput
from mosaic_sample.scratch import ScratchProvider


def request(task_id="task", **settings):
    """Make the request of an attempt."""
    return WorkspaceRequest(run_id="run", task_id=task_id, token=1, settings=settings)


async def test_an_attempt_begins_with_a_copy_if_asked(tmp_path):
    source = tmp_path / "project"
    (source / ".git").mkdir(parents=True)
    (source / "a").write_text("a")
    provider = ScratchProvider(tmp_path / "scratch", 1.0)
    settings = await provider.prepare("run", {"repository": str(source), "copy": True})
    async with provider.open(request(**settings)) as workspace:
        assert [path.name for path in workspace.path.iterdir()] == ["a"]
        assert await workspace.changed() == []
        (workspace.path / "a").write_text("changed")
        assert await workspace.changed() == ["a"]
    assert (source / "a").read_text() == "a"


async def test_a_directory_that_is_missing_is_told(tmp_path):
    with pytest.raises(InputError) as caught:
        await ScratchProvider(tmp_path, 1.0).prepare("run", {"repository": str(tmp_path / "none")})
    assert caught.value.code == "no-repository"


async def test_what_the_dead_left_is_removed(tmp_path):
    provider = ScratchProvider(tmp_path, 1.0)
    left = tmp_path / "left"
    left.mkdir()
    async with provider.open(request("live")) as workspace:
        assert await provider.reap(lambda run_id, task_id, token: task_id == "live") == 1
        assert workspace.path.is_dir()
    assert not left.exists()


def test_output_keeps_head_and_tail():
    output = BoundedOutput()
    output.add(b"head" + b"x" * 1_999_996)
    assert len(output.value()) == 2_000_000
    output.add(b"y" * 5 + b"tail")
    assert output.value().startswith(b"head")
    assert output.value().endswith(b"yyyyytail")
    assert b"9 bytes are missing" in output.value()
