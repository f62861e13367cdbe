"""Puts what an agent handed in into the workspace: files by their names, patches by ``git apply``.

Refuses names that lead out of the workspace, or into git's own files, and patches that do. What has no file's
name becomes an output of the task. Nothing is fetched: an address that is handed in stays an address.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Refused, Workspace

from .progress import Artifact
from .values import text

_PATCHES = {"text/x-diff", "text/x-patch", "application/x-patch", "application/x-diff", "text/vnd.git.diff"}
_SUFFIXES = (".patch", ".diff")
_MOST_OUTPUTS = 50
_LONGEST_OUTPUT = 64 * 1024
_PATCH_SECONDS = 60.0


@attrs.frozen(kw_only=True)
class HandedIn:
    """What became of the artifacts: which files were written, how many patches applied, what was put out."""

    files: Sequence[str]
    patches: int
    outputs: Mapping[str, Any]
    addresses: Sequence[str]


async def hand_in(workspace: Workspace, artifacts: Sequence[Artifact]) -> HandedIn:
    """Put artifacts into the workspace.

    Raises:
        Refused: one cannot be taken (codes ``outside``, ``bad-artifact``, ``bad-patch``).
    """
    files: list[str] = []
    outputs: dict[str, Any] = {}
    addresses: list[str] = []
    patches = 0
    for artifact in artifacts:
        for part in artifact.parts:
            name = text(part, "filename")
            if "url" in part:
                addresses.append(text(part, "url"))
            elif _is_patch(part, name):
                await _apply(workspace, _content(part, name or artifact.name))
                patches += 1
            elif name:
                content = _content(part, name)
                await trio.to_thread.run_sync(_write, workspace.path, name, content)
                files.append(name)
            elif artifact.name and len(outputs) < _MOST_OUTPUTS:
                _put_out(outputs, artifact.name, part)
    return HandedIn(files=files, patches=patches, outputs=outputs, addresses=addresses)


def _is_patch(part: Mapping[str, Any], name: str) -> bool:
    return text(part, "mediaType").partition(";")[0].strip() in _PATCHES or name.endswith(_SUFFIXES)


def _content(part: Mapping[str, Any], name: str) -> bytes:
    if "raw" in part:
        try:
            return base64.b64decode(text(part, "raw"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("bad-artifact", "what was handed in is no base64", where=name[:200]) from error
    if "data" in part:
        return (json.dumps(part["data"], ensure_ascii=False, indent=2) + "\n").encode(errors="replace")
    return text(part, "text").encode(errors="replace")


def _put_out(outputs: dict[str, Any], name: str, part: Mapping[str, Any]) -> None:
    value = part.get("data") if "data" in part else text(part, "text")
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if shown and len(shown) <= _LONGEST_OUTPUT:
        before = outputs.get(name)
        both_texts = isinstance(before, str) and isinstance(value, str)
        outputs[name] = f"{before}\n{value}" if both_texts else value


def _write(root: Path, name: str, content: bytes) -> None:
    real = Path(os.path.realpath(root))
    try:
        path = Path(os.path.realpath(real / name))
    except (OSError, ValueError) as error:
        raise _outside(name) from error
    if path == real or not path.is_relative_to(real) or ".git" in path.relative_to(real).parts:
        raise _outside(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Refused("bad-artifact", f"it cannot be written: {error.strerror}", where=name[:200]) from error


def _outside(name: str) -> Refused:
    return Refused(
        "outside",
        "the agent hands in a file outside of the workspace",
        got=name[:200].encode(errors="replace").decode(),
        expected="the path of a file, relative to the repository",
        hint="Name files as they stand in the repository.",
    )


async def _apply(workspace: Workspace, patch: bytes) -> None:
    # Without --unsafe-paths, git refuses what lies outside, beyond a link, or in its own directory.
    done = await workspace.execute(
        ["git", "apply", "--whitespace=nowarn", "-"], stdin=patch, timeout_seconds=_PATCH_SECONDS
    )
    if done.exit_code:
        raise Refused(
            "bad-patch",
            "the agent's patch does not apply",
            got=done.output.decode(errors="replace").strip()[-500:],
            hint="Make the patch against the files as they are, by `git diff`.",
        )
