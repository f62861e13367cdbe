"""How a script becomes a process."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

SUFFIXES = {"python": ".py"}


def command_line(shell: str, script: Path, search: str) -> Sequence[str]:
    """Return the program and arguments that run `script`. `search` is the PATH to look in. "" is bash
    where there is one, else sh.

    Raises:
        ValueError: `shell` is no shell that there is.
    """
    name = str(script)
    if not shell:
        return ["bash", "-e", name] if shutil.which("bash", path=search) else ["sh", "-e", name]
    if shell == "bash":
        return ["bash", "--noprofile", "--norc", "-eo", "pipefail", name]
    if shell == "sh":
        return ["sh", "-e", name]
    if shell == "python":
        found = shutil.which("python", path=search) or shutil.which("python3", path=search)
        return [found or sys.executable, name]
    parts = shlex.split(shell)
    if not any("{0}" in part for part in parts):
        raise ValueError(f"the shell {shell!r} is none of bash, sh, python, and has no {{0}}")
    return [part.replace("{0}", name) for part in parts]


def inside(root: Path, relative: str) -> Path:
    """Return a path under `root`.

    Raises:
        ValueError: it leads out of the workspace.
    """
    path = (root / relative).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ValueError(f"{relative!r} leads out of the workspace")
    return path


def in_directory(argv: Sequence[str], directory: Path, root: Path) -> Sequence[str]:
    """Return a command line that runs `argv` in `directory`."""
    if directory == root:
        return argv
    return ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(directory), *argv]
