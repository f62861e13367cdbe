"""The files that a task spells out. Refuses paths that lead out of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mosaic_hookspecs import InputError


def files_in(work: Mapping[str, Any]) -> dict[str, str]:
    """Return what is to be written, by path.

    Raises:
        InputError: the work names no files, or not in this way (codes ``bad-work``, ``bad-path``).
    """
    files = work.get("files")
    if not isinstance(files, Mapping) or not files:
        raise InputError(
            "bad-work",
            "the task does not say which files to write",
            where="work.files",
            expected="a mapping of paths to texts",
            got=repr(files)[:80],
        )
    for path, text in files.items():
        if not isinstance(path, str) or not _is_inside(path):
            raise InputError(
                "bad-path",
                "a file must be inside the workspace",
                where="work.files",
                expected="a relative path without ..",
                got=repr(path)[:80],
            )
        if not isinstance(text, str):
            raise InputError(
                "bad-work",
                "a file's content is text",
                where=f"work.files.{path}",
                got=repr(text)[:80],
                hint="Write it in quotation marks.",
            )
    return dict(files)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path
