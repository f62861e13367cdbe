"""Searches files, in a process of its own: a pattern that never ends can be ended.

Run as a script with a JSON object on its standard input, in the directory to search; writes lines of text. It
imports nothing of Mosaic, follows no link, and reads regular files alone.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import stat
import sys
from collections.abc import Iterator

_MOST_BYTES = 2 * 1024 * 1024
_LONGEST_LINE = 1000
_LONGEST_SHOWN = 240


def main() -> int:
    """Search; return the exit code: 2 where the pattern is none."""
    asked = json.load(sys.stdin)
    try:
        pattern = re.compile(asked["pattern"], re.IGNORECASE if asked["ignore_case"] else 0)
    except (re.error, RecursionError, OverflowError) as error:
        sys.stdout.write(str(error))
        return 2
    left = asked["most"]
    for path, name, folder in _files(asked["skipped"], asked["glob"]):
        for number, line in _lines(name, folder):
            if pattern.search(line):
                if not left:
                    sys.stdout.write("[there are more]\n")
                    return 0
                left -= 1
                shown = "".join(sign if sign.isprintable() or sign == "\t" else "?" for sign in line)
                sys.stdout.write(f"{path}:{number}: {shown.strip()[:_LONGEST_SHOWN]}\n")
    return 0


def _files(skipped: list[str], glob: str) -> Iterator[tuple[str, str, int]]:
    """Yield the files: path, name, and the open directory, which nobody can turn into a link meanwhile."""
    for folder, folders, names, descriptor in os.fwalk("."):
        folders[:] = sorted(name for name in folders if name not in skipped)
        for name in sorted(names):
            path = os.path.join(folder, name).removeprefix("./")  # noqa: PTH118 - pathlib costs time here
            if not glob or fnmatch.fnmatch(path, glob) or fnmatch.fnmatch(name, glob):
                yield path, name, descriptor


def _lines(name: str, folder: int) -> Iterator[tuple[int, str]]:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            return
        data = stream.read()
    if b"\0" in data[:4096]:
        return
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        yield number, line[:_LONGEST_LINE]


if __name__ == "__main__":
    sys.exit(main())
