"""The tool ``search``: lines that fit a pattern, bounded in number and in time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trio

from .arguments import Field
from .faults import ToolFault
from .inside import Inside
from .tool import Tool, own_tool

_MOST = 200
_LONGEST_PATTERN = 1000
_BAD_PATTERN = 2
_SKIPPED = (".git", ".mosaic", "node_modules", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache", ".tox")
_SCRIPT = Path(__file__).with_name("search_process.py")


def search_tool(inside: Inside, seconds: float) -> Tool:
    """Return the tool over a workspace; a search may take so many `seconds`."""

    async def act(given: Mapping[str, Any]) -> str:
        pattern = given["pattern"]
        if not pattern or len(pattern) > _LONGEST_PATTERN:
            raise ToolFault(f"give a pattern of 1 to {_LONGEST_PATTERN} characters")
        steps = inside.steps(given.get("path", "."))
        asked = {
            "pattern": pattern,
            "glob": given.get("glob", ""),
            "ignore_case": given.get("ignore_case", False),
            "most": _MOST,
            "skipped": _SKIPPED,
        }
        with inside.folder(steps) as folder:
            text = await _run(asked, folder, seconds)
        if not text:
            return "nothing fits"
        before = "/".join(steps)
        return "\n".join(
            f"{before}/{line}" if before and line[:1] != "[" else line for line in text.splitlines()
        )

    return own_tool(
        "search",
        "Search the files for lines that fit a regular expression (Python's).",
        (
            Field(
                name="pattern",
                kind="string",
                text="What to look for, in each line on its own.",
                is_required=True,
            ),
            Field(name="path", kind="string", text="The directory; the whole workspace if left out."),
            Field(name="glob", kind="string", text="Only files whose path or name fits, such as *.py."),
            Field(name="ignore_case", kind="boolean", text="Whether small and capital letters are the same."),
        ),
        act,
    )


async def _run(asked: Mapping[str, Any], folder: int, seconds: float) -> str:
    done: subprocess.CompletedProcess[bytes] | None = None
    with trio.move_on_after(seconds):
        done = await trio.run_process(
            [sys.executable, "-I", "-S", str(_SCRIPT)],
            cwd=f"/proc/self/fd/{folder}",
            pass_fds=(folder,),
            env={"PATH": os.defpath, "PYTHONUTF8": "1"},
            stdin=json.dumps(asked).encode(),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            deliver_cancel=_kill,
        )
    if done is None:
        raise ToolFault(
            f"the search took longer than {seconds:g} s; use a simpler pattern, or name a directory"
        )
    text = done.stdout.decode("utf-8", "replace").strip("\n")
    if done.returncode == _BAD_PATTERN:
        raise ToolFault(f"that is no regular expression: {text}; put \\ before signs that mean themselves")
    if done.returncode:
        raise ToolFault("the search broke off; use a simpler pattern, or name a directory")
    return text


async def _kill(process: trio.Process) -> None:
    process.kill()
