"""What the agent writes, and what it refuses in words."""

import pytest
from mosaic_hookspecs import Assignment, InputError, Refused, TaskSpec
from mosaic_testing.agents import PlainWorkspace, RecordingJournal

from mosaic_sample.agent import FilesAgent


def assignment(directory, work, **fields):
    """Make an attempt at a task with this work, in a directory."""
    return Assignment(
        run_id="run",
        spec=TaskSpec(task_id="task", runtime="sample", work=work),
        token=1,
        attempt=1,
        journal=RecordingJournal(),
        workspace=PlainWorkspace(directory),
        goal="world",
        **fields,
    )


async def test_files_are_written_and_told(tmp_path):
    attempt = assignment(tmp_path, {"files": {"a/hello.txt": "Hello, {goal}!", "b": ""}})
    result = await FilesAgent().run(attempt)
    assert (tmp_path / "a/hello.txt").read_text() == "Hello, world!"
    assert result.outcome == "succeeded"
    assert result.outputs == {"files": ["a/hello.txt", "b"]}
    assert attempt.journal.written == b"wrote a/hello.txt\nwrote b\n"


@pytest.mark.parametrize("path", ["/etc/passwd", "../out", "a/../../out", ""])
async def test_paths_do_not_lead_out(tmp_path, path):
    with pytest.raises(InputError) as caught:
        await FilesAgent().run(assignment(tmp_path, {"files": {path: "x"}}))
    assert caught.value.code == "bad-path"


async def test_links_do_not_lead_out(tmp_path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "link").symlink_to(tmp_path)
    with pytest.raises(Refused):
        await FilesAgent().run(assignment(workspace, {"files": {"link/out": "x"}}))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("work", [{}, {"files": []}, {"files": {"a": 5}}])
async def test_work_that_makes_no_sense_is_refused(tmp_path, work):
    with pytest.raises(InputError) as caught:
        await FilesAgent().run(assignment(tmp_path, work))
    assert caught.value.code == "bad-work"
