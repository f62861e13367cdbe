"""The tool ``list_files``: what is there, bounded, without what nobody wants to read."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any

import trio

from .arguments import Field
from .inside import Inside, is_private
from .tool import Tool, own_tool

_MOST = 400
_MOST_LOOKED_AT = 50_000
_HEAVY = frozenset({
    "node_modules", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
})  # fmt: skip


def listing_tool(inside: Inside) -> Tool:
    """Return the tool over a workspace."""

    async def act(given: Mapping[str, Any]) -> str:
        return await trio.to_thread.run_sync(_list, inside, given.get("path", "."), given.get("pattern", ""))

    return own_tool(
        "list_files",
        "List the files in a directory and below it, with their sizes.",
        (
            Field(name="path", kind="string", text="The directory; the whole workspace if left out."),
            Field(name="pattern", kind="string", text="Only files whose path or name fits, such as *.py."),
        ),
        act,
    )


def _list(inside: Inside, path: str, pattern: str) -> str:
    steps = inside.steps(path)
    lines: list[str] = []
    count = 0
    with inside.folder(steps) as folder:
        for name, size in walk(folder):
            count += 1
            if count > _MOST_LOOKED_AT:
                lines.append("[there is too much to look at all of it: name a directory]")
                break
            is_wanted = (
                not pattern
                or fnmatch.fnmatch(name, pattern)
                or fnmatch.fnmatch(name.rpartition("/")[2], pattern)
            )
            if not is_wanted:
                continue
            if len(lines) >= _MOST:
                lines.append(f"[only the first {_MOST}: name a directory, or a pattern]")
                break
            lines.append(f"{name}  {size}" if size else name)
    if not lines:
        return f"nothing here fits {pattern!r}" if pattern else f"{path} is empty"
    return "\n".join(lines)


def walk(folder: int, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield what is in an open directory and below, sorted: paths from it on, and sizes in words. Links are
    named, and not followed; directories that are heavy are named, and not looked into.
    """
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if is_private(entry.name):
            continue
        name = f"{before}{entry.name}".encode("utf-8", "replace").decode()
        try:
            kind = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            continue  # gone since
        if stat.S_ISDIR(kind.st_mode):
            if entry.name in _HEAVY:
                yield f"{name}/", "(not listed)"
                continue
            try:
                deeper = os.open(entry.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            except OSError:
                yield f"{name}/", "(cannot be read)"
                continue
            try:
                yield from walk(deeper, f"{name}/")
            finally:
                os.close(deeper)
        elif stat.S_ISREG(kind.st_mode):
            yield name, f"{kind.st_size} bytes"
        else:
            yield name, "(a link)" if stat.S_ISLNK(kind.st_mode) else "(no ordinary file)"
