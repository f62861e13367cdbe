"""The worker does a plan, alone and against a program that lies."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.resolve()


def work(directory: Path, *argv: str) -> str:
    """Have a worker do the plan in a directory; return what it printed."""
    program = [
        sys.executable,
        str(HERE / "pull_worker.py"),
        "--plan",
        str(HERE / "plan.json"),
        "--into",
        "notes",
    ]
    done = subprocess.run(
        [*program, "--wait", "2", "ada", "--", *argv],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_program_does_the_plan(tmp_path: Path) -> None:
    said = work(tmp_path, "tee", "note.md")
    assert said.count("accepted") == 3
    assert "sand" in (tmp_path / "notes" / "note.md").read_text()


def test_a_program_that_lies_is_caught(tmp_path: Path) -> None:
    said = work(tmp_path, "true")
    assert "accepted" not in said
    assert said.count("refused") == 2
