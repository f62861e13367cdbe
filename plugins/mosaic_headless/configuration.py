"""What can be configured: agents, each made of a preset; and presets of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

DEFAULT_PROMPT = """\
You do one task of a larger plan, alone and without anybody to ask. The current directory is a checkout of \
your own: change there what the task needs, and nothing else. Do not commit or push; what you leave in the \
files is taken as your work, and checked. Do not say that it is done before it is.

${context}
"""


def _is_positive(_: object, attribute: Any, value: float | None) -> None:
    if value is not None and value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


def _is_home(_: object, attribute: Any, value: str) -> None:
    if value not in {"", "private", "user"}:
        raise ValueError(f"{attribute.name} must be private or user")


@attrs.frozen(kw_only=True)
class AgentSettings:
    """A coding agent's command line as an agent."""

    preset: str = attrs.field(metadata={"help": "Which command line it is: claude, codex, gemini, opencode, …"})
    model: str = attrs.field(default="", metadata={"help": "Which model it is to use; none: its own choice."})
    arguments: Sequence[str] = attrs.field(default=(), metadata={"help": "Further arguments of the program."})
    environment: Mapping[str, str] = attrs.field(factory=dict, metadata={"help": "Variables that it gets."})
    inherit: Sequence[str] | None = attrs.field(
        default=None,
        metadata={"help": "Variables it gets from Mosaic's own environment; none given: the preset's list."},
    )
    home: str = attrs.field(
        default="",
        validator=_is_home,
        metadata={
            "help": "private: a fresh home each time; user: yours, with its logins; none: as the preset says."
        },
    )
    labels: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Take only tasks whose labels are among these; nothing: take any task."}
    )
    room: int | None = attrs.field(
        default=None,
        validator=_is_positive,
        metadata={"help": "How many tasks it does at once; none: any."},
    )
    turns: int | None = attrs.field(
        default=None,
        validator=_is_positive,
        metadata={"help": "The most turns of an attempt."},
    )
    tokens: int | None = attrs.field(
        default=None,
        validator=_is_positive,
        metadata={"help": "The most tokens of an attempt."},
    )
    money: float | None = attrs.field(
        default=None,
        validator=_is_positive,
        metadata={"help": "The most US dollars of an attempt."},
    )
    seconds: float | None = attrs.field(
        default=None,
        validator=_is_positive,
        metadata={"help": "The most seconds of an attempt."},
    )
    silence_seconds: float = attrs.field(
        default=600.0,
        validator=_is_positive,
        metadata={"help": "How long it may say nothing at all before it is taken for stuck, and ended."},
    )
    subscription: bool = attrs.field(
        default=False,
        metadata={"help": "Whether a subscription pays it: then its prices are not counted."},
    )
    mcp: bool = attrs.field(
        default=True, metadata={"help": "Whether it may use Mosaic's own MCP tools, bound to its attempt."}
    )
    trusts_repository: bool = attrs.field(
        default=False,
        metadata={
            "help": "Whether it may start where the repository holds configuration that it would obey: "
            "servers, hooks, endpoints, code."
        },
    )
    prompt: str = attrs.field(
        default=DEFAULT_PROMPT,
        metadata={"help": "What it is told: ${context} is all about the task; ${title}, ${last_reason}, …"},
    )


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.headless``."""

    agents: Mapping[str, AgentSettings] = attrs.field(
        factory=dict, metadata={"help": "Coding agents, each under a name of its own."}
    )
    presets: Sequence[str] = attrs.field(
        default=(), metadata={"help": "YAML files of presets of your own; a preset is named as its file."}
    )
    context_bytes: int = attrs.field(
        default=24 * 1024,
        validator=_is_positive,
        metadata={"help": "How long what is told of a task may be, the most useful first."},
    )
    linger_seconds: float = attrs.field(
        default=10.0,
        validator=_is_positive,
        metadata={"help": "How long a program may go on after its agent said that it has finished."},
    )
    probe_seconds: float = attrs.field(
        default=10.0,
        validator=_is_positive,
        metadata={"help": "How long a program may take to tell its version."},
    )
