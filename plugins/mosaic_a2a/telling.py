"""What an agent is told: the task's context pack, or what the assignment says; and which files it is sent."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs import Assignment, tell_task

Dispatch = Callable[[str, Any], Awaitable[Any]]
RULES = """\
You do one task of a larger plan, for a repository that you do not see. Hand in what you make as artifacts: \
whole files, each with its path in the repository as its file name, or one patch as `git diff` writes it. \
Change what the task needs, and nothing else. When it is done, say in two sentences what you did."""


async def make_parts(  # noqa: PLR0913 - what it is made of
    dispatch: Dispatch,
    assignment: Assignment,
    *,
    instructions: str,
    longest: int,
    sends: Sequence[str],
    largest: int,
) -> list[dict[str, Any]]:
    """Return the parts of the message that gives an agent a task."""
    pack = await tell_task(dispatch, assignment, longest)
    words = "\n\n".join(part for part in (RULES, pack, instructions.strip()) if part)
    parts: list[dict[str, Any]] = [{"text": words}]
    if sends and assignment.workspace is not None:
        files = await trio.to_thread.run_sync(_files, assignment.workspace.path, sends, largest)
        parts += [
            {
                "raw": base64.b64encode(content).decode(),
                "filename": name,
                "mediaType": "application/octet-stream",
            }
            for name, content in files
        ]
    return parts


def make_message(
    parts: Sequence[Mapping[str, Any]], *, task_id: str = "", context_id: str = ""
) -> dict[str, Any]:
    """Return a message of ours; with `task_id` it goes on with a task."""
    message: dict[str, Any] = {"messageId": uuid.uuid4().hex, "role": "ROLE_USER", "parts": list(parts)}
    if task_id:
        message["taskId"] = task_id
    if context_id:
        message["contextId"] = context_id
    return message


def _files(root: Path, patterns: Sequence[str], largest: int) -> list[tuple[str, bytes]]:
    """Return the files that patterns name, in order, until there would be too much."""
    found: dict[str, bytes] = {}
    room = largest
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            name = path.relative_to(root).as_posix()
            is_ours = path.is_file() and not path.is_symlink() and ".git" not in path.relative_to(root).parts
            if not is_ours or name in found or not path.resolve().is_relative_to(root.resolve()):
                continue
            if path.stat().st_size > room:
                return list(found.items())
            found[name] = path.read_bytes()
            room -= len(found[name])
    return list(found.items())
