"""A workspace and a journal as the engine would give them, on a plain directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import trio

from mosaic_hookspecs import AgentResult, Assignment, TaskSpec
from mosaic_scaffold.agent import ScaffoldAgent


class FakeWorkspace:
    def __init__(self, path: Path) -> None:
        self.path = path


class FakeJournal:
    def __init__(self) -> None:
        self.text = b""

    def output(self, data: bytes) -> None:
        self.text += data

    def usage(self, usage: object) -> None:
        raise AssertionError("nothing is spent")


def attempt(path: Path | None, work: dict[str, object]) -> tuple[AgentResult, str]:
    """Let the agent do one piece of work; return what it says, and its journal."""
    journal = FakeJournal()
    assignment = Assignment(
        run_id="run",
        spec=TaskSpec(task_id="task", work=work),
        token=1,
        attempt=1,
        journal=journal,
        workspace=FakeWorkspace(path) if path else None,
    )
    return trio.run(ScaffoldAgent().run, assignment), journal.text.decode()


def build_all(path: Path, items: list[dict[str, object]]) -> Path:
    """Let the agent do all work items."""
    for item in items:
        result, journal = attempt(path, item)
        assert result.outcome == "succeeded", (item["kind"], result.summary)
        assert journal
    return path


def tree(path: Path) -> dict[str, bytes]:
    """Return every file but caches and databases, by relative path."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts and "_cache" not in str(file)
    }


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in a directory, as an acceptance check would."""
    kept = "PYTEST_DEBUG_TEMPROOT"
    environment = {
        key: value for key, value in os.environ.items() if key == kept or not key.startswith(("PYTEST", "COV"))
    }
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
