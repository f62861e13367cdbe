"""Which files change without meaning anything: byte code, hidden files, and what editors leave for a moment."""

from __future__ import annotations

from pathlib import Path

_DIRECTORIES = frozenset({"__pycache__", "node_modules"})
_ENDINGS = ("~", ".pyc", ".pyo", ".swp", ".swo", ".swx", ".tmp", ".bak", ".orig", ".rej", ".part")
_NAMES = frozenset({"4913"})  # vim tries with it whether a directory can be written
_MARKS = ("___jb_tmp___", "___jb_old___")


def is_noise(path: Path, below: Path) -> bool:
    """Whether a change of `path`, in the watched directory `below`, says nothing of the code."""
    try:
        parts = path.relative_to(below).parts
    except ValueError:
        return True
    return _is_passing(path.name) or any(part.startswith(".") or part in _DIRECTORIES for part in parts)


def _is_passing(name: str) -> bool:
    return (
        name in _NAMES or name.endswith((*_ENDINGS, *_MARKS)) or (name.startswith("#") and name.endswith("#"))
    )
