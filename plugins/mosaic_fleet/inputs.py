"""What the operations on agents and work are asked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from mosaic_hookspecs import JsonObject, Usage

_RUN = {"help": "The run_id of the work."}
_TASK = {"help": "The task_id of the work."}
_TOKEN = {"help": "The token of the work, as work.take answered it."}
_USAGE = {"help": "What was spent on models since the last call, if you know."}
_HANDOVER = {"help": "Notes for whoever does this task next: what is done, what is left, what to avoid."}


@attrs.frozen(kw_only=True)
class RegisterAgent:
    """A worker that comes."""

    name: str = attrs.field(metadata={"help": "Your name, unique here: letters, digits, and . _ - inside."})
    kind: str = attrs.field(default="mcp", metadata={"help": "What you are, such as claude or codex."})
    labels: Sequence[str] = attrs.field(default=(), metadata={"help": "What you can do, such as python."})
    is_general: bool = attrs.field(
        default=True, metadata={"help": "Whether you take any task; else only those with your labels."}
    )
    capacity: int = attrs.field(
        default=1,
        validator=[attrs.validators.ge(1), attrs.validators.le(100)],
        metadata={"help": "How many tasks you do at once."},
    )


@attrs.frozen(kw_only=True)
class NameAgent:
    """Which agent."""

    name: str = attrs.field(metadata={"help": "The agent's name."})


@attrs.frozen(kw_only=True)
class ListAgents:
    """Which agents."""

    gone: bool = attrs.field(default=True, metadata={"help": "Also those that are gone."})


@attrs.frozen(kw_only=True)
class TakeWork:
    """Who takes work, and how long it waits for some."""

    agent: str = attrs.field(metadata={"help": "Your name; a name that is new is registered for any task."})
    wait_seconds: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.ge(0.0)),
        metadata={"help": "How long to wait for work; long waits are better than many calls."},
    )


@attrs.frozen(kw_only=True)
class ReportWork:
    """What has become of the work. Mosaic then checks it itself."""

    run_id: str = attrs.field(metadata=_RUN)
    task_id: str = attrs.field(metadata=_TASK)
    token: int = attrs.field(metadata=_TOKEN)
    outcome: Literal["succeeded", "failed", "skipped"] = attrs.field(
        default="succeeded", metadata={"help": "succeeded, failed, or skipped (there was nothing to do)."}
    )
    summary: str = attrs.field(default="", metadata={"help": "What was done, or why it failed, in few words."})
    outputs: JsonObject = attrs.field(
        factory=dict, metadata={"help": "Values for the tasks that depend on this one."}
    )
    usage: Usage | None = attrs.field(default=None, metadata=_USAGE)
    handover: str = attrs.field(default="", metadata=_HANDOVER)
    next: bool = attrs.field(default=False, metadata={"help": "Take the next task with the same call."})


@attrs.frozen(kw_only=True)
class TellProgress:
    """How far the work is. Keeps it yours."""

    run_id: str = attrs.field(metadata=_RUN)
    task_id: str = attrs.field(metadata=_TASK)
    token: int = attrs.field(metadata=_TOKEN)
    note: str = attrs.field(default="", metadata={"help": "A line for the live log."})
    percent: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional([attrs.validators.ge(0.0), attrs.validators.le(100.0)]),
        metadata={"help": "How much of it is done."},
    )
    usage: Usage | None = attrs.field(default=None, metadata=_USAGE)


@attrs.frozen(kw_only=True)
class ReleaseWork:
    """Work that is given back undone."""

    run_id: str = attrs.field(metadata=_RUN)
    task_id: str = attrs.field(metadata=_TASK)
    token: int = attrs.field(metadata=_TOKEN)
    reason: str = attrs.field(default="", metadata={"help": "Why, in a few words."})
    handover: str = attrs.field(default="", metadata=_HANDOVER)


@attrs.frozen(kw_only=True)
class ReadContext:
    """Which task, and how much may be told of it."""

    run_id: str = attrs.field(metadata=_RUN)
    task_id: str = attrs.field(metadata=_TASK)
    max_bytes: int = attrs.field(
        default=16 * 1024,
        validator=[attrs.validators.ge(1024), attrs.validators.le(1024 * 1024)],
        metadata={"help": "The most bytes; the most useful comes first, and cuts say how to read the rest."},
    )
    with_parts: bool = attrs.field(
        default=False, metadata={"help": "Also answer each part on its own, as data."}
    )
