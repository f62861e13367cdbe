"""What the tests of workspaces stand on: a configuration, a log, and a user's repository."""

import os
import subprocess
from pathlib import Path

from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.configuration import Config

CONFIG = Config(grace_seconds=1.0, linger_seconds=0.3, head_bytes=1000, tail_bytes=1000, lock_seconds=1.0)


class RecordingLog:
    """Remembers what was logged."""

    def __init__(self):
        self.lines = []

    def bind(self, **facts):
        return self

    def _line(self, event, **facts):
        self.lines.append((event, facts))

    debug = info = warning = error = _line


class UserRepository:
    """A repository as a user has it, driven by plain git."""

    def __init__(self, path: Path):
        self.path = path

    def git(self, *arguments, check=True):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{
                f"GIT_{who}_{what}": "user@host"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment, capture_output=True, check=check
        )
        return done.stdout.decode(errors="surrogateescape").strip()

    def commit(self, name, content, message="change"):
        (self.path / name).write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def snapshot(self):
        """Every byte of the working tree, the index, HEAD and all refs but Mosaic's."""
        files = {
            str(path.relative_to(self.path)): path.read_bytes()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.path).parts
        }
        refs = [
            line
            for line in self.git("for-each-ref").splitlines()
            if "refs/mosaic/" not in line and "refs/heads/mosaic/" not in line
        ]
        private = {name: (self.path / ".git" / name).read_bytes() for name in ("index", "HEAD", "config")}
        return files, refs, private


def request_of(settings, task_id="task", token=1, run_id="run"):
    return WorkspaceRequest(run_id=run_id, task_id=task_id, token=token, title=task_id, settings=settings)
