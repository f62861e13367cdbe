"""What a repository holds, as a list of paths that a model can afford."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mosaic_hookspecs import Context, Denied, Principal

_MOST = 200
_MOST_ENTRIES = 20_000
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "dist", "build", "target"})


def readable(repository: str, context: Context, principal: Principal) -> str:
    """Return the directory that a principal named, if it may learn what is in it: below the project's directory
    everybody may who may plan, elsewhere only who may run something there.

    Raises:
        Denied: it may not (code ``not-here``).
    """
    if not repository:
        return ""
    home = context.project_directory.resolve()
    path = (home / repository).resolve()
    if not (path.is_relative_to(home) or principal.may("run:write")):
        raise Denied(
            "not-here",
            "what is in that directory is not yours to list",
            where="repository",
            expected=f"a directory below {home}, or the permission run:write",
            got=repository[:200],
            hint="Leave `repository` out.",
        )
    return str(path)


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
