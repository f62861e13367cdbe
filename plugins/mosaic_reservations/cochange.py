"""Which files change together, as the history of a git repository tells. Reads it, and runs nothing of it."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import trio

_LARGEST_COMMIT = 30
"""A commit that changes more tells nothing of what belongs together."""
_FEWEST = 2
_LEAST_SHARE = 0.4
_MARK = "\x01"


async def commits_of(repository: Path, count: int, seconds: float) -> Sequence[frozenset[str]]:
    """Return which files each of the newest commits changed; nothing where git cannot tell, or not in time."""
    argv = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-C", str(repository)]
    argv += [
        "log",
        f"-n{count}",
        "--no-merges",
        "--name-only",
        "--format=%x01",
        "--no-renames",
        "--no-show-signature",
    ]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": os.devnull,
    }
    with trio.move_on_after(seconds):
        try:
            done = await trio.run_process(
                argv, capture_stdout=True, stderr=subprocess.DEVNULL, check=False, env=environment
            )
        except OSError:
            return ()
        if done.returncode == 0:
            text = done.stdout.decode("utf-8", "replace")
            return [frozenset(filter(None, part.splitlines())) for part in text.split(_MARK)[1:]]
    return ()


def companions(commits: Sequence[frozenset[str]]) -> Mapping[str, Mapping[str, float]]:
    """Return for each file those that changed with it, and in which share of the commits that changed it."""
    alone: Counter[str] = Counter()
    together: dict[str, Counter[str]] = {}
    for files in commits:
        if 0 < len(files) <= _LARGEST_COMMIT:
            alone.update(files)
            for file in files:
                together.setdefault(file, Counter()).update(files - {file})
    return {
        file: {
            other: count / alone[file]
            for other, count in others.items()
            if count >= _FEWEST and count / alone[file] >= _LEAST_SHARE
        }
        for file, others in together.items()
    }
