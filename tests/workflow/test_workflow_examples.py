"""The examples do what they say, on a real git repository."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from workflow_fakes import FakeContext, FakeStorage, compile_text, findings_of, run_text

EXAMPLES = Path(__file__).parents[2] / "examples" / "workflows"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{name}_NAME", "Test")
        monkeypatch.setenv(f"{name}_EMAIL", "test@example.org")
    path = tmp_path / "repository"
    (path / "src").mkdir(parents=True)
    (path / "src" / "good.py").write_text('"""Good."""\n\nanswer = 42\n')
    (path / "tests").mkdir()
    (path / "tests" / "test_good.py").write_text(
        "import unittest\n\nimport src.good\n\n\n"
        "class Good(unittest.TestCase):\n    def test_good(self):\n"
        "        self.assertEqual(src.good.answer, 42)\n"
    )
    git(path, "init", "-q", "-b", "main")
    git(path, "add", ".")
    git(path, "commit", "-qm", "Begin")
    git(path, "tag", "v1.0.0")
    (path / "src" / "more.py").write_text("x = 1\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "Add more")
    return path


def git(path, *arguments):
    subprocess.run(
        ["git", "-C", str(path), *arguments], check=True, env={**os.environ, "HOME": str(path.parent)}
    )


def context(tmp_path):
    storage = FakeStorage()
    return FakeContext(project_directory=tmp_path, ports={"storage": {"fake": storage}}), storage


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_examples_have_no_findings(path):
    assert findings_of(path.read_text(), str(path), agents=frozenset(), secrets=frozenset()) == []


async def test_checks_of_a_good_package(repository, tmp_path):
    fake, storage = context(tmp_path)
    ran = await run_text(
        (EXAMPLES / "checks.yaml").read_text(),
        tmp_path,
        {"source": "src", "tests": "tests"},
        fake,
        {"repository": str(repository)},
    )
    outcomes = {name: result.outcome for name, result in ran.results.items()}
    assert outcomes == {
        "survey": "succeeded",
        "check.compile": "succeeded",
        "check.syntax": "succeeded",
        "check.indentation": "succeeded",
        "check.docstrings": "failed",
        "tests": "succeeded",
        "summary": "succeeded",
    }
    assert "2 files, 4 lines" in ran.logs["summary"]
    assert "checks: success, tests: success" in ran.logs["summary"]
    assert "::warning file=src/more.py::" in ran.logs["check.docstrings"]
    [blob] = storage.blobs.values()
    assert blob.decode().splitlines() == ["file,lines", "src/good.py,3", "src/more.py,1"]


async def test_checks_of_a_broken_package(repository, tmp_path):
    (repository / "src" / "bad.py").write_text("def f(:\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Break it")
    fake, _ = context(tmp_path)
    ran = await run_text(
        (EXAMPLES / "checks.yaml").read_text(),
        tmp_path,
        {"source": "src"},
        fake,
        {"repository": str(repository)},
    )
    assert ran.results["check.syntax"].outcome == "failed"
    assert "::error file=src/bad.py,line=1::" in ran.logs["check.syntax"]
    assert ran.results["tests"].outcome == "skipped"
    assert ran.results["summary"].outcome == "failed"
    assert "checks: failure, tests: skipped" in ran.logs["summary"]


async def test_release(repository, tmp_path):
    text = (EXAMPLES / "release.yaml").read_text()
    _, tasks = await compile_text(text, {"version": "1.1.0"})
    archive = tasks[1]
    assert (archive.approval, archive.group, archive.workspace) == (
        "Release 1.1.0 (final)?",
        "release",
        "git",
    )
    fake, storage = context(tmp_path)
    ran = await run_text(text, tmp_path, {"version": "1.1.0"}, fake, {"repository": str(repository)})
    assert {name: result.outcome for name, result in ran.results.items()} == {
        "notes": "succeeded",
        "archive": "succeeded",
    }
    notes = (tmp_path / "work/archive/releases/1.1.0.md").read_text()
    assert "- Add more" in notes
    assert "Begin" not in notes
    assert ran.results["archive"].outputs["digest"] in notes
    kept = {key: json.dumps(document.body) for (_, key), document in storage.kept.items()}
    assert "release-1.1.0.tar.gz" in kept["r1/archive"]


async def test_release_of_a_version_that_is_there(repository, tmp_path):
    fake, _ = context(tmp_path)
    ran = await run_text(
        (EXAMPLES / "release.yaml").read_text(),
        tmp_path,
        {"version": "1.0.0"},
        fake,
        {"repository": str(repository)},
    )
    assert "exited with code 1" in ran.results["notes"].summary
    assert "released already" in ran.logs["notes"]
    assert "archive" not in ran.results
