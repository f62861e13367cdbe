"""What an agent is told: the task's context pack, or where nobody makes one, what the assignment says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs import Assignment, MosaicError

from .gate import Dispatch

RULES = """\
You work on one task of a larger plan, in the current directory. It is a checkout of your own: change what the \
task needs, and nothing else, and nothing outside of it. Do not commit or push; what you leave is taken as \
your work. Nobody reads along: do not ask, decide. When it is done, say in two sentences what you did."""

AGAIN = """\
You have worked on this task before, in this session. The directory is a new one: nothing of what you changed \
then is in it."""


async def make_prompt(
    dispatch: Dispatch, assignment: Assignment, *, instructions: str, longest: int, is_resumed: bool
) -> str:
    """Return the whole prompt of an attempt."""
    pack = await _context(dispatch, assignment, longest) or _own(assignment)
    parts = [RULES, AGAIN if is_resumed else "", pack, instructions.strip()]
    return "\n\n".join(part for part in parts if part)


async def _context(dispatch: Dispatch, assignment: Assignment, longest: int) -> str:
    question = {"run_id": assignment.run_id, "task_id": assignment.spec.task_id, "max_bytes": longest}
    try:
        answer = await dispatch("task.context", question)
    except MosaicError:
        return ""
    return str(getattr(answer, "text", "") or "")


def _own(assignment: Assignment) -> str:
    spec = assignment.spec
    work: Mapping[str, Any] = spec.work
    found = work.get("requirements") or ()
    serves = [str(item.get("text", "")) for item in found if isinstance(item, Mapping)]
    checks = [_command(check.parameters) or check.name for check in spec.checks]
    parts = [
        f"The goal of the whole: {assignment.goal}" if assignment.goal else "",
        f"Task {spec.task_id}: {spec.title}\n{work.get('description') or work.get('prompt') or ''}".strip(),
        _list("What it serves:", serves),
        _list("It is accepted when these checks pass in a clean checkout:", checks),
        f"Why the attempt before was refused:\n{assignment.last_reason}" if assignment.last_reason else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _command(parameters: Mapping[str, Any]) -> str:
    argv = parameters.get("argv")
    return str(parameters.get("run") or (" ".join(map(str, argv)) if argv else ""))


def _list(head: str, lines: Sequence[str]) -> str:
    kept = [f"- {line}" for line in lines if line]
    return "\n".join([head, *kept]) if kept else ""
