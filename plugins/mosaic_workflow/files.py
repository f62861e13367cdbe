"""Patterns over the files of a workspace."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

OWN_DIRECTORY = ".mosaic-job"
_MAX_FILES = 10_000


def matching(root: Path, patterns: Sequence[str]) -> Sequence[Path]:
    """Return the regular files under `root` that the patterns select, sorted. Directories stand for all
    in them; ``!`` takes files back. Symbolic links are not followed.

    Raises:
        ValueError: a pattern leads out of the workspace, or selects too many files.
    """
    chosen: dict[Path, None] = {}
    for line in patterns:
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        is_exclusion = pattern.startswith("!")
        found = _expand(root, pattern.removeprefix("!").strip())
        for path in found:
            if is_exclusion:
                chosen.pop(path, None)
            else:
                chosen[path] = None
        if len(chosen) > _MAX_FILES:
            raise ValueError(f"more than {_MAX_FILES} files are selected")
    return sorted(chosen)


def _expand(root: Path, pattern: str) -> Sequence[Path]:
    relative = _relative(root, pattern)
    starts = [root] if relative in ("", ".") else sorted(root.glob(relative))
    files: list[Path] = []
    for start in starts:
        inner = sorted(start.rglob("*")) if start.is_dir() and not start.is_symlink() else [start]
        files.extend(path for path in inner if path.is_file() and not path.is_symlink())
    if relative.startswith(OWN_DIRECTORY):
        return files
    return [path for path in files if OWN_DIRECTORY not in path.relative_to(root).parts]


def _relative(root: Path, pattern: str) -> str:
    path = Path(pattern)
    if path.is_absolute():
        if not path.is_relative_to(root):
            raise ValueError(f"{pattern!r} leads out of the workspace")
        path = path.relative_to(root)
    if ".." in path.parts:
        raise ValueError(f"{pattern!r} leads out of the workspace")
    return path.as_posix()


def hash_files(root: Path, patterns: Sequence[str]) -> str:
    """Return one digest over the content of all files selected; "" if there is none."""
    files = matching(root, patterns)
    if not files:
        return ""
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()
