"""What an agent is told: the task's context pack, or, without the plugin that makes it, the task's words."""

from __future__ import annotations

from mosaic_hookspecs.agents import Assignment
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.telling import fill_prompt, tell_task

MCP_WORDS = """

You have Mosaic's own tools over MCP (the server "mosaic"). They know your task: task_context tells it anew, \
work_progress notes how far you are, message_send and message_read are mail to and from the others who work on \
this plan, file_reserve says which files you are about to change. Use those that you find where they help; the \
task is done by what stands in the files.
"""


async def make_prompt(  # noqa: PLR0913 - all that a prompt is made of
    template: str, assignment: Assignment, context: Context | None, most: int, *, has_tools: bool, where: str
) -> str:
    """Return the prompt of an attempt; `most` bounds what is told of the task.

    Raises:
        InputError: `template`, which stands at `where`, names what is not there (code ``bad-prompt``).
    """
    told = await tell_task(context.dispatch if context is not None else None, assignment, most)
    return fill_prompt(template, assignment, where, context=told) + (MCP_WORDS if has_tools else "")
