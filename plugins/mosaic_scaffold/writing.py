"""Writing files into a workspace, and never outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mosaic_hookspecs.errors import InputError


def write_files(root: Path, texts: Mapping[str, str]) -> list[str]:
    """Write texts to paths relative to `root`, and return the paths whose content changed, sorted.

    Every path is checked before the first is written.

    Raises:
        InputError: a path leads out of `root`, by its name or through a link (code
            ``outside-workspace``), or is there but no file (``not-a-file``).
    """
    targets = {path: _inside(root, path) for path in sorted(texts)}
    changed = []
    for path, target in targets.items():
        data = texts[path].encode()
        if target.exists() and target.read_bytes() == data:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        changed.append(path)
    return changed


def read_file(root: Path, path: str) -> str | None:
    """Return the text of a file of the workspace, None if there is none. Raises as `write_files` does."""
    target = _inside(root, path)
    return target.read_text(encoding="utf-8", errors="replace") if target.exists() else None


def _inside(root: Path, path: str) -> Path:
    home, target = root.resolve(), root / path
    if Path(path).is_absolute() or not target.resolve().is_relative_to(home) or target.is_symlink():
        raise InputError(
            "outside-workspace",
            "this path leads out of the workspace",
            where=path,
            hint="Remove the link that stands there.",
        )
    for part in (target, *target.parents):
        if part in {root, home}:
            break
        if part.exists() and (part.is_file() != (part == target)):
            raise InputError("not-a-file", "something else stands where a file must go", where=path)
    return target
