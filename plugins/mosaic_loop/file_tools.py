"""The tools that read and change files: ``read_file``, ``write_file``, ``edit_file``."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from typing import Any

import trio

from .arguments import Field
from .faults import ToolFault
from .inside import Inside
from .tool import Tool, own_tool

_MOST_BYTES = 4 * 1024 * 1024
_MOST_LINES = 2000
_MOST_SHOWN = 48_000
_LONGEST_LINE = 2000
_PATH = Field(name="path", kind="string", text="Where it is, from the workspace on.", is_required=True)


def file_tools(inside: Inside) -> Sequence[Tool]:
    """Return the tools over the files of a workspace."""
    files = _Files(inside)
    return (
        own_tool(
            "read_file",
            "Read a text file, or some of its lines. Each line comes with its number, which is not part of it.",
            (
                _PATH,
                Field(
                    name="first",
                    kind="integer",
                    text="The first line, from 1; the beginning if left out.",
                    least=1,
                ),
                Field(name="last", kind="integer", text="The last line; the end if left out.", least=1),
            ),
            files.read,
        ),
        own_tool(
            "write_file",
            "Write a file as a whole: a new one, or in place of the one that is there.",
            (_PATH, Field(name="content", kind="string", text="All of the file.", is_required=True)),
            files.write,
            changes=True,
        ),
        own_tool(
            "edit_file",
            "Replace a piece of a file. `old` must stand there exactly once, sign for sign; take enough lines.",
            (
                _PATH,
                Field(
                    name="old",
                    kind="string",
                    text="What stands there now, without line numbers.",
                    is_required=True,
                ),
                Field(name="new", kind="string", text="What is to stand there.", is_required=True),
                Field(name="all", kind="boolean", text="Replace it everywhere, however often it stands there."),
            ),
            files.edit,
            changes=True,
        ),
    )


class _Files:
    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    async def read(self, given: Mapping[str, Any]) -> str:
        first, last = given.get("first", 1), given.get("last")
        if last is not None and last < first:
            raise ToolFault(f"the last line ({last}) is before the first ({first})")
        return await trio.to_thread.run_sync(self._read, given["path"], first, last)

    async def write(self, given: Mapping[str, Any]) -> str:
        return await trio.to_thread.run_sync(self._write, given["path"], given["content"])

    async def edit(self, given: Mapping[str, Any]) -> str:
        old, new = given["old"], given["new"]
        if not old:
            raise ToolFault("`old` is empty; to make a file, or all of it anew, use write_file")
        if old == new:
            raise ToolFault("`old` and `new` are the same, so nothing would change")
        return await trio.to_thread.run_sync(self._edit, given["path"], old, new, given.get("all", False))

    def _read(self, path: str, first: int, last: int | None) -> str:
        with self._inside.file(path) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
            if b"\0" in stream.read(4096):
                raise ToolFault(
                    f"{path} is no text: it has {os.fstat(descriptor).st_size} bytes of binary data"
                )
            stream.seek(0)
            shown: list[str] = []
            size = number = taken = 0
            is_more = False
            # A line without an end is taken in pieces, so that none can fill the memory.
            for line in iter(lambda: stream.readline(_MOST_BYTES), b""):
                number += 1
                taken += len(line)
                if number < first:
                    if taken > 64 * _MOST_BYTES:
                        raise ToolFault(f"{path} is too long to look so far into it; search finds the place")
                    continue
                if (last is not None and number > last) or len(shown) >= _MOST_LINES or size > _MOST_SHOWN:
                    is_more = True
                    break
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if len(text) > _LONGEST_LINE:
                    text = f"{text[:_LONGEST_LINE]} [… {len(text) - _LONGEST_LINE} characters more]"
                shown.append(f"{number:>5}  {text}")
                size += len(shown[-1])
        if not shown:
            return f"{path} is empty" if number == 0 else f"{path} has {number} lines, so none from {first} on"
        if is_more and last is None:
            shown.append(f"[there is more: go on with first={number}]")
        elif is_more and number <= (last or 0):
            shown.append(f"[cut for its length: go on with first={number}]")
        return "\n".join(shown)

    def _write(self, path: str, content: str) -> str:
        data = content.encode("utf-8", "replace")
        if len(data) > _MOST_BYTES:
            raise ToolFault(f"{len(data)} bytes are too many for one file; {_MOST_BYTES} is the most")
        is_new = self._inside.write(path, data)
        lines = content.count("\n") + bool(content and not content.endswith("\n"))
        return f"{'made' if is_new else 'wrote'} {path} ({lines} lines)"

    def _edit(self, path: str, old: str, new: str, everywhere: bool) -> str:  # noqa: FBT001 - run in a thread
        data = self._inside.read(path, _MOST_BYTES)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise ToolFault(f"{path} is no UTF-8 text, so it cannot be edited") from None
        if old not in text and "\r\n" in text:
            # A model sees lines, and not how they end.
            old, new = (part.replace("\r\n", "\n").replace("\n", "\r\n") for part in (old, new))
        count = text.count(old)
        if not count:
            raise ToolFault(_not_there(path, text, old))
        if count > 1 and not everywhere:
            places = ", ".join(map(str, itertools.islice(_lines_of(text, old), 10)))
            raise ToolFault(
                f"`old` stands {count} times in {path} (lines {places}); take more lines around it, or set "
                "`all`"
            )
        changed = text.replace(old, new)
        if len(changed) > _MOST_BYTES:
            raise ToolFault(f"{path} would become too long; {_MOST_BYTES} bytes is the most")
        self._inside.write(path, changed.encode("utf-8", "replace"))
        where = next(_lines_of(text, old))
        return f"changed {path} at line {where}" + (f" and {count - 1} more places" if count > 1 else "")


def _lines_of(text: str, piece: str) -> Any:
    line, position = 1, 0
    while (found := text.find(piece, position)) >= 0:
        line += text.count("\n", position, found)
        yield line
        line += text.count("\n", found, found + len(piece))
        position = found + len(piece)


def _not_there(path: str, text: str, old: str) -> str:
    squeezed = " ".join(old.split())
    first = next((line.strip() for line in old.splitlines() if line.strip()), "")
    if squeezed and squeezed in " ".join(text.split()):
        return (
            f"`old` does not stand in {path} like this: white space differs; read the lines again and copy them"
        )
    places = [str(number) for number, line in enumerate(text.splitlines(), 1) if first and first in line][:5]
    if places:
        return f"`old` does not stand in {path}; its first line does, at {', '.join(places)}: read it again"
    return f"`old` does not stand in {path}; read the file, and copy what stands there now"
