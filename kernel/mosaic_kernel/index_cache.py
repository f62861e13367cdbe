"""A small file that remembers which plugins are installed, so that the command line starts fast.

Imports the standard library's lightest parts only. Holds nothing by itself: a cache that cannot be read
or written is as good as none.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Iterable
from typing import Any

FORMAT = 1


def stamp(paths: Iterable[str]) -> list[list[Any]]:
    """Return each path with its modification time in nanoseconds (0: not there)."""
    stamps: list[list[Any]] = []
    for path in paths:
        try:
            stamps.append([path, os.stat(path or ".").st_mtime_ns])  # noqa: PTH116 - pathlib is not imported here
        except OSError:
            stamps.append([path, 0])
    return stamps


def cache_file() -> str:
    """Return the cache's path, in the user's cache directory: one per ``sys.path``, so that ways of
    starting the same interpreter do not drive each other's out.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118 - as in `stamp`
    version = ".".join(map(str, sys.version_info[:3]))
    digest = zlib.crc32("\0".join([sys.prefix, *sys.path]).encode("utf-8", "surrogateescape"))
    return os.path.join(base, "mosaic", f"plugins-{version}-{digest:08x}.json")  # noqa: PTH118 - as in `stamp`


def read_cache(file: str) -> list[dict[str, Any]] | None:
    """Return what was remembered, if all that it depends on is as it was; else None."""
    try:
        with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - as in `stamp`
            cache = json.load(stream)
        if cache["format"] != FORMAT or cache["sys_path"] != stamp(sys.path):
            return None
        files = cache["files"]
        if files != stamp(path for path, _ in files):
            return None
        plugins: list[dict[str, Any]] = cache["plugins"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return plugins


def write_cache(file: str, plugins: list[dict[str, Any]], files: Iterable[str]) -> None:
    """Remember `plugins`, which depend on ``sys.path`` and on `files`; a failure is no loss."""
    cache = {"format": FORMAT, "sys_path": stamp(sys.path), "files": stamp(files), "plugins": plugins}
    partial = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)  # noqa: PTH103, PTH120 - as in `stamp`
        with open(partial, "w", encoding="utf-8") as stream:  # noqa: PTH123 - as in `stamp`
            json.dump(cache, stream)
        os.replace(partial, file)  # noqa: PTH105 - as in `stamp`
    except OSError:
        return
