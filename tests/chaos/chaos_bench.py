"""A repository, a plan of real commands for it, and the program to kill."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from invoking import invoke

MULTIPLIER = float(os.environ.get("MOSAIC_CHAOS", "1"))
MOSAIC = (sys.executable, "-m", "mosaic_cli")


def git(repository: Path, *argv: str) -> str:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    done = subprocess.run(["git", *identity, *argv], cwd=repository, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Bench:
    """A project directory with a repository, and how it is looked at from outside."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.repository = directory / "repository"
        self.repository.mkdir()
        git(self.repository, "init", "-q", "-b", "main")
        (self.repository / "README.md").write_text("start\n")
        git(self.repository, "add", "-A")
        git(self.repository, "commit", "-qm", "start")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {**os.environ, "HOME": str(directory), "XDG_CACHE_HOME": str(directory / "cache")}

    def write_plan(self, tasks: int, seconds: float) -> Path:
        """A story of `tasks` atomics in three chains; each writes a file of its own, slowly."""
        nodes = [
            {"node_id": "E.001", "title": "Epic"},
            {"node_id": "F.001.01", "title": "Feature"},
            {"node_id": "S.001.01.01", "title": "Story"},
            {"node_id": "T.001.01.01.01", "title": "Task"},
        ]
        names: list[str] = []
        for index in range(tasks):
            subtask = f"001.01.01.01.{index // 7 + 1:02d}"
            if index % 7 == 0:
                nodes.append({"node_id": f"ST.{subtask}", "title": f"Subtask {index // 7}"})
            name = f"A.{subtask}.{index % 7 + 1:02d}"
            names.append(name)
            half = f"sleep {seconds / 2}; echo {name} > {name}.txt; sleep {seconds / 2}"
            nodes.append(
                {
                    "node_id": name,
                    "title": f"Write {name}",
                    "minutes": 10,
                    "runtime": "command",
                    "work": {"run": half},
                    "checks": [{"name": "written", "parameters": {"run": f"grep -qx {name} {name}.txt"}}],
                    **({"depends_on": [names[index - 3]]} if index >= 3 else {}),
                }
            )
        path = self.directory / "plan.json"
        path.write_text(json.dumps({"mosaic_plan": 1, "title": "Chaos", "nodes": nodes}))
        return path

    def start(self, *argv: str) -> subprocess.Popen[bytes]:
        with (self.directory / "mosaic.log").open("ab") as log:
            process = subprocess.Popen(
                [*MOSAIC, *argv],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def pause(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a process between two of its writes: SQLite's lock of a process that is stopped inside
        one keeps everybody out, safely, until it goes on or dies.
        """
        while True:
            kill(process, signal.SIGSTOP)
            with closing(sqlite3.connect(self.directory / ".mosaic/mosaic.db", timeout=0.2)) as database:
                try:
                    database.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    kill(process, signal.SIGCONT)
                    time.sleep(0.01)
                else:
                    database.rollback()
                    return

    def end(self) -> None:
        for process in self.processes:
            kill(process, signal.SIGCONT)
            kill(process)
            process.wait()

    def mosaic(self, *argv: str, code: int = 0) -> str:
        """Ask afterwards, in this process."""
        found, output, errors = invoke(argv, self.directory, self.environment)
        assert found == code, f"{argv}: exit {found}\n{output}\n{errors}"
        assert "Traceback" not in errors
        return output

    def events(self) -> list[tuple[str, str, str]]:
        """Every event so far; none while the store is not made."""
        path = self.directory / ".mosaic/mosaic.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'events'").fetchone():
                return []
            return database.execute("SELECT kind, task_id, body FROM events ORDER BY sequence").fetchall()

    def log_text(self) -> str:
        return (self.directory / "mosaic.log").read_text("utf-8", "replace")[-4000:]

    def check_everything(self, tasks: int) -> None:
        """Every task accepted once, merged once; the log whole; the projections those of a replay."""
        accepted = Counter(task for kind, task, _ in self.events() if kind == "task.accepted")
        assert set(accepted.values()) == {1}, accepted
        assert len(accepted) == tasks
        run = json.loads(self.mosaic("status", "--json"))["run"]
        assert run["result"] == "accepted"
        branch = run["settings"]["branch"]
        subjects = git(self.repository, "log", "--format=%s", f"main..{branch}").splitlines()
        merged = Counter(subject.split(":")[0] for subject in subjects)
        assert merged == Counter(accepted), subjects
        assert git(self.repository, "log", "--merges", "--format=%h", branch) == ""
        assert git(self.repository, "status", "--porcelain") == ""
        assert json.loads(self.mosaic("log", "verify", "--json"))["broken"] is None
        self.mosaic("storage", "check")


def kill(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGKILL) -> None:
    """Send to Mosaic alone, not to what it started."""
    if process.poll() is None:
        os.kill(process.pid, how)


def wait_until(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
