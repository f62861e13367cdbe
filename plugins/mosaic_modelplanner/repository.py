"""What a repository holds, as a list of paths that a model can afford."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

_MOST = 200
_MOST_ENTRIES = 20_000
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "dist", "build", "target"})


def files_of(repository: str) -> Sequence[str]:
    """Return the first paths under a directory, the shallow ones first; none if it is not there."""
    root = Path(repository)
    if not repository or not root.is_dir():
        return ()
    found: list[str] = []
    level = [root]
    seen = 0
    while level and len(found) < _MOST and seen < _MOST_ENTRIES:
        below: list[Path] = []
        for directory in level:
            try:
                entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
            except OSError:
                continue
            seen += len(entries)
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _SKIPPED or entry.is_symlink():
                    continue
                if entry.is_dir():
                    below.append(Path(entry.path))
                else:
                    found.append(Path(entry.path).relative_to(root).as_posix())
        level = below
    return found[:_MOST]
