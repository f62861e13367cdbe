"""A run as plain lines, one an event: for logs, pipes and CI."""

from __future__ import annotations

import click

from .progress import Progress, TaskLine
from .terminal_text import one_line
from .times import duration

_WORDS = {
    "leased": "start ",
    "accepted": "accept",
    "failed": "FAIL  ",
    "delayed": "again ",
    "skipped": "skip  ",
    "cancelled": "cancel",
    "gated": "ask   ",
}

_PERSON = "person"  # the agent behind which people work


def print_line(progress: Progress, line: TaskLine) -> None:
    """Print what has become of one task, unless it is only on its way."""
    word = _WORDS.get(line.state)
    if word is None:
        return
    counts = progress.counts()
    done = f"[{counts['accepted']}/{counts['total']}]"
    took = f" ({duration(line.seconds)})" if line.state == "accepted" else ""
    reason = f": {one_line(line.reason, 200)}" if line.reason and line.state != "leased" else ""
    by = f" ({_whose(line.agent)})" if line.state == "leased" and line.agent else ""
    click.echo(f"{done} {word} {one_line(line.task_id, 200)}  {one_line(line.title, 100)}{by}{took}{reason}")


def _whose(agent: str) -> str:
    """Name an agent; of people, say where they find the task: nothing else goes on until they have done it."""
    return f"{agent}: see `mosaic inbox`" if agent == _PERSON else one_line(agent, 60)
