"""What an agent wants to do, read off its request: the kind, the paths, the command, the tool.

Owns where agents put these (`rawInput` differs from agent to agent). Refuses to read a purpose out of a title:
a model writes that. What is not found stays empty, and the policy treats it as unknown.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import attrs

from .values import items, mapping, text

_PATH_KEY = re.compile(
    r"(?:^|_|(?<=[a-z]))(?:paths?|files?|file_?names?|dir(?:ectory|ectories)?|folders?|cwd|source|destination|target)$",
    re.IGNORECASE,
)
_FOLDER_KEYS = ("cwd", "workdir", "working_directory", "workingDirectory", "dir_path", "directory")
_COMMAND_KEYS = ("command", "cmd", "commands")
_SHELLS = {"sh", "bash", "zsh", "dash"}
_LINE_FLAGS = {"-c", "-lc", "-ec", "-elc"}
_WIDENING = ("additionalPermissions", "permissions", "sandbox_permissions")
_DEEPEST = 6


@attrs.frozen(kw_only=True)
class Wish:
    """One thing that an agent wants to do. `kind` is the protocol's, such as ``read``, ``edit`` or ``other``.

    `command` is a shell line (a text) or the words of a program and its arguments; None where it is not known,
    or none. `folder` is where it is to run ("": the workspace). `tool` is its tool's name, where it says it.
    `widens` is whether it asks for more than the thing itself: the network for a command, a wider sandbox.
    """

    kind: str
    title: str = ""
    paths: Sequence[str] = ()
    command: str | tuple[str, ...] | None = None
    folder: str = ""
    tool: str = ""
    widens: bool = False


def read_wish(call: Mapping[str, Any], known: Mapping[str, Any]) -> Wish:
    """Return what a permission request's tool call is about; `known` is what was said of that call before.

    A path that was named at any time counts: a request must not be about less than the call is.
    """
    given = {**mapping(known, "rawInput"), **mapping(call, "rawInput")}
    kind = text(call, "kind") or text(known, "kind") or "other"
    title = text(call, "title") or text(known, "title")
    command = _command(given)
    folder = next((text(given, key) for key in _FOLDER_KEYS if text(given, key)), "") if command else ""
    if command is None and kind == "execute" and title == f"mcp.{text(given, 'server')}.{text(given, 'tool')}":
        kind = "other"  # how codex calls the tools of MCP servers
    elif command is not None and kind == "other":
        kind = "execute"
    return Wish(
        kind=kind,
        title=title,
        paths=tuple(dict.fromkeys((*_paths(known, {}, kind), *_paths(call, given, kind)))),
        command=command,
        folder=folder,
        tool=title,
        widens=any(given.get(key) for key in _WIDENING) or (command is not None and bool(given.get("url"))),
    )


def as_command(words: Sequence[str]) -> str | tuple[str, ...]:
    """Return the words of a program, or the line where they only start a shell with one."""
    if len(words) == 3 and PurePosixPath(words[0]).name in _SHELLS and words[1] in _LINE_FLAGS:  # noqa: PLR2004
        return words[2]
    return tuple(words)


def _command(given: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    for key in _COMMAND_KEYS:
        found = given.get(key)
        if isinstance(found, str) and found.strip():
            return _unwrapped(found)
        if isinstance(found, list) and found and all(isinstance(word, str) for word in found):
            return as_command(found)
    return None


def _unwrapped(line: str) -> str:
    """Return the line inside of ``bash -lc 'line'``."""
    if line.partition(" ")[0].rpartition("/")[2] in _SHELLS:
        try:
            inner = as_command(shlex.split(line))
        except ValueError:
            return line
        if isinstance(inner, str):
            return inner
    return line


def _paths(call: Mapping[str, Any], given: Mapping[str, Any], kind: str) -> Iterator[str]:
    for location in items(call, "locations"):
        if path := text(location, "path"):
            yield path
    for content in items(call, "content"):
        if text(content, "type") == "diff" and (path := text(content, "path")):
            yield path
    yield from _named(given, 0)
    if kind in {"search", "read"}:
        # A pattern may lead out as well as a path.
        yield from (text(given, key) for key in ("pattern", "glob", "include") if _leads(text(given, key)))


def _leads(pattern: str) -> bool:
    return pattern.startswith(("/", "~")) or ".." in PurePosixPath(pattern).parts


def _named(data: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key == "changes" and isinstance(value, Mapping):
                yield from (str(path) for path in value)
            elif isinstance(key, str) and _PATH_KEY.search(key):
                yield from _texts(value)
            if isinstance(value, Mapping | list):
                yield from _named(value, depth + 1)
    elif isinstance(data, list):
        for part in data:
            yield from _named(part, depth + 1)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        yield from (part for part in value if isinstance(part, str) and part)
