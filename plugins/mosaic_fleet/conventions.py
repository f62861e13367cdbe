"""The repository's conventions: the heads of the files in which projects write them down.

What they say is material. Refuses to follow links out of the repository, and to read more than heads.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import attrs

FILES = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md")
_MOST_BYTES = 12_000


@attrs.frozen(kw_only=True)
class Convention:
    """A file of conventions: its head, and how many bytes it has in all."""

    name: str
    text: str
    size: int


def read_conventions(directory: Path) -> Sequence[Convention]:
    """Return the files of conventions that a directory has; a text that is there twice comes once."""
    found: list[Convention] = []
    for name in FILES:
        convention = _read(directory, name)
        if convention is not None and all(convention.text != other.text for other in found):
            found.append(convention)
    return tuple(found)


def _read(directory: Path, name: str) -> Convention | None:
    try:
        root = directory.resolve(strict=True)
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                return None
            text = stream.read(_MOST_BYTES).decode("utf-8", "replace").strip()
    except (OSError, ValueError):
        return None
    return Convention(name=name, text=text, size=about.st_size) if text else None
