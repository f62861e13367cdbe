"""What can be configured: programs that are agents for any task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

DEFAULT_PROMPT = """\
You work on one task of a larger plan, in the current directory. It is a checkout of your own: change what \
the task needs, and nothing else. Do not commit or push; what you leave here is taken as your work.

The goal of the whole: ${goal}

Task ${task_id}: ${title}
${description}

What it serves:
${requirements}

It is accepted when these checks pass in a clean checkout:
${checks}

Why the attempt before was refused (empty: there was none):
${last_reason}
"""


@attrs.frozen(kw_only=True)
class Program:
    """A program that does tasks from a prompt, such as a coding agent's command line."""

    argv: Sequence[str] = attrs.field(
        validator=attrs.validators.min_len(1),
        metadata={
            "help": "The program and its arguments. {prompt} stands for the prompt; without, it is stdin."
        },
    )
    prompt: str = attrs.field(
        default=DEFAULT_PROMPT,
        metadata={"help": "What it is told: ${title}, ${description}, ${checks}, ${last_reason}, …"},
    )
    environment: Mapping[str, str] = attrs.field(factory=dict, metadata={"help": "Variables that it gets."})
    inherit: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Variables that it gets as they are in Mosaic's own environment."}
    )
    labels: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Take only tasks whose labels are among these; nothing: take any task."}
    )


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.command``."""

    agents: Mapping[str, Program] = attrs.field(
        factory=dict, metadata={"help": "Programs that are agents, each under a name of its own."}
    )
