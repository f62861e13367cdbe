"""What an agent is told: how it works here, and its task."""

from __future__ import annotations

from mosaic_hookspecs import Assignment, tell_task

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
    pack = await tell_task(dispatch, assignment, longest)
    parts = [RULES, AGAIN if is_resumed else "", pack, instructions.strip()]
    return "\n\n".join(part for part in parts if part)
