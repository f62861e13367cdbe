"""Mosaic as its users meet it: a directory of its own, the program, and what came out of it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import attrs

from invoking import invoke

MOSAIC = (str(Path(sys.executable).with_name("mosaic")),)
SECONDS = 60.0


@attrs.frozen
class Answer:
    """How the program ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    def demand(self, code: int = 0) -> Answer:
        assert "Traceback" not in self.err, self.err
        assert self.code == code, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


class Place:
    """A project directory with a home of its own. `call` runs Mosaic in this process, `run` and
    `start` in one of its own. `cache` is for all places: it holds which plugins are installed.
    """

    cache: ClassVar[Path]

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "project"
        self.directory.mkdir()
        self.home = directory / "home"
        self.home.mkdir()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MOSAIC_", "XDG_"))},
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.cache),
            "NO_COLOR": "1",
        }
        self.processes: list[subprocess.Popen[str]] = []

    def call(self, *argv: str, environment: dict[str, str] | None = None, stdin_bytes: bytes = b"") -> Answer:
        """Run Mosaic here, as a process of its own would: arguments, directory, environment, streams."""
        return Answer(*invoke(argv, self.directory, {**self.environment, **(environment or {})}, stdin_bytes))

    def run(self, *argv: str, seconds: float = SECONDS) -> Answer:
        """Run Mosaic as a process of its own to its end."""
        done = subprocess.run(
            [*MOSAIC, *argv],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Start Mosaic as a process of its own, in a session of its own."""
        process = subprocess.Popen(
            [*MOSAIC, *argv],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def end(self, process: subprocess.Popen[str]) -> Answer:
        """Wait for a started process."""
        out, err = process.communicate(timeout=SECONDS)
        return Answer(process.returncode, out, err)

    def write(self, name: str, content: str | bytes | Any) -> str:
        """Write a file of the project; anything but text and bytes as JSON. Return its name."""
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name

    @property
    def database(self) -> Path:
        return self.directory / ".mosaic" / "mosaic.db"

    def rows(self, query: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        """Ask the database file; nothing while there is none."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            try:
                return database.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def events(self) -> Sequence[tuple[int, str, str, dict[str, Any]]]:
        """Return number, kind, task and body of every event so far."""
        found = self.rows("SELECT sequence, kind, task_id, body FROM events ORDER BY sequence")
        return [(number, kind, task, json.loads(body)) for number, kind, task, body in found]

    def files(self) -> dict[str, bytes]:
        """Return every file of the project and of its parent, but for Mosaic's own state and caches."""
        top = self.directory.parent
        return {
            str(path.relative_to(top)): path.read_bytes() if path.is_file() else b""
            for path in sorted(top.rglob("*"))
            if ".mosaic" not in path.parts and "cache" not in path.parts and not path.is_symlink()
        }

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


def wait_until(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Return what `condition` says once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def plan_of(*leaves: dict[str, Any], title: str = "Acceptance") -> dict[str, Any]:
    """Return a plan in which these leaves, named by `id`, stand below one feature each seven."""
    nodes: list[dict[str, Any]] = [{"node_id": "E.001", "title": title}]
    names: dict[str, str] = {}
    for index, leaf in enumerate(leaves):
        feature = f"F.001.{index // 7 + 1:02d}"
        if index % 7 == 0:
            nodes.append({"node_id": feature, "title": f"Feature {index // 7 + 1}"})
        names[leaf["id"]] = f"S.001.{index // 7 + 1:02d}.{index % 7 + 1:02d}"
        rest = {key: value for key, value in leaf.items() if key != "id"}
        rest["depends_on"] = [names.get(name, name) for name in leaf.get("depends_on", ())]
        nodes.append({"node_id": names[leaf["id"]], "title": leaf["id"], "minutes": 5, **rest})
    return {"mosaic_plan": 1, "title": title, "nodes": nodes}
